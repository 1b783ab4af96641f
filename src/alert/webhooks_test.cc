// SPDX-License-Identifier: Apache-2.0
#include "alert/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <regex>
#include <thread>

#include "net/http_receiver_for_tests.h"

namespace trackalert::alert {
namespace {

using namespace std::chrono_literals;
using net::testing::Certificate;
using net::testing::Receiver;
using net::testing::RefusingPort;
using net::testing::TemporaryFile;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Mood = Receiver::Mood;

constexpr auto forever = base::SteadyTime::max();

/// What went to the log.
class Lines {
 public:
  base::Log::Options options(bool verbose) {
    return {.stdout_level = 7,
            .verbose = verbose,
            .syslog = false,
            .sink = [this](base::Level level, std::string_view text) {
              const std::lock_guard lock(mutex_);
              lines_.push_back(std::to_string(static_cast<int>(level)) + " " + std::string(text));
            }};
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::string text() {
    std::string text;
    for (const auto& line : all()) text += line + "\n";
    return text;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class WebhooksTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"}) unsetenv(name);
  }

  std::unique_ptr<Webhooks> make() { return std::make_unique<Webhooks>(clock_, log_, registry_); }
  void add(std::string_view name, const std::string& url) { EXPECT_TRUE(hooks_->add(name, {{"url", url}})); }
  /// A request with what varies replaced.
  static std::string generalised(const std::string& request) {
    static const std::regex port("127\\.0\\.0\\.1:[0-9]+");
    static const std::regex id("Delivery: [A-Za-z0-9+/]{43}=");
    return std::regex_replace(std::regex_replace(request, port, "HOST"), id, "Delivery: ID");
  }

  base::FakeClock clock_{base::WallTime{1'795'488'143'797'000us}};  // 2026-11-24
  Lines lines_;
  base::Log log_{lines_.options(false)};
  metrics::Registry registry_;
  std::unique_ptr<Webhooks> hooks_ = make();
};

// Three hooks of the captured session with the original, and their requests byte for byte but for host and id.
TEST_F(WebhooksTest, RequestsAreThoseOfTheOriginal) {
  Receiver receiver;
  ASSERT_TRUE(hooks_->add("hook_full", {{"url", receiver.url("/webhook/%{YYYY}-%{MM}-%{dd}")},
                                        {"secret", "secret"},
                                        {"basic-auth", "wforce:super"},
                                        {"api-key", "myapikey"}}));
  add("hook_min", receiver.url("/min"));
  ASSERT_TRUE(
      hooks_->add("hook_ct", {{"url", receiver.url("/ct")}, {"content-type", "text/plain"}, {"kafka", "true"}}));
  hooks_->start({.threads = 1, .conns_per_thread = 1});
  hooks_->run("hook_full", R"({"foo":"bar"})");
  receiver.wait_for(1);
  hooks_->run("hook_min", "");
  receiver.wait_for(2);
  hooks_->run("hook_ct", "x=y");
  const auto requests = receiver.wait_for(3);
  EXPECT_EQ(generalised(requests[0]),
            "POST /webhook/2026-11-24 HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\n"
            "Authorization: Basic d2ZvcmNlOnN1cGVy\r\nContent-Type: application/json\r\nX-API-Key: myapikey\r\n"
            "X-Wforce-Delivery: ID\r\nX-Wforce-Event: hook_full\r\nX-Wforce-HookID: 1\r\n"
            "X-Wforce-Signature: PzqzmGtlarsXrz6xRD7WwI74//n+qDkVkJ0bQhrsib4=\r\nContent-Length: 13\r\n\r\n"
            "{\"foo\":\"bar\"}");
  EXPECT_EQ(generalised(requests[1]),
            "POST /min HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\nContent-Type: application/json\r\n"
            "X-Wforce-Delivery: ID\r\nX-Wforce-Event: hook_min\r\nX-Wforce-HookID: 2\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(generalised(requests[2]),
            "POST /ct HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\nContent-Type: text/plain\r\n"
            "X-Wforce-Delivery: ID\r\nX-Wforce-Event: hook_ct\r\nX-Wforce-HookID: 3\r\nContent-Length: 3\r\n\r\nx=y");
  EXPECT_EQ(hooks_->drain(forever), 0);
  EXPECT_EQ(receiver.connections(), 1) << "connections are kept";
}

TEST_F(WebhooksTest, AnEmptyContentTypeSendsNoneAndBodiesMayHoldAnyByte) {
  Receiver receiver;
  ASSERT_TRUE(hooks_->add("h", {{"url", receiver.url("/")}, {"content-type", ""}, {"api-key", ""}}));
  hooks_->start({});
  hooks_->run("h", std::string("a\0\r\n\xff", 5));
  const auto request = receiver.wait_for(1)[0];
  EXPECT_THAT(request, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(request, Not(HasSubstr("X-API-Key")));
  EXPECT_THAT(request, ::testing::EndsWith(std::string("\r\n\r\na\0\r\n\xff", 9)));
}

TEST_F(WebhooksTest, MacrosAreExpandedAtDeliveryNotWhenQueued) {
  Receiver receiver;
  add("h", receiver.url("/%{dd}"));
  hooks_->run("h", "");
  clock_.advance(24h);
  hooks_->start({});
  EXPECT_THAT(receiver.wait_for(1)[0], StartsWith("POST /25 "));
}

TEST_F(WebhooksTest, RegistrationSaysWhatItDidAndNeverSecrets) {
  EXPECT_EQ(hooks_->add("full", {{"url", "http://u:hush@h/%{dd}"}, {"secret", "hush"}, {"api-key", "hush"}}), 1U);
  EXPECT_FALSE(hooks_->add("hook_bad", {{"secret", "hush"}}));
  EXPECT_FALSE(hooks_->add("evil", {{"url", "http://h/"}, {"api-key", "hush\r\nX: y"}}));
  EXPECT_FALSE(hooks_->add("na\nme", {{"url", "http://h/"}}));
  EXPECT_FALSE(hooks_->add(std::string(256, 'n'), {{"url", "http://h/"}}));
  EXPECT_EQ(hooks_->add("", {{"url", ""}}), 6U);
  EXPECT_EQ(hooks_->add("full", {{"url", "http://other/"}}), 7U);
  const auto lines = lines_.all();
  ASSERT_EQ(lines.size(), 8);
  EXPECT_EQ(lines[0], "6 Registering custom webhook id=1 name=full to url (http://u:***@h/%{dd})");
  EXPECT_EQ(
      lines[1],
      "3 Registering custom webhook id=2 name=hook_bad from Lua failed [Missing mandatory configuration key: url]");
  EXPECT_EQ(lines[2],
            "3 Registering custom webhook id=3 name=evil from Lua failed [Control character in the value of "
            "configuration key: api-key]");
  EXPECT_EQ(lines[3], "3 Registering custom webhook id=4 name=na\\nme from Lua failed [Control character in the name]");
  EXPECT_EQ(lines[5], "6 Registering webhook id=6 for events [] to url ()");
  EXPECT_EQ(lines[6], "6 Registering custom webhook id=7 name=full to url (http://other/)");
  EXPECT_EQ(lines[7], "4 Custom webhook id=7 name=full will not be run: id=1 has the same name");
  EXPECT_THAT(lines_.text() + hooks_->show() + registry_.text(), Not(HasSubstr("hush")));
}

TEST_F(WebhooksTest, RegistrationsHaveALimit) {
  for (std::size_t i = 0; i < Webhooks::max_hooks; ++i) add("h" + std::to_string(i), "http://h/");
  EXPECT_FALSE(hooks_->add("more", {{"url", "http://h/"}}));
  EXPECT_EQ(hooks_->list().size(), Webhooks::max_hooks);
}

TEST_F(WebhooksTest, TheFirstOfADuplicateNameIsRun) {
  Receiver receiver;
  add("h", receiver.url("/first"));
  add("h", receiver.url("/second"));
  hooks_->start({});
  hooks_->run("h", "");
  hooks_->run("h", "");
  for (const auto& request : receiver.wait_for(2)) EXPECT_THAT(request, StartsWith("POST /first "));
  EXPECT_EQ(hooks_->list().size(), 2);
}

TEST_F(WebhooksTest, AnUnknownNameIsLoggedWhateverItHolds) {
  hooks_->run("no\nsuch", "x");
  hooks_->run(std::string(10'000, 'x'), "x");
  EXPECT_EQ(lines_.all()[0], "3 Attempting to run custom webhook with name no\\nsuch but no such webhook exists!");
  EXPECT_LT(lines_.all()[1].size(), 400);
}

TEST_F(WebhooksTest, FailuresAreCountedLoggedAndShown) {
  Receiver good;
  Receiver broken({.answer = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"});
  Receiver moved({.answer = "HTTP/1.1 302 Found\r\nLocation: " + good.url("/") + "\r\nContent-Length: 0\r\n\r\n"});
  Receiver resetting({.mood = Mood::reset});
  Receiver hanging({.mood = Mood::hold});
  Receiver endless({.mood = Mood::endless});
  RefusingPort nobody;
  const std::string refused = "http://127.0.0.1:" + std::to_string(nobody.port()) + "/";
  add("good", good.url("/%{dd}"));
  add("broken", broken.url("/%{dd}"));
  add("moved", moved.url("/"));
  add("resetting", resetting.url("/"));
  add("hanging", hanging.url("/"));
  add("endless", endless.url("/"));
  add("refused", refused);
  add("empty", "");
  add("ftp", "ftp://127.0.0.1/");
  hooks_->start({.timeout = 1s});
  for (const auto& row : hooks_->list()) hooks_->run(row.name, "body");
  EXPECT_EQ(hooks_->drain(forever), 0);

  const auto lines = lines_.all();
  EXPECT_THAT(lines, Contains("3 Webhook id=2 failed to url (" + broken.url("/%{dd}") +
                              "): [Received non-2XX response from webserver: 500]"));
  EXPECT_THAT(lines, Contains("3 Webhook id=3 failed to url (" + moved.url("/") +
                              "): [Received non-2XX response from webserver: 302]"));
  EXPECT_THAT(lines, Contains(StartsWith("3 Webhook id=4 failed to url (" + resetting.url("/") + "): [Recv failure")));
  EXPECT_THAT(lines, Contains(StartsWith("3 Webhook id=5 failed to url (" + hanging.url("/") +
                                         "): [Operation timed out after ")));
  EXPECT_THAT(lines,
              Contains(StartsWith("3 Webhook id=6 failed to url (" + endless.url("/") + "): [Answer is longer")));
  EXPECT_THAT(lines, Contains(StartsWith("3 Webhook id=7 failed to url (" + refused + "): [Failed to connect to")));
  EXPECT_THAT(lines, Contains(StartsWith("3 Webhook id=8 failed to url (): [")));
  EXPECT_THAT(lines, Contains(AllOf(StartsWith("3 Webhook id=9 failed"), HasSubstr("Protocol \"ftp\""))));
  EXPECT_THAT(lines_.text(), Not(HasSubstr("id=1 failed")));

  for (const auto& row : hooks_->list()) {
    EXPECT_EQ(row.successes, row.name == "good" ? 1 : 0) << row.name;
    EXPECT_EQ(row.failures, row.name == "good" ? 0 : 1) << row.name;
  }
  const auto metrics = registry_.text();
  EXPECT_THAT(metrics, HasSubstr("trackalert_custom_webhook_events_total{id=\"1\",status=\"ok\",url=\"" +
                                 good.url("/%{dd}") + "\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("trackalert_custom_webhook_events_total{id=\"2\",status=\"error\",url=\"" +
                                 broken.url("/%{dd}") + "\"} 1\n"));
}

TEST_F(WebhooksTest, SeriesAreThereFromTheStartAndForLaterHooksToo) {
  add("h", "http://u:hush@h/");
  EXPECT_THAT(registry_.text(), Not(HasSubstr("custom_webhook_events_total{")));
  hooks_->start({});
  add("later", "http://later/");
  const auto text = registry_.text();
  EXPECT_THAT(text, HasSubstr("# HELP trackalert_custom_webhook_events_total How many custom webhook events occurred?\n"
                              "# TYPE trackalert_custom_webhook_events_total counter\n"));
  for (const char* labels :
       {"id=\"1\",status=\"ok\",url=\"http://u:***@h/\"", "id=\"1\",status=\"error\",url=\"http://u:***@h/\"",
        "id=\"2\",status=\"ok\",url=\"http://later/\""}) {
    EXPECT_THAT(text, HasSubstr("trackalert_custom_webhook_events_total{" + std::string(labels) + "} 0\n"));
  }
  EXPECT_THAT(text, HasSubstr("# HELP trackalert_webhook_queue_size How full is the webhook worker thread queue?\n"
                              "# TYPE trackalert_webhook_queue_size gauge\ntrackalert_webhook_queue_size 0\n"));
}

TEST_F(WebhooksTest, ShowIsByteExact) {
  Receiver receiver;
  add("hook_full", receiver.url("/webhook/%{YYYY}-%{MM}-%{dd}"));
  add("a_name_that_is_longer_than_the_column", "http://u:hush@h/");
  EXPECT_FALSE(hooks_->add("bad", {}));
  add("", "x");
  hooks_->start({});
  hooks_->run("hook_full", "");
  hooks_->drain(forever);
  EXPECT_EQ(hooks_->show(),
            "ID        Name                 Successes Failures  URL\n"
            "1         hook_full            1         0         " +
                receiver.url("/webhook/%{YYYY}-%{MM}-%{dd}") +
                "\n"
                "2         a_name_that_is_longe 0         0         http://u:***@h/\n"
                "4                              0         0         x\n");
}

TEST_F(WebhooksTest, VerboseLinesLeaveOutBodiesAndSecrets) {
  Receiver receiver;
  base::Log verbose(lines_.options(true));
  Webhooks hooks(clock_, verbose, registry_);
  const std::string url = "http://user:hush@127.0.0.1:" + std::to_string(receiver.port()) + "/%{dd}";
  ASSERT_TRUE(hooks.add("h", {{"url", url}, {"secret", "hush"}, {"basic-auth", "u:hush"}}));
  hooks.start({});
  hooks.run("h", "hush");
  hooks.drain(forever);
  const std::string shown = "http://user:***@127.0.0.1:" + std::to_string(receiver.port());
  EXPECT_THAT(lines_.text(), Not(HasSubstr("hush")));
  EXPECT_THAT(lines_.all(), Contains("7 runHook: event h hook id 1"));
  EXPECT_THAT(lines_.all(), Contains("6 Webhook id=1 succeeded to url (" + shown + "/%{dd})"));
  EXPECT_THAT(
      lines_.all(),
      Contains(AllOf(StartsWith("7 Webhook id=1 starting for event (h) to url (" + shown + "/24) with delivery id ("),
                     ::testing::EndsWith("and hook_data (4 bytes)"))));
}

TEST_F(WebhooksTest, AFullQueueDropsAndSaysSo) {
  add("h", "http://127.0.0.1/");
  hooks_->set_queue_limit(2);
  for (int i = 0; i < 3; ++i) hooks_->run("h", "x");
  EXPECT_EQ(lines_.all().back(), "3 runHook: Webhook queue at max size (2) - dropping webhook id=1 for event (h)");
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_dropped_total 1\n"));
  hooks_->set_queue_limit(3);
  hooks_->run("h", "x");
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_dropped_total 1\n"));
  EXPECT_EQ(hooks_->drain(forever), 3) << "never started, so it does not wait";
}

TEST_F(WebhooksTest, LargeBodiesAreBoundedByBytes) {
  add("h", "http://127.0.0.1/");
  hooks_->set_queue_bytes(10'000);
  hooks_->run("h", std::string(6'000, 'x'));
  hooks_->run("h", std::string(6'000, 'x'));
  EXPECT_EQ(lines_.all().back(), "3 runHook: Webhook queue at max size (50000) - dropping webhook id=1 for event (h)");
  EXPECT_EQ(hooks_->drain(forever), 1);
}

TEST_F(WebhooksTest, ASlowHookDoesNotDelayAFastOne) {
  Receiver slow({.mood = Mood::hold});
  Receiver fast;
  add("slow", slow.url("/"));
  add("fast", fast.url("/"));
  hooks_->start({.threads = 1, .conns_per_thread = 2, .timeout = 0ms});
  for (int i = 0; i < 1000; ++i) hooks_->run("slow", "");
  slow.wait_for(1);
  for (int i = 0; i < 50; ++i) hooks_->run("fast", "");
  fast.wait_for(50);
  EXPECT_EQ(slow.wait_for(1).size(), 1) << "one slot of two";
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_size 999\n"));
  // The last of the fast ones may not have read its answer yet.
  const auto left = hooks_->drain(std::chrono::steady_clock::now());
  EXPECT_EQ(left, 1000 + 50 - hooks_->list()[1].successes);
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_size 0\n"));
}

TEST_F(WebhooksTest, DrainDeliversWhatWaits) {
  Receiver receiver;
  add("h", receiver.url("/"));
  for (int i = 0; i < 200; ++i) hooks_->run("h", std::to_string(i));
  hooks_->start({.threads = 2, .conns_per_thread = 2, .timeout = 20s});
  EXPECT_EQ(hooks_->drain(forever), 0);
  EXPECT_EQ(receiver.wait_for(200).size(), 200);
  EXPECT_EQ(hooks_->list()[0].successes, 200);
  EXPECT_THAT(lines_.text(), Not(HasSubstr("left undone")));
}

TEST_F(WebhooksTest, DrainGivesUpAtTheDeadlineAndSaysWhatIsLeft) {
  Receiver holding({.mood = Mood::hold});
  add("h", holding.url("/"));
  hooks_->start({.threads = 1, .conns_per_thread = 4, .timeout = 0ms});
  for (int i = 0; i < 10; ++i) hooks_->run("h", "x");
  holding.wait_for(2);
  EXPECT_EQ(hooks_->drain(std::chrono::steady_clock::now() + 50ms), 10);
  EXPECT_EQ(lines_.all().back(), "4 Webhooks: 10 deliveries left undone (8 waiting, 2 in flight)");
  EXPECT_THAT(lines_.text(), Not(HasSubstr("failed to url")));
  EXPECT_EQ(hooks_->drain(forever), 0);
  hooks_->run("h", "late");
  EXPECT_EQ(lines_.all().back(), "3 runHook: Webhooks have ended - dropping webhook id=1 for event (h)");
}

TEST_F(WebhooksTest, AReloadTakesOverTheMetricsWhileTheOldOneDrains) {
  Receiver holding({.mood = Mood::hold});
  Receiver receiver;
  add("h", holding.url("/"));
  hooks_->start({.threads = 1, .conns_per_thread = 1, .timeout = 0ms});
  hooks_->run("h", "old");
  hooks_->run("h", "old");
  holding.wait_for(1);

  auto next = make();
  ASSERT_TRUE(next->add("h", {{"url", receiver.url("/")}}));
  next->start({});
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_size 0\n"));
  std::thread draining([old = std::move(hooks_)] { EXPECT_EQ(old->drain(forever), 0); });
  next->run("h", "new");
  receiver.wait_for(1);
  holding.release();
  draining.join();
  EXPECT_EQ(holding.wait_for(2).size(), 2);
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_size 0\n")) << "the gauge outlives the old one";
  next.reset();
  EXPECT_THAT(registry_.text(), HasSubstr("trackalert_webhook_queue_size 0\n")) << "and the new one";
}

TEST_F(WebhooksTest, AStormOfFailuresIsNotAStormOfLines) {
  for (int i = 0; i < 500; ++i) hooks_->run("missing", "x");
  EXPECT_EQ(lines_.all().size(), Webhooks::max_error_lines_per_second);
  clock_.advance(1s);
  hooks_->run("missing", "x");
  const auto lines = lines_.all();
  ASSERT_EQ(lines.size(), Webhooks::max_error_lines_per_second + 2);
  EXPECT_EQ(lines[lines.size() - 2], "3 Webhooks: 450 more error lines left out");
  for (int i = 0; i < 500; ++i) hooks_->run("missing", "x");
  hooks_->stop();
  EXPECT_EQ(lines_.all().back(), "3 Webhooks: 451 more error lines left out");
}

TEST_F(WebhooksTest, ManyThreadsMayRunAndRegisterAtOnce) {
  Receiver receiver;
  add("h", receiver.url("/"));
  hooks_->start({.timeout = 20s});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) hooks_->run("h", "x");
      add("more" + std::to_string(t), receiver.url("/"));
      hooks_->run("more" + std::to_string(t), "y");
      EXPECT_THAT(hooks_->show(), StartsWith("ID"));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(hooks_->drain(forever), 0);
  EXPECT_EQ(receiver.wait_for(204).size(), 204);
}

TEST_F(WebhooksTest, StopWhileThreadsRunCountsEveryDelivery) {
  Receiver receiver;
  add("h", receiver.url("/"));
  hooks_->start({});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) hooks_->run("h", "x");
    });
  }
  receiver.wait_for(1);
  const auto left = hooks_->drain(base::SteadyTime::min());
  for (auto& thread : threads) thread.join();
  const auto row = hooks_->list()[0];
  const auto dropped = registry_.counter("webhook_queue_dropped_total", "").value();
  EXPECT_EQ(row.successes + left + dropped, 200);
  EXPECT_LE(row.failures, left) << "only what stop() aborted";
}

TEST_F(WebhooksTest, AReceiverUnderAnotherNameIsRefusedByDefault) {
  const Certificate wrong("other.example");
  TemporaryFile bundle;
  wrong.write_pem(bundle.path());
  Receiver impostor({.tls = wrong.server_context()});
  const auto failures = [&](net::TlsClientOptions tls) {
    auto hooks = make();
    EXPECT_TRUE(hooks->add("h", {{"url", impostor.url("/")}}));
    hooks->start({.timeout = 10s, .tls = std::move(tls)});
    hooks->run("h", "x");
    hooks->drain(forever);
    return hooks->list()[0].failures;
  };
  EXPECT_EQ(failures({}), 1);
  EXPECT_THAT(lines_.text(), HasSubstr("SSL certificate problem"));
  EXPECT_EQ(failures({.ca_bundle_file = bundle.path()}), 1);
  EXPECT_THAT(lines_.text(), HasSubstr("no alternative certificate subject name"));
  EXPECT_THAT(impostor.wait_for(0), IsEmpty()) << "nothing was sent to it";
  EXPECT_EQ(failures({.verify_host = false, .ca_bundle_file = bundle.path()}), 0);
  EXPECT_EQ(failures({.verify_peer = false, .verify_host = false}), 0);
}

}  // namespace
}  // namespace trackalert::alert
