// SPDX-License-Identifier: Apache-2.0
// What becomes of reports from judging to the store. The rules themselves are tested below this floor.
#include "alert/watch.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "alert/temporary_folder_for_tests.h"
#include "history/guarded_history_for_tests.h"

namespace trackalert::alert {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

detect::Rule made(const std::string& name, detect::Values fields) {
  fields.emplace("text", std::string("{login} {remote}"));
  auto rule = detect::make_rule(name, fields);
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

const detect::Rule spray =
    made("spray", {{"kind", std::string("distinct")}, {"min_logins", 10.0}, {"min_guesses", 10.0}});
const detect::Rule taken = made("taken", {{"kind", std::string("sequence")}, {"first", std::string("alert")}});
const detect::Rule brute =
    made("brute", {{"kind", std::string("threshold")}, {"subject", std::string("source_login")}});
const detect::Rule many = made("many", {{"kind", std::string("campaign")},
                                        {"window_minutes", 60.0},
                                        {"min_sources", 5.0},
                                        {"min_logins", 5.0},
                                        {"min_excess", 1.0},
                                        {"min_observed_hours", 1.0}});

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() { clock.set_wall(base::WallTime{std::chrono::microseconds{start + 3 * history::day}}); }

  void open(std::vector<detect::Rule> rules, Watch::Options options = {}) {
    watch.reset();
    options.history_folder = folder.file(".");
    auto opened = Watch::open({history, clock, log, registry}, options);
    ASSERT_TRUE(opened) << opened.error().message;
    watch = std::move(*opened);
    watch->use(rules, detect::AsnKinds());
  }
  struct Login {
    std::string login = "ann";
    std::string remote = "192.0.2.1";
    bool success = false;
    std::string pwhash = "x";
    history::Time after = 0;
    std::uint32_t asn = 64'500;
  };
  void report(const Login& of) {
    login::Report report;
    report.login = of.login;
    report.remote = *base::parse_address(of.remote);
    report.success = of.success;
    report.pwhash = of.pwhash;
    report.t = static_cast<double>(start + of.after) / 1e6;
    history::Arrival arrival{.report = &report, .place = {}};
    arrival.place.asn = of.asn;
    ASSERT_TRUE(history.append({&arrival, 1}));
    judgements.clear();
    judgements.resize(1);
    watch->judge({&arrival, 1}, judgements);
  }
  void guess(int times, Login of, int first = 0) {
    for (int i = first; i < first + times; ++i) {
      of.pwhash = std::to_string(i);
      report(of);
    }
  }
  void try_many(int logins, const std::string& remote = "192.0.2.1") {
    for (int i = 0; i < logins; ++i) report({.login = "u" + std::to_string(i), .remote = remote});
  }
  std::vector<std::string> rules(const AlertFilter& filter = {}) {
    std::vector<std::string> out;
    const auto page = watch->list(filter);
    EXPECT_TRUE(page);
    for (const auto& alert : page->alerts) out.push_back(alert.rule);
    std::ranges::sort(out);
    return out;
  }
  void allow(std::string_view what, std::string value, std::string detection = {}, history::Time until = 0) {
    auto allowance = make_allowance(
        what, {.value = std::move(value), .detection = std::move(detection), .until = until, .since = start});
    ASSERT_TRUE(allowance) << allowance.error().message;
    ASSERT_TRUE(watch->allow(*allowance));
  }
  double metric(const std::string& line) {
    const auto text = registry.text();
    const auto at = text.find("\ntrackalert_" + line + " ");
    if (at == text.npos) {
      ADD_FAILURE() << line << " is not in\n" << text;
      return -1;
    }
    return std::stod(text.substr(text.find(' ', at)));
  }

  TemporaryFolder folder;
  base::FakeClock clock;
  std::vector<std::string> lines;
  base::Log log{{.syslog = false, .sink = [this](base::Level, std::string_view line) { lines.emplace_back(line); }}};
  history::GuardedHistory history{clock};
  metrics::Registry registry;
  std::vector<Judgement> judgements;
  std::unique_ptr<Watch> watch;
};

TEST_F(WatchTest, AnAlertIsLoggedKeptAndCounted) {
  open({brute});
  guess(10, {});
  EXPECT_THAT(judgements[0].findings, SizeIs(1)) << "of the last report";
  EXPECT_THAT(lines, testing::Contains(HasSubstr("Alert: ann 192.0.2.1")));
  EXPECT_THAT(rules(), ElementsAre("brute"));
  EXPECT_EQ(metric(R"(detections_alerts_opened_total{detection="brute"})"), 1);
  EXPECT_EQ(metric(R"(detections_findings_total{detection="brute"})"), 1);
  EXPECT_GE(metric(R"(detections_evaluated_total{detection="brute"})"), 10);
  EXPECT_EQ(metric("alerts_open"), 1);
}

TEST_F(WatchTest, NewsWriteTheirAlertAloneAndATickTheRest) {
  open({brute});
  const auto saved = [this] { return metric("alerts_saved_total"); };
  constexpr int sources = 70;  // more than are written under one lock
  for (int i = 0; i < sources; ++i) guess(10, {.login = fmt::format("u{}", i), .remote = fmt::format("192.0.2.{}", i)});
  EXPECT_EQ(saved(), sources);
  for (int i = 0; i < sources; ++i)
    guess(1, {.login = fmt::format("u{}", i), .remote = fmt::format("192.0.2.{}", i)}, 10);
  EXPECT_EQ(saved(), sources) << "that an attack goes on is no news";
  guess(10, {.login = "bob", .remote = "198.51.100.1"});
  EXPECT_EQ(saved(), sources + 1);
  watch->tick();
  EXPECT_EQ(saved(), 2 * sources + 1);
  watch->tick();
  EXPECT_EQ(saved(), 2 * sources + 1);
}

class Listener final : public Audience {
 public:
  void changed(const Alert& alert, AlertBook::News news) override {
    heard.push_back(alert.rule + (news == AlertBook::News::updated ? " goes on" : " is news"));
  }
  void closed(Alert alert) override { heard.push_back(alert.rule + " is over"); }
  std::vector<std::string> heard;
};

TEST_F(WatchTest, SomebodyElseIsToldTooAndTheStoreLater) {
  Listener listener;
  open({brute}, {.keep_at_once = false, .read_back_beside = false, .also = &listener});
  guess(11, {});
  EXPECT_THAT(listener.heard, ElementsAre("brute is news", "brute goes on"));
  EXPECT_THAT(watch->store().list({})->alerts, IsEmpty());
  std::vector<std::string> still_open;
  watch->each_open([&](const Alert& alert) { still_open.push_back(alert.rule); });
  EXPECT_THAT(still_open, ElementsAre("brute"));
  watch->tick();
  EXPECT_THAT(watch->store().list({})->alerts, SizeIs(1));
  report({.login = "bob", .success = true, .after = 2 * history::day});
  EXPECT_THAT(listener.heard, ElementsAre("brute is news", "brute goes on", "brute is over"));
}

/// Everything to one channel.
class ToOps final : public Routing {
 public:
  [[nodiscard]] std::vector<std::string> channels(const Alert& /*alert*/, News /*news*/,
                                                  history::Time /*now*/) const override {
    return {"ops"};
  }
};

TEST_F(WatchTest, NewsLieInTheOutboxWithTheirAlert) {
  open({brute});
  watch->use(std::make_shared<const ToOps>());
  guess(12, {});
  const auto waiting = watch->store().outbox().list({});
  ASSERT_TRUE(waiting);
  ASSERT_THAT(waiting->deliveries, SizeIs(1)) << "what goes on is no news";
  EXPECT_EQ(waiting->deliveries[0].channel, "ops");
  const auto told = watch->store().find(waiting->deliveries[0].alert);
  ASSERT_TRUE(told && *told);
  EXPECT_EQ((*told)->rule, "brute");
}

TEST_F(WatchTest, RulesThatLookOnTellNobody) {
  auto shadow = brute;
  shadow.mode = detect::Mode::shadow;
  open({shadow});
  watch->use(std::make_shared<const ToOps>());
  guess(12, {});
  EXPECT_THAT(rules(), ElementsAre("brute"));
  EXPECT_THAT(watch->store().outbox().list({})->deliveries, IsEmpty());
}

TEST_F(WatchTest, NewsThatTheStoreDidNotTakeAreTriedAgain) {
  open({brute});
  watch->use(std::make_shared<const ToOps>());
  const auto run = [&](const char* sql) {
    auto database = sqlite::Database::open(folder.file("alerts.db"), sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute(sql));
  };
  run("CREATE TRIGGER no BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'full'); END");
  guess(10, {});
  EXPECT_THAT(watch->store().outbox().list({})->deliveries, IsEmpty());
  run("DROP TRIGGER no");
  watch->tick();
  EXPECT_THAT(watch->store().outbox().list({})->deliveries, SizeIs(1));
}

TEST_F(WatchTest, AnAlertGoesOnInTheNextProcess) {
  open({brute});
  guess(10, {});
  const auto id = watch->list({})->alerts.at(0).id;
  open({brute});
  guess(10, {.after = history::minute}, 20);
  const auto alerts = watch->list({})->alerts;
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].id, id);
  EXPECT_GT(alerts[0].count, 1);
}

TEST_F(WatchTest, WhatIsQuietIsClosedInTheStoreToo) {
  open({brute});
  guess(10, {});
  report({.login = "bob", .success = true, .after = 25 * history::hour});
  EXPECT_THAT(rules({.state = State::open}), IsEmpty());
  EXPECT_THAT(rules({.state = State::closed}), ElementsAre("brute"));
}

TEST_F(WatchTest, AnAllowedSourceIsSuppressedWithWhatFollowsFromIt) {
  open({spray, taken});
  allow("remote", "192.0.2.0/24", "spray");
  try_many(12);
  report({.login = "u3", .success = true});
  EXPECT_THAT(rules(), IsEmpty()) << "the account was entered from a source that is allowed to spray";
  EXPECT_GT(metric(R"(detections_suppressed_total{by="remote",detection="spray"})"), 0);
}

TEST_F(WatchTest, OthersAreNotSuppressed) {
  open({spray, brute});
  allow("remote", "192.0.2.0/24", "spray");
  allow("login", "bob");
  allow("asn", "64501");
  try_many(12, "198.51.100.1");
  guess(10, {});
  EXPECT_THAT(rules(), ElementsAre("brute", "spray"));
}

TEST_F(WatchTest, AnEntryOfOneKindSuppresses) {
  for (const auto& [what, value] : {std::pair{"login", "ann"}, {"asn", "64500"}, {"remote", "192.0.2.1"}}) {
    open({brute});
    allow(what, value);
    guess(10, {});
    EXPECT_THAT(rules(), IsEmpty()) << what;
    EXPECT_THAT(judgements[0].findings, IsEmpty()) << what;
    for (const auto& entry : watch->allowances()) ASSERT_TRUE(watch->disallow(entry.id));
  }
}

TEST_F(WatchTest, AnEntryEnds) {
  open({brute});
  allow("login", "ann", "", start + 4 * history::day);
  guess(10, {});
  EXPECT_THAT(rules(), IsEmpty());
  clock.set_wall(base::WallTime{std::chrono::microseconds{start + 5 * history::day}});
  guess(10, {.after = 4 * history::day + history::hour}, 50);
  EXPECT_THAT(rules(), ElementsAre("brute"));
}

TEST_F(WatchTest, AllowedSourcesGoOutOfASweepsAlert) {
  open({many});
  allow("remote", "192.0.2.0/28");
  report({.login = "early", .remote = "198.51.100.1", .after = -3 * history::hour});
  for (int i = 1; i <= 30; ++i) {
    report({.login = "v" + std::to_string(i), .remote = "192.0.2." + std::to_string(i), .after = i * history::second});
  }
  report({.login = "late", .remote = "198.51.100.200", .success = true, .after = 30 * history::minute});
  const auto alerts = watch->list({})->alerts;
  ASSERT_THAT(alerts, SizeIs(1));
  const auto& sources = alerts[0].sources.shown();
  EXPECT_THAT(sources, testing::Contains("192.0.2.16"));
  EXPECT_THAT(sources, testing::Not(testing::Contains("192.0.2.15")));
}

TEST_F(WatchTest, TheConfigurationsEntriesCannotBeRemovedAndAreReplaced) {
  open({brute});
  auto entry = make_allowance("login", {.value = "ann", .since = start, .by = "configuration"});
  ASSERT_TRUE(entry);
  ASSERT_TRUE(watch->use(std::vector{*entry}));
  EXPECT_FALSE(*watch->disallow(entry->id));
  EXPECT_THAT(watch->allowances(), ElementsAre(*entry));
  ASSERT_TRUE(watch->use(std::vector<Allowance>{}));
  EXPECT_THAT(watch->allowances(), IsEmpty());
}

TEST_F(WatchTest, AnAlertOfThePolicyIsCountedUnderOneName) {
  open({});
  auto rule = std::make_shared<detect::Rule>();
  rule->name = rule->cause = "mine";
  detect::Finding finding;
  finding.rule = rule;
  finding.key = "login:ann";
  finding.message = "m";
  finding.time = finding.since = start;
  watch->raise(finding);
  EXPECT_THAT(rules(), ElementsAre("mine"));
  EXPECT_EQ(metric(R"(detections_alerts_total{detection="raiseAlert"})"), 1);
}

TEST_F(WatchTest, AnErasedLoginIsNowhere) {
  open({brute});
  guess(10, {.login = "very-secret"});
  ASSERT_TRUE(erase_login(history, watch.get(), "very-secret"));
  watch->tick();
  watch.reset();
  EXPECT_FALSE(folder.holds("very-secret"));
}

TEST_F(WatchTest, ABackupHasTheAlerts) {
  open({brute});
  guess(10, {});
  ASSERT_TRUE(watch->backup(folder.file("copy.db")));
  const auto copy = AlertStore::open(folder.file("copy.db"));
  ASSERT_TRUE(copy);
  EXPECT_THAT((*copy)->list({})->alerts, SizeIs(1));
}

}  // namespace
}  // namespace trackalert::alert
