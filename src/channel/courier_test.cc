// SPDX-License-Identifier: Apache-2.0
// What becomes of deliveries, with a clock and channels that do as they are told. outbox_test.cc has what is kept.
#include "channel/courier.h"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "alert/alert_for_tests.h"
#include "alert/temporary_folder_for_tests.h"
#include "channel/scripted_channel_for_tests.h"

namespace trackalert::channel {
namespace {

using namespace std::chrono_literals;
using alert::AlertStore;
using alert::full_alert;
using alert::Outbox;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class UtcZone final : public schedule::Zone {
 public:
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds /*when*/) const override { return 0s; }
};

class CourierTest : public ::testing::Test {
 protected:
  CourierTest() { start_process(); }

  void start_process() {
    auto store = AlertStore::open(folder_.file("alerts.db"));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    courier_ =
        std::make_unique<Courier>(Courier::Surroundings{*store_, clock_, zone_, log_, registry_, [] { return 0.5; }});
    courier_->use(entries_);
  }
  /// As SIGKILL has it: nothing is said or written any more.
  void kill_process() {
    for (auto& [name, channel] : channels_) channel->held.clear();
    courier_.reset();
    store_.reset();
  }
  ScriptedChannel& add(const std::string& name, const Limits& limits = {.at_once = 4, .digests = true}) {
    auto channel = std::make_shared<ScriptedChannel>();
    channels_[name] = channel;
    entries_.push_back({.setting = {.name = name, .kind = "webhook"}, .limits = limits, .channel = channel});
    courier_->use(entries_);
    return *channel;
  }
  void tell(std::uint64_t number, News news = News::opened, const std::string& channel = "ops") {
    tell_all({number}, news, {channel});
  }
  void tell_all(const std::vector<std::uint64_t>& numbers, News news, const std::vector<std::string>& channels) {
    std::vector<alert::Alert> alerts;
    std::vector<const alert::Alert*> pointers;
    std::vector<Outbox::Fresh> fresh;
    for (const auto number : numbers) alerts.push_back(full_alert(number));
    for (const auto& alert : alerts) {
      pointers.push_back(&alert);
      for (const auto& channel : channels) {
        fresh.push_back({.channel = channel, .alert = alert.id, .news = news, .now = now()});
      }
    }
    const auto saved = store_->save(pointers, fresh);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  void settle_down() {
    while (courier_->turn()) {
    }
  }
  /// So much time goes by, with a look each second.
  void pass(std::chrono::seconds time, std::chrono::seconds step = 1s) {
    for (auto passed = 0s; passed < time; passed += step) {
      clock_.advance(step);
      settle_down();
    }
  }
  history::Time now() const { return clock_.now().time_since_epoch().count(); }
  Outbox::Counts counts(const std::string& channel = "ops") { return *store_->outbox().counts(channel); }
  std::vector<alert::Delivery> dead() { return store_->outbox().list({.dead = true})->deliveries; }
  double metric(const std::string& line) {
    const auto text = registry_.text();
    const auto at = text.find("\ntrackalert_" + line + " ");
    return at == text.npos ? -1 : std::stod(text.substr(text.find(' ', at)));
  }
  static std::vector<std::string> told(const ScriptedChannel& channel) {
    std::vector<std::string> out;
    for (const auto& message : channel.messages) {
      for (const auto& item : message.items) {
        out.push_back(item.alert.id.substr(15) + " " + std::string(news_name(item.news)));
      }
    }
    return out;
  }

  alert::TemporaryFolder folder_;
  base::FakeClock clock_;
  UtcZone zone_;
  std::vector<std::string> lines_;
  base::Log log_{{.syslog = false, .sink = [this](base::Level, std::string_view line) { lines_.emplace_back(line); }}};
  metrics::Registry registry_;
  std::map<std::string, std::shared_ptr<ScriptedChannel>> channels_;
  std::vector<Courier::Entry> entries_;
  std::unique_ptr<AlertStore> store_;
  std::unique_ptr<Courier> courier_;
};

TEST_F(CourierTest, WhatWasTakenIsGone) {
  auto& ops = add("ops");
  tell(1);
  settle_down();
  EXPECT_THAT(told(ops), ElementsAre("1 opened"));
  EXPECT_EQ(ops.messages[0].attempt, 1);
  EXPECT_FALSE(ops.messages[0].digest);
  EXPECT_EQ(counts().waiting, 0);
  EXPECT_EQ(metric(R"(alerts_sent_total{channel="ops"})"), 1);
  pass(60s);
  EXPECT_EQ(ops.messages.size(), 1);
}

TEST_F(CourierTest, AReceiverIsDownForAnHourAndTheProcessIsKilledMeanwhile) {
  auto& ops = add("ops");
  ops.fails = "connection refused";
  for (std::uint64_t i = 1; i <= 9; ++i) tell(i);
  pass(20min);
  tell(1, News::raised);
  kill_process();
  start_process();
  tell(2, News::raised);
  pass(40min);
  const auto tries = ops.messages.size();
  EXPECT_GE(tries, 6);
  EXPECT_LE(tries, 30) << "a receiver that is down is not stormed";
  EXPECT_EQ(metric("alerts_waiting{channel=\"ops\"}"), 11);
  EXPECT_GE(metric("alerts_waiting_oldest_seconds{channel=\"ops\"}"), 3600);

  ops.fails.clear();
  pass(20min);
  EXPECT_EQ(counts().waiting, 0);
  std::map<std::string, std::set<std::string>> ids;
  for (const auto& message : ops.messages) {
    ids[message.items[0].alert.id + std::string(news_name(message.items[0].news))].insert(message.delivery_id);
  }
  EXPECT_THAT(ids, SizeIs(11));
  for (const auto& [what, id] : ids) EXPECT_THAT(id, SizeIs(1)) << "the same id in every try";
  const auto last = [&](const std::string& what) {
    const auto all = told(ops);
    return all.rend() - std::find(all.rbegin(), all.rend(), what);
  };
  for (const std::string number : {"1", "2"}) {
    const auto all = told(ops);
    const auto first_raised = std::ranges::find(all, number + " raised") - all.begin() + 1;
    EXPECT_LT(last(number + " opened"), first_raised) << "in order per alert";
  }
  EXPECT_THAT(lines_, Contains(HasSubstr("Channel ops fails")));
  EXPECT_THAT(lines_, Contains(HasSubstr("Channel ops works again")));
}

TEST_F(CourierTest, ADeliveryThatWasOnItsWayAtTheKillComesAgain) {
  auto& ops = add("ops");
  ops.holds = true;
  tell(1);
  settle_down();
  ASSERT_EQ(ops.messages.size(), 1);
  kill_process();
  ops.holds = false;
  start_process();
  settle_down();
  ASSERT_EQ(ops.messages.size(), 2);
  EXPECT_EQ(ops.messages[0].delivery_id, ops.messages[1].delivery_id);
}

TEST_F(CourierTest, WhatFailsForADayIsDeadAndCanBeSentAgain) {
  auto& ops = add("ops");
  ops.fails = "the receiver answered 500";
  tell(1);
  tell(2);
  pass(24h - 1min, 30s);
  EXPECT_THAT(dead(), IsEmpty());
  pass(30min, 30s);
  ASSERT_THAT(dead(), SizeIs(2));
  EXPECT_THAT(dead()[0].error, HasSubstr("500"));
  EXPECT_EQ(metric(R"(alerts_dead{channel="ops"})"), 2);
  ops.fails.clear();
  const auto before = ops.messages.size();
  ASSERT_TRUE(*store_->outbox().send_again(dead()[0].id, now()));
  pass(11min, 10s);
  EXPECT_EQ(ops.messages.size(), before + 1);
  EXPECT_THAT(dead(), SizeIs(1));
}

TEST_F(CourierTest, WhatIsRefusedIsDeadAtOnceAndHoldsUpNothing) {
  auto& ops = add("ops", {.at_once = 1});
  ops.holds = true;
  tell(1);
  tell(2);
  settle_down();
  ops.answer({.kind = Outcome::Kind::refused, .reason = "the receiver answered 413"});
  settle_down();
  EXPECT_THAT(told(ops), ElementsAre("1 opened", "2 opened"));
  EXPECT_THAT(dead(), SizeIs(1));
  EXPECT_THAT(lines_, Contains(HasSubstr("is dead: the receiver answered 413")));
}

TEST_F(CourierTest, OneBadMessageDoesNotStopTheOthers) {
  auto& ops = add("ops", {.at_once = 1});
  ops.holds = true;
  for (std::uint64_t i = 1; i <= 5; ++i) tell(i);
  settle_down();
  ops.answer({.kind = Outcome::Kind::failed, .reason = "the receiver answered 500"});
  ops.holds = false;
  pass(30s);
  EXPECT_THAT(told(ops), ElementsAre("1 opened", "2 opened", "3 opened", "4 opened", "5 opened", "1 opened"))
      << "at first five seconds behind each failure, and it comes again";
  EXPECT_EQ(ops.messages.back().attempt, 2);
}

TEST_F(CourierTest, ASlowChannelDelaysNoOther) {
  auto& slow = add("slow");
  auto& fast = add("fast");
  slow.holds = true;
  std::vector<std::uint64_t> numbers(100);
  std::iota(numbers.begin(), numbers.end(), 1);
  tell_all(numbers, News::opened, {"slow", "fast"});
  settle_down();
  EXPECT_EQ(fast.messages.size(), 100);
  EXPECT_EQ(slow.messages.size(), 4) << "so many at once";
  slow.answer({});
  settle_down();
  EXPECT_EQ(slow.messages.size(), 5);
}

TEST_F(CourierTest, TheWishOfAReceiverIsHeeded) {
  auto& ops = add("ops");
  ops.fails = "the receiver answered 429";
  ops.retry_after = 100s;
  tell(1);
  settle_down();
  ops.fails.clear();
  pass(99s);
  EXPECT_EQ(ops.messages.size(), 1);
  pass(2s);
  EXPECT_EQ(ops.messages.size(), 2);
}

TEST_F(CourierTest, WhatARateHoldsUpGoesAsOneDigest) {
  auto& ops = add("ops", {.rate = Rate{.messages = 10, .period = history::minute}, .at_once = 4, .digests = true});
  std::vector<std::uint64_t> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 1);
  tell_all(numbers, News::opened, {"ops"});
  settle_down();
  EXPECT_EQ(ops.messages.size(), 10);
  pass(7s);
  ASSERT_EQ(ops.messages.size(), 11);
  const auto& digest = ops.messages[10];
  EXPECT_TRUE(digest.digest);
  EXPECT_THAT(digest.items, SizeIs(Courier::most_listed));
  EXPECT_EQ(digest.not_shown, 890);
  EXPECT_EQ(counts().waiting, 0);
}

TEST_F(CourierTest, AFailedTryCostsNothingOfTheRate) {
  auto& ops = add("ops", {.rate = Rate{.messages = 1, .period = history::day}, .at_once = 1, .digests = false});
  ops.fails = "down";
  tell(1);
  settle_down();
  ops.fails.clear();
  pass(10s);
  EXPECT_EQ(ops.messages.size(), 2);
  EXPECT_EQ(counts().waiting, 0);
}

TEST_F(CourierTest, AChannelWithoutDigestsGoesOnOneByOne) {
  auto& ops = add("ops", {.rate = Rate{.messages = 10, .period = history::minute}, .at_once = 4, .digests = false});
  std::vector<std::uint64_t> numbers(30);
  std::iota(numbers.begin(), numbers.end(), 1);
  tell_all(numbers, News::opened, {"ops"});
  settle_down();
  pass(61s);
  EXPECT_EQ(ops.messages.size(), 20);
  pass(61s);
  EXPECT_EQ(ops.messages.size(), 30);
  for (const auto& message : ops.messages) EXPECT_FALSE(message.digest);
}

TEST_F(CourierTest, AStormBecomesOneDigestAnHour) {
  auto& ops = add("ops", {.digest = history::hour, .at_once = 4, .digests = true});
  std::vector<std::uint64_t> numbers(10'000);
  std::iota(numbers.begin(), numbers.end(), 1);
  tell_all(numbers, News::opened, {"ops"});
  pass(59min, 10s);
  EXPECT_EQ(ops.messages.size(), 0);
  pass(1min);
  ASSERT_EQ(ops.messages.size(), 1);
  EXPECT_THAT(ops.messages[0].items, SizeIs(Courier::most_listed));
  EXPECT_EQ(ops.messages[0].not_shown, 9'900);
  EXPECT_EQ(counts().waiting, 0);
  pass(2h, 1min);
  EXPECT_EQ(ops.messages.size(), 1) << "nothing is no digest";
}

TEST_F(CourierTest, ADigestKeepsItsIdThroughTriesAndProcesses) {
  auto& ops = add("ops", {.digest = history::minute, .at_once = 4, .digests = true});
  ops.fails = "down";
  tell(1);
  tell(2);
  pass(2min);
  kill_process();
  start_process();
  tell(3);
  ops.fails.clear();
  pass(10min);
  std::set<std::string> ids;
  for (const auto& message : ops.messages) {
    if (message.items.size() == 2) ids.insert(message.delivery_id);
  }
  EXPECT_THAT(ids, SizeIs(1));
  EXPECT_THAT(ops.messages.back().items, SizeIs(1)) << "what came later is another digest";
  EXPECT_EQ(counts().waiting, 0);
}

TEST_F(CourierTest, QuietHoursHoldUpAndThenTellAtOnce) {
  Limits limits{.at_once = 4, .digests = true};
  limits.quiet = *Hours::parse("22-6");
  auto& ops = add("ops", limits);
  clock_.set_wall(base::WallTime{std::chrono::hours{24 * 20'000 + 23}});
  tell(1);
  tell(2);
  pass(6h + 59min, 1min);
  EXPECT_EQ(ops.messages.size(), 0);
  pass(2min);
  ASSERT_EQ(ops.messages.size(), 1);
  EXPECT_THAT(ops.messages[0].items, SizeIs(2));
  tell(3);
  settle_down();
  EXPECT_EQ(ops.messages.size(), 2) << "by day at once";
}

TEST_F(CourierTest, WhatFoundNoRoomIsSaidInTheNextMessage) {
  std::vector<Outbox::Fresh> fresh;
  for (std::int64_t i = 0; i < Outbox::max_waiting + 5; ++i) {
    fresh.push_back({.channel = "ops", .alert = "gone" + std::to_string(i), .now = now()});
  }
  ASSERT_TRUE(store_->save({}, fresh));
  EXPECT_EQ(counts().held_back, 5);
  auto& ops = add("ops", {.digest = history::minute, .at_once = 1, .digests = true});
  pass(2min, 30s);
  EXPECT_EQ(ops.messages.size(), 0) << "no alert is left of those";
  EXPECT_EQ(counts().waiting, 0);
  tell(1);
  ops.fails = "down";
  pass(2min, 10s);
  EXPECT_EQ(counts().held_back, 5);
  ops.fails.clear();
  pass(5min, 10s);
  EXPECT_EQ(ops.messages.back().held_back, 5);
  EXPECT_EQ(counts().held_back, 0);
  tell(2);
  pass(2min, 10s);
  EXPECT_EQ(ops.messages.back().held_back, 0);
}

TEST_F(CourierTest, AChannelThatGoesEndsWhatIsOnItsWay) {
  auto& ops = add("ops", {.at_once = 1});
  ops.holds = true;
  tell(1);
  tell(2);
  settle_down();
  courier_->use({});
  settle_down();
  ops.answer({});
  settle_down();
  EXPECT_EQ(counts().waiting, 1) << "the first was delivered, the second waits visibly";
  pass(25h, 5min);
  ASSERT_THAT(dead(), SizeIs(1));
  EXPECT_THAT(dead()[0].error, HasSubstr("no channel of that name"));
}

TEST_F(CourierTest, AChannelThatComesAgainDoesNotSendWhatIsOnItsWay) {
  auto& old = add("ops", {.at_once = 2});
  old.holds = true;
  tell(1);
  settle_down();
  auto fresh = std::make_shared<ScriptedChannel>();
  courier_->use({{.setting = {.name = "ops", .kind = "exec"}, .limits = {.at_once = 2}, .channel = fresh}});
  tell(2);
  settle_down();
  EXPECT_THAT(told(*fresh), ElementsAre("2 opened"));
  old.answer({});
  settle_down();
  EXPECT_EQ(fresh->messages.size(), 1);
  EXPECT_EQ(counts().waiting, 0);
}

TEST_F(CourierTest, AChannelThatStaysTheSameGoesOn) {
  auto& ops = add("ops");
  settle_down();
  auto other = std::make_shared<ScriptedChannel>();
  auto entries = entries_;
  entries[0].channel = other;
  courier_->use(entries);
  tell(1);
  settle_down();
  EXPECT_EQ(ops.messages.size(), 1);
  entries[0].may_go_on = false;
  courier_->use(entries);
  tell(2);
  settle_down();
  EXPECT_EQ(other->messages.size(), 1);
}

TEST_F(CourierTest, AStopLosesNothingAndCountsNoTry) {
  auto& ops = add("ops");
  ops.holds = true;
  tell(1);
  tell(2);
  settle_down();
  ops.answer({});
  EXPECT_EQ(courier_->stop(base::SteadyTime::min()), 1);
  EXPECT_EQ(counts().waiting, 1);
  courier_.reset();
  store_.reset();
  ops.holds = false;
  start_process();
  settle_down();
  EXPECT_THAT(told(ops), ElementsAre("1 opened", "2 opened", "2 opened"));
  EXPECT_EQ(ops.messages.back().attempt, 1);
}

TEST_F(CourierTest, WhatCannotBeWrittenDownIsNotSentTwice) {
  auto& ops = add("ops");
  {
    auto database =
        alert::sqlite::Database::open(folder_.file("alerts.db"), alert::sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute("CREATE TRIGGER no BEFORE DELETE ON deliveries BEGIN "
                                              "SELECT RAISE(ABORT, 'disk full'); END"));
  }
  tell(1);
  pass(60s);
  EXPECT_EQ(ops.messages.size(), 1);
  EXPECT_THAT(lines_, Contains(HasSubstr("disk full")));
  {
    auto database =
        alert::sqlite::Database::open(folder_.file("alerts.db"), alert::sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute("DROP TRIGGER no"));
  }
  pass(2s);
  EXPECT_EQ(ops.messages.size(), 1);
  EXPECT_EQ(counts().waiting, 0);
  EXPECT_THAT(lines_, Contains(HasSubstr("Alerts are delivered again")));
}

TEST_F(CourierTest, ItsThreadDeliversWhatIsSaved) {
  auto& ops = add("ops");
  courier_->start();
  for (std::uint64_t i = 1; i <= 20; ++i) tell(i);
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (counts().waiting > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(courier_->stop(base::SteadyTime::max()), 0);
  EXPECT_EQ(ops.messages.size(), 20);
}

}  // namespace
}  // namespace trackalert::channel
