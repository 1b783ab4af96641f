// SPDX-License-Identifier: Apache-2.0
#include "alert/outbox.h"

#include <gmock/gmock.h>

#include "alert/alert_for_tests.h"
#include "alert/alert_store.h"
#include "alert/temporary_folder_for_tests.h"

namespace trackalert::alert {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Outbox::Settlement::Kind;

constexpr history::Time minute = history::minute;

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { open(); }

  void open() {
    store_.reset();
    auto store = AlertStore::open(folder_.file("alerts.db"));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }
  Outbox& outbox() { return store_->outbox(); }
  /// News of the alert of that number, saved with it.
  void tell(std::uint64_t number, News news = News::opened, const std::string& channel = "ops", history::Time now = 0) {
    const auto alert = full_alert(number);
    const Alert* pointer = &alert;
    const std::vector<Outbox::Fresh> fresh{
        {.channel = channel, .alert = alert.id, .news = news, .now = test_start + now}};
    const auto saved = store_->save({&pointer, 1}, fresh);
    ASSERT_TRUE(saved) << saved.error().message;
  }
  std::vector<Delivery> due(history::Time now = 0, const std::string& channel = "ops", bool led = false) {
    auto due = outbox().due(channel, test_start + now, 1000, led);
    EXPECT_TRUE(due);
    return due ? *due : std::vector<Delivery>();
  }
  /// What is due, as "1 opened".
  std::vector<std::string> told(history::Time now = 0, bool led = false) {
    std::vector<std::string> out;
    for (const auto& one : due(now, "ops", led)) {
      out.push_back(one.alert.substr(15) + " " + std::string(news_name(one.news)));
    }
    return out;
  }
  void settle(const std::string& id, Kind kind, history::Time next_try = 0, const std::string& error = {}) {
    const std::vector<Outbox::Settlement> settlements{
        {.id = id, .kind = kind, .error = error, .next_try = test_start + next_try}};
    ASSERT_TRUE(outbox().settle(settlements));
  }
  std::vector<Delivery> listed(const DeliveryFilter& filter = {}) {
    auto page = outbox().list(filter);
    EXPECT_TRUE(page);
    return page->deliveries;
  }
  Outbox::Counts counts(const std::string& channel = "ops") { return *outbox().counts(channel); }

  TemporaryFolder folder_;
  std::unique_ptr<AlertStore> store_;
};

TEST_F(OutboxTest, KeepsWhatWasSavedWithItsAlert) {
  tell(1);
  const auto before = due();
  ASSERT_THAT(before, SizeIs(1));
  EXPECT_THAT(before[0].id, testing::MatchesRegex("[0-9a-f]{16}"));
  open();
  const auto after = due();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].created, test_start);
  EXPECT_EQ(counts().waiting, 1);
}

TEST_F(OutboxTest, TheSameNewsTwiceAreOneDelivery) {
  tell(1);
  tell(1);
  EXPECT_THAT(told(), ElementsAre("1 opened"));
  tell(1, News::opened, "mail");
  EXPECT_EQ(counts("mail").waiting, 1);
}

TEST_F(OutboxTest, OneAlertsNewsGoInOrder) {
  tell(1);
  tell(2);
  tell(1, News::raised);
  tell(1, News::closed);
  EXPECT_THAT(told(), ElementsAre("1 opened", "2 opened"));
  const auto first = due()[0].id;
  settle(first, Kind::again, minute, "refused");
  EXPECT_THAT(told(), ElementsAre("2 opened")) << "what follows waits too";
  EXPECT_THAT(told(minute), ElementsAre("2 opened", "1 opened")) << "what failed lets others pass";
  settle(first, Kind::done);
  EXPECT_THAT(told(minute), ElementsAre("2 opened", "1 raised"));
  settle(due(minute)[1].id, Kind::dead, 0, "no");
  EXPECT_THAT(told(minute), ElementsAre("2 opened", "1 closed")) << "a dead one holds up nothing";
}

TEST_F(OutboxTest, ATimeThatWasSetBackHoldsUpNothing) {
  tell(1);
  settle(due()[0].id, Kind::again, history::day);
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_TRUE(outbox().clear(test_start));
  EXPECT_THAT(told(), ElementsAre("1 opened")) << "no delay is as long as a day";
}

TEST_F(OutboxTest, TheDeadAreShownAndSentAgain) {
  tell(1);
  const auto id = due()[0].id;
  settle(id, Kind::again, 0, "first\nreason");
  settle(id, Kind::dead, 0, std::string(2000, 'x'));
  EXPECT_THAT(told(), IsEmpty());
  const auto dead = listed({.dead = true});
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].attempts, 2);
  EXPECT_EQ(dead[0].error.size(), Outbox::max_error_bytes);
  EXPECT_EQ(counts().waiting, 0);
  EXPECT_EQ(counts().dead, 1);

  EXPECT_FALSE(*outbox().send_again("0000000000000000", test_start));
  EXPECT_TRUE(*outbox().send_again(id, test_start + history::day));
  EXPECT_FALSE(*outbox().send_again(id, test_start)) << "it waits already";
  const auto again = due(history::day);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].id, id);
  EXPECT_EQ(again[0].attempts, 0);
  EXPECT_EQ(again[0].give_up, test_start + 2 * history::day);
  EXPECT_EQ(counts().waiting, 1);
}

TEST_F(OutboxTest, ADigestIsOneDelivery) {
  for (std::uint64_t i = 1; i <= 5; ++i) tell(i);
  tell(1, News::raised);
  ASSERT_EQ(*outbox().make_digest("ops", test_start + minute), 6);
  tell(6);
  const auto led = due(minute, "ops", true);
  ASSERT_THAT(led, SizeIs(1));
  EXPECT_EQ(led[0].digest, led[0].id);
  EXPECT_THAT(told(minute, false), testing::UnorderedElementsAre("1 opened", "6 opened"))
      << "the leader and what came later";
  const auto digest = *outbox().digest(led[0].id, 3);
  EXPECT_EQ(digest.all, 6);
  ASSERT_THAT(digest.first, SizeIs(3));
  EXPECT_EQ(digest.first[2].alert, full_alert(3).id);
  EXPECT_EQ(counts().waiting, 7);
  settle(led[0].id, Kind::done);
  EXPECT_THAT(told(minute), ElementsAre("6 opened"));
  EXPECT_EQ(counts().waiting, 1);
}

TEST_F(OutboxTest, ADeadDigestIsSentAgainWhole) {
  for (std::uint64_t i = 1; i <= 3; ++i) tell(i);
  ASSERT_EQ(*outbox().make_digest("ops", test_start), 3);
  const auto leader = due(0, "ops", true)[0].id;
  settle(leader, Kind::dead, 0, "no");
  EXPECT_EQ(counts().dead, 3);
  const auto dead = listed({.dead = true});
  ASSERT_TRUE(*outbox().send_again(dead[2].id, test_start));
  EXPECT_EQ(counts().waiting, 3);
  ASSERT_THAT(due(0, "ops", true), SizeIs(1));
  EXPECT_EQ(due(0, "ops", true)[0].id, leader);
  EXPECT_EQ(outbox().digest(leader, 10)->all, 3);
}

TEST_F(OutboxTest, WhatFollowsATriedOneStaysOutOfTheDigest) {
  tell(1);
  settle(due()[0].id, Kind::again);
  tell(1, News::raised);
  tell(2);
  EXPECT_EQ(*outbox().make_digest("ops", test_start), 1);
  EXPECT_THAT(told(0, true), testing::UnorderedElementsAre("1 opened", "2 opened"));
  settle(due(0, "ops", true)[0].id, Kind::done);
  settle(due(0, "ops", true)[0].id, Kind::done);
  EXPECT_THAT(told(), ElementsAre("1 raised"));
}

TEST_F(OutboxTest, WhatIsBeyondTheBoundIsHeldBackAndSaid) {
  std::vector<Outbox::Fresh> fresh;
  for (std::int64_t i = 0; i < Outbox::max_waiting + 3; ++i) {
    fresh.push_back({.channel = "ops", .alert = std::to_string(i), .now = test_start});
  }
  ASSERT_TRUE(store_->save({}, fresh));
  EXPECT_EQ(counts().waiting, Outbox::max_waiting);
  EXPECT_EQ(counts().held_back, 3);
  tell(1, News::opened, "mail");
  EXPECT_EQ(counts("mail").waiting, 1) << "each channel has its own room";
  ASSERT_TRUE(outbox().note_told("ops", 2));
  EXPECT_EQ(counts().held_back, 1);
  open();
  EXPECT_EQ(counts().held_back, 1);
}

TEST_F(OutboxTest, LateOnesAreBuried) {
  tell(1);
  tell(2, News::opened, "ops", 2 * minute);
  EXPECT_EQ(*outbox().bury_late("ops", test_start + history::day - 1, "down"), 0);
  EXPECT_EQ(*outbox().bury_late("ops", test_start + history::day, "down"), 1);
  EXPECT_EQ(listed({.dead = true})[0].error, "down");
  EXPECT_EQ(counts().waiting, 1);
}

TEST_F(OutboxTest, WhatWaitsForAChannelThatIsGoneIsBuriedInTheEnd) {
  tell(1, News::opened, "gone");
  tell(2);
  const std::vector<std::string> known{"ops"};
  EXPECT_EQ(*outbox().bury_orphans(known, test_start), 0);
  EXPECT_EQ(*outbox().bury_orphans(known, test_start + 1), 1);
  EXPECT_THAT(listed({.dead = true})[0].error, testing::HasSubstr("no channel"));
  EXPECT_EQ(counts().waiting, 1);
}

TEST_F(OutboxTest, TheDeadAreBoundedByNumberAndAge) {
  std::vector<Outbox::Fresh> fresh;
  for (std::int64_t i = 0; i < Outbox::max_dead + 10; ++i) {
    fresh.push_back({.channel = "ops", .alert = std::to_string(i), .now = test_start});
  }
  ASSERT_TRUE(store_->save({}, fresh));
  ASSERT_TRUE(outbox().bury_late("ops", test_start + history::day, "down"));
  ASSERT_TRUE(outbox().clear(test_start + history::day));
  EXPECT_EQ(counts().dead, Outbox::max_dead);
  EXPECT_EQ(listed({.limit = 1})[0].alert, "10") << "the oldest go first";
  ASSERT_TRUE(outbox().clear(test_start + history::day + Outbox::dead_for + 1));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(OutboxTest, ListsPages) {
  for (std::uint64_t i = 1; i <= 5; ++i) tell(i, News::opened, i % 2 == 0 ? "mail" : "ops");
  DeliveryFilter filter{.channel = "ops", .limit = 2};
  auto page = outbox().list(filter);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(page->deliveries[1].alert, full_alert(3).id);
  filter.behind = page->deliveries.back().number;
  page = outbox().list(filter);
  ASSERT_TRUE(page);
  EXPECT_FALSE(page->more);
  EXPECT_THAT(page->deliveries, SizeIs(1));
  EXPECT_THAT(listed({.alert = full_alert(2).id}), SizeIs(1));
  EXPECT_FALSE(outbox().list({.limit = 0}));
}

TEST_F(OutboxTest, AnErasedLoginIsInNoDelivery) {
  ASSERT_TRUE(outbox().put_data("hook", R"({"login": "joe\"x"})", test_start));
  ASSERT_TRUE(outbox().put_data("hook", "another", test_start));
  ASSERT_TRUE(outbox().put_data("hook", "another", test_start));
  EXPECT_EQ(counts("hook").waiting, 3) << "the same data twice are two";
  tell(1);
  settle(due()[0].id, Kind::again, 0, "550 no such user joe\"x");
  ASSERT_TRUE(store_->erase_login("joe\"x"));
  EXPECT_EQ(counts("hook").waiting, 2);
  EXPECT_EQ(listed({.channel = "ops"})[0].error, "");
  EXPECT_FALSE(folder_.holds("joe"));
}

TEST_F(OutboxTest, AFailedSaveLeavesNothing) {
  const auto alert = full_alert(1);
  const Alert* pointer = &alert;
  {
    auto database = sqlite::Database::open(folder_.file("alerts.db"), sqlite::Database::Access::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->execute("CREATE TRIGGER no BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'full'); END"));
  }
  const std::vector<Outbox::Fresh> fresh{{.channel = "ops", .alert = alert.id, .now = test_start}};
  EXPECT_FALSE(store_->save({&pointer, 1}, fresh));
  EXPECT_FALSE(*store_->find(alert.id));
  EXPECT_EQ(counts().waiting, 0);
}

TEST_F(OutboxTest, SaysWhenThereIsSomethingFresh) {
  int calls = 0;
  outbox().on_fresh([&] { ++calls; });
  tell(1);
  EXPECT_EQ(calls, 1);
  const auto alert = full_alert(2);
  const Alert* pointer = &alert;
  ASSERT_TRUE(store_->save({&pointer, 1}));
  EXPECT_EQ(calls, 1) << "nobody is told of that one";
}

TEST_F(OutboxTest, AStoreOfVersion1GoesOnWithItsAlerts) {
  const auto alert = full_alert(7);
  const Alert* pointer = &alert;
  ASSERT_TRUE(store_->save({&pointer, 1}));
  store_.reset();
  {
    auto database = sqlite::Database::open(folder_.file("alerts.db"), sqlite::Database::Access::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->execute("DROP TABLE deliveries; DROP TABLE channels; DROP TABLE verdicts; DROP TABLE marks; "
                          "DROP TABLE used_links; PRAGMA user_version = 1"));
  }
  open();
  const auto found = store_->find(alert.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(alert_json(**found), alert_json(alert));
  tell(7, News::raised);
  EXPECT_THAT(told(), ElementsAre("7 raised"));
  open();
  EXPECT_THAT(told(), ElementsAre("7 raised"));
}

}  // namespace
}  // namespace trackalert::alert
