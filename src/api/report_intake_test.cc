// SPDX-License-Identifier: Apache-2.0
#include "api/report_intake.h"

#include <future>

#include "api/api_for_tests.h"
#include "history/time_text.h"

namespace trackalert::api {
namespace {

using namespace std::chrono_literals;

constexpr auto log_reports = "setReport(function(lt) infoLog('judged '..lt.login, {}) end)";

class ReportIntakeTest : public ApiTest {
 protected:
  history::CountAnswer counted() {
    return std::get<history::CountAnswer>(history.query({{}, history::CountQuery{}, {}}).value().rows);
  }
  bool drained() { return pool->drain(std::chrono::steady_clock::now() + 20s) == 0; }
};

TEST_F(ReportIntakeTest, AReportIsInTheHistoryBeforeItIsAnswered) {
  start(log_reports);
  const auto answer = report(R"({"login":"ann","remote":"192.0.2.1","success":true})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"ok"})");
  EXPECT_EQ(counted(), (history::CountAnswer{1, 0}));
  EXPECT_EQ(world.statistics.reports.value(), 1);
  EXPECT_TRUE(drained());
  EXPECT_TRUE(world.logged("judged ann"));
}

TEST_F(ReportIntakeTest, WithoutAHistoryNothingIsDifferent) {
  start(log_reports, false);
  EXPECT_EQ(report(R"({"login":"ann"})").status, 200);
  EXPECT_EQ(world.statistics.reports.value(), 1);
  EXPECT_TRUE(drained());
  EXPECT_TRUE(world.logged("judged ann"));
  EXPECT_EQ(counted(), history::CountAnswer{});
}

TEST_F(ReportIntakeTest, WhatTheHistoryCannotTakeIsRefused) {
  start(log_reports);
  history.break_with("No space left on device");
  for (int i = 0; i < 3; ++i) {
    const auto answer = report(R"({"login":"ann"})");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.head.find("retry-after: 1\r\n"), answer.head.npos) << answer.head;
    EXPECT_EQ(answer.body, R"({"status":"failure", "reason":"No space left on device"})");
  }
  history.break_with(std::nullopt);
  EXPECT_EQ(report(R"({"login":"bob"})").status, 200);
  EXPECT_EQ(counted(), (history::CountAnswer{0, 1}));
  EXPECT_EQ(world.statistics.reports.value(), 1);
  EXPECT_EQ(refused("history"), 3);
  EXPECT_TRUE(drained());
  EXPECT_EQ(pool->queued(), 0) << "the reservations were given back";
  std::vector<std::string> lines;
  for (const auto& line : world.lines()) {
    if (line.starts_with("reports are") || line.starts_with("judged")) lines.push_back(line);
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"reports are refused: No space left on device",
                                             "reports are accepted again, 3 were refused", "judged bob"}));
}

TEST_F(ReportIntakeTest, WhatComesWhileTheDiskIsSlowIsWrittenTogether) {
  start("");
  history.hold();
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect());
  clients[0].send("POST", "/?command=report", R"({"login":"first"})");
  history.wait_for_held(1);
  for (int i = 1; i < 20; ++i)
    clients[static_cast<std::size_t>(i)].send("POST", "/?command=report", R"({"login":"x"})");
  while (intake->waiting() < 20) std::this_thread::yield();
  // The I/O thread does not wait with them.
  EXPECT_EQ(ask("GET", "/command/livez").status, 200);
  EXPECT_EQ(world.statistics.reports.value(), 0);
  history.let_go();
  for (auto& client : clients) EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(history.appends(), 2);
  EXPECT_EQ(counted().failures, 20);
  while (intake->waiting() > 0) std::this_thread::yield();  // the answer comes a moment earlier
}

TEST_F(ReportIntakeTest, OneConnectionsReportsStayInOrder) {
  start("");
  auto client = connect();
  for (int i = 0; i < 50; ++i) {
    client.send("POST", "/?command=report", fmt::format(R"({{"login":"ann","pwhash":"{}","t":1795000000}})", i));
    ASSERT_EQ(client.read().status, 200);
  }
  const auto answer = history.query({{}, history::EventsQuery{.limit = 100, .after = {}}, {}}).value();
  const auto& events = std::get<history::EventsAnswer>(answer.rows).events;
  ASSERT_EQ(events.size(), 50);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(events[static_cast<std::size_t>(i)].report.pwhash, std::to_string(49 - i));
}

TEST_F(ReportIntakeTest, DoneStillWaitsForTheFunctionAndRefusalsDoNot) {
  start("setReportAnswer('done') setReport(function(lt) infoLog('judged', {}) end)");
  EXPECT_EQ(report(R"({"login":"ann"})").status, 200);
  EXPECT_TRUE(world.logged("judged"));
  history.break_with("broken");
  EXPECT_EQ(report(R"({"login":"ann"})").status, 503);
}

TEST_F(ReportIntakeTest, TheFullReportQueueIsFullForItToo) {
  start("", true, {.threads = 1, .queue_limit = 1});
  history.hold();
  auto first = connect();
  first.send("POST", "/?command=report", R"({"login":"x"})");
  history.wait_for_held(1);
  EXPECT_EQ(report(R"({"login":"y"})").status, 503);
  EXPECT_EQ(refused("queue_full"), 1);
  history.let_go();
  EXPECT_EQ(first.read().status, 200);
}

TEST_F(ReportIntakeTest, AStopWritesWhatWaits) {
  start("");
  history.hold();
  auto first = connect();
  auto second = connect();
  first.send("POST", "/?command=report", R"({"login":"x"})");
  history.wait_for_held(1);
  second.send("POST", "/?command=report", R"({"login":"y"})");
  while (intake->waiting() < 2) std::this_thread::yield();
  EXPECT_FALSE(intake->stop(std::chrono::steady_clock::now())) << "the disk has it";
  history.let_go();
  EXPECT_TRUE(intake->stop(std::chrono::steady_clock::now() + 20s));
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(second.read().status, 200);
  EXPECT_EQ(counted().failures, 2);
  EXPECT_EQ(report(R"({"login":"late"})").status, 503);
  EXPECT_TRUE(drained());
}

}  // namespace
}  // namespace trackalert::api
