// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "alert/alert_for_tests.h"
#include "alert/stored_alert.h"
#include "alert/temporary_folder_for_tests.h"

namespace trackalert::alert {
namespace {

using Names = std::vector<std::string>;

class AlertStoreTest : public testing::Test {
 protected:
  void open() {
    store_.reset();
    auto opened = AlertStore::open(file_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void SetUp() override { open(); }

  void save(const Alert& alert) {
    const Alert* const one = &alert;
    const auto saved = store_->save({&one, 1});
    ASSERT_TRUE(saved) << saved.error().message;
  }
  /// The numbers that full_alert() was given.
  Names found(const AlertFilter& filter) {
    const auto page = store_->list(filter);
    EXPECT_TRUE(page) << page.error().message;
    Names out;
    for (const auto& alert : page->alerts) out.push_back(std::to_string(std::stoull(alert.id, nullptr, 16)));
    return out;
  }
  std::string opening_fails(const std::string& file) {
    const auto opened = AlertStore::open(file);
    if (opened) return "";
    EXPECT_TRUE(opened.error().message.contains(file)) << opened.error().message;
    return opened.error().message;
  }

  TemporaryFolder folder_;
  std::string file_ = folder_.file(AlertStore::file_name);
  std::unique_ptr<AlertStore> store_;
};

TEST_F(AlertStoreTest, NothingIsKeptInAFileThatIsGone) {
  save(full_alert(1));
  std::filesystem::rename(file_, file_ + ".moved");
  const auto alert = full_alert(2);
  const Alert* const one = &alert;
  const auto saved = store_->save({&one, 1});
  ASSERT_FALSE(saved);
  EXPECT_TRUE(saved.error().message.contains("was removed or moved while it was in use")) << saved.error().message;
  EXPECT_FALSE(store_->save_allowance({.id = "1"}));
  std::filesystem::rename(file_ + ".moved", file_);
  save(alert);
}

TEST_F(AlertStoreTest, AnAlertComesBackAlsoAfterARestart) {
  auto alert = full_alert(1);
  save(alert);
  EXPECT_EQ(stored_alert_json(store_->find(alert.id).value().value()), stored_alert_json(alert));
  alert.count = 99;
  alert.closed = true;
  alert.logins.add("zoe");
  save(alert);
  open();
  EXPECT_EQ(stored_alert_json(store_->find(alert.id).value().value()), stored_alert_json(alert));
  EXPECT_EQ(found({}).size(), 1) << "in place of the first";
  EXPECT_EQ(found({.login = "zoe"}), Names{"1"});
  EXPECT_FALSE(store_->find("0000000000000002").value());
}

TEST_F(AlertStoreTest, EachCriterionTakesItsOwn) {
  save(full_alert(1));
  auto other = full_alert(2, "login:eve");
  other.severity = detect::Severity::low;
  other.rule = "new_device";
  other.sources = {};
  other.sources.add("2001:db8::1");
  other.logins = other.taken = {};
  other.acknowledged = false;
  save(other);
  auto third = full_alert(3, "net:192.0.2.0/24");
  third.closed = true;
  third.logins = {};
  save(third);
  EXPECT_EQ(found({}), (Names{"3", "2", "1"}));
  EXPECT_EQ(found({.least = detect::Severity::high}), (Names{"3", "1"}));
  EXPECT_EQ(found({.least = detect::Severity::low}), (Names{"3", "2", "1"}));
  EXPECT_EQ(found({.rule = "new_device"}), Names{"2"});
  EXPECT_EQ(found({.state = State::open}), Names{"2"});
  EXPECT_EQ(found({.state = State::acknowledged}), Names{"1"});
  EXPECT_EQ(found({.state = State::closed}), Names{"3"});
  EXPECT_EQ(found({.state = State::shadow}), Names{});
  EXPECT_EQ(found({.key = "login:eve"}), Names{"2"});
  EXPECT_EQ(found({.key = "login:ev"}), Names{});
  EXPECT_EQ(found({.key_prefix = "login:"}), Names{"2"});
  EXPECT_EQ(found({.key_prefix = ""}), (Names{"3", "2", "1"}));
  EXPECT_EQ(found({.key_prefix = "\xff"}), Names{});
  EXPECT_EQ(found({.login = "eve"}), Names{"2"}) << "its key";
  EXPECT_EQ(found({.login = "ann"}), Names{"1"}) << "among the logins";
  EXPECT_EQ(found({.login = "bob"}), (Names{"3", "1"})) << "among the taken";
  EXPECT_EQ(found({.source = "192.0.2.1"}), (Names{"3", "1"}));
  EXPECT_EQ(found({.source = "192.0.2.0/24"}), Names{"3"}) << "its key";
  EXPECT_EQ(found({.login = "192.0.2.1"}), Names{}) << "a source is no login";
  EXPECT_EQ(found({.since = other.last_seen}), (Names{"3", "2"}));
  EXPECT_EQ(found({.until = other.last_seen}), Names{"1"});
  EXPECT_EQ(found({.least = detect::Severity::high, .state = State::acknowledged, .login = "bob"}), Names{"1"});
  EXPECT_FALSE(store_->list({.limit = 0}));
  EXPECT_FALSE(store_->list({.limit = AlertFilter::max_limit + 1}));
}

TEST_F(AlertStoreTest, NamesMayHoldAnything) {
  using std::string_literals::operator""s;
  const auto nasty = "\0'; DROP TABLE alerts; --\xff\x80%_"s;
  auto alert = full_alert(1, "login:" + nasty);
  save(alert);
  EXPECT_EQ(found({.login = nasty}), Names{"1"});
  EXPECT_EQ(found({.key = "login:" + nasty}), Names{"1"});
  EXPECT_EQ(found({.key_prefix = "login:" + nasty.substr(0, 1)}), Names{"1"});
  EXPECT_EQ(found({.login = nasty.substr(0, 1)}), Names{});
}

TEST_F(AlertStoreTest, PagesFollowEachOther) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto alert = full_alert(i);
    alert.last_seen = test_start + static_cast<history::Time>(i / 4);        // several at one moment
    if (i == 9) alert.last_seen = history::Time{4'000'000'000'000'000'001};  // more digits than JSON keeps
    save(alert);
  }
  Names all;
  AlertFilter filter{.limit = 3};
  for (int pages = 1;; ++pages) {
    for (const auto& id : found(filter)) all.push_back(id);
    filter.cursor = store_->list(filter)->next;
    if (!filter.cursor) break;
    ASSERT_LT(pages, 10);
    EXPECT_EQ(AlertCursor::parse(filter.cursor->to_string()), filter.cursor);
  }
  EXPECT_EQ(all, (Names{"9", "8", "7", "6", "5", "4", "3", "2", "1", "0"}));
  EXPECT_FALSE(store_->list({.limit = 10})->next) << "exactly full is the last";
  for (const auto* text : {"", "-", "1-", "1-0123456789abcde", "x-0123456789abcdef", "1-0123456789abcdeg",
                           "99999999999999999999-0123456789abcdef", "-0123456789abcdef"}) {
    EXPECT_FALSE(AlertCursor::parse(text)) << text;
  }
}

TEST_F(AlertStoreTest, TheNewestOpenOnesFillABook) {
  for (std::uint64_t i = 0; i < 6; ++i) {
    auto alert = full_alert(i);
    alert.closed = i == 5;
    alert.shadow = i == 4;
    save(alert);
  }
  const auto open_ones = store_->open_alerts(3).value();
  ASSERT_EQ(open_ones.size(), 3);
  EXPECT_EQ(open_ones[0].id, full_alert(2).id);
  EXPECT_EQ(open_ones[2].id, full_alert(4).id);
  EXPECT_TRUE(open_ones[2].shadow);
}

TEST_F(AlertStoreTest, OnlyClosedOnesAgeOut) {
  std::vector<Alert> alerts;
  std::vector<const Alert*> pointers;
  for (std::uint64_t i = 0; i < 2500; ++i) {
    alerts.push_back(full_alert(i));
    alerts.back().closed = i % 50 != 0;
    alerts.back().shadow = i % 50 == 1;
  }
  for (const auto& alert : alerts) pointers.push_back(&alert);
  ASSERT_TRUE(store_->save(pointers));
  EXPECT_EQ(store_->drop_before(alerts[2000].last_seen).value(), 2000 - 40);
  EXPECT_EQ(store_->drop_before(alerts[2000].last_seen).value(), 0);
  EXPECT_EQ(found({.until = alerts[2000].last_seen, .limit = 1000}).size(), 40);
  EXPECT_EQ(found({.login = "ann", .limit = 1000}).size(), 540) << "names went with them";
}

TEST_F(AlertStoreTest, NothingOfAnErasedLoginRemains) {
  const std::string login = "ann.erased\x01@example.org";
  const std::string in_json = "ann.erased\\u0001@example.org";
  std::vector<Alert> alerts;
  std::vector<const Alert*> pointers;
  for (std::uint64_t i = 0; i < 300; ++i) {
    alerts.push_back(full_alert(i));
    auto& alert = alerts.back();
    if (i % 3 == 0) alert.logins.add(login);
    if (i % 7 == 0) alert.message += " It tried " + login + ".";
    for (std::uint64_t n = 0; n < i % 50; ++n) alert.logins.add(fmt::format("other{}.{}", i, n));
  }
  alerts.push_back(full_alert(1000, "login:" + login));
  for (const auto& alert : alerts) pointers.push_back(&alert);
  ASSERT_TRUE(store_->save(pointers));
  ASSERT_TRUE(store_->save(pointers)) << "twice, so that pages have been written over";
  auto allowance = make_allowance("login", {.value = login});
  ASSERT_TRUE(store_->save_allowance(*allowance));
  ASSERT_TRUE(folder_.holds(login));
  ASSERT_TRUE(folder_.holds(in_json));
  const auto total = alerts[0].logins.total();

  EXPECT_EQ(store_->erase_login(login).value(), 100 + 43 - 15 + 1);
  EXPECT_FALSE(folder_.holds(login)) << "while it is open";
  EXPECT_FALSE(folder_.holds(in_json));
  EXPECT_EQ(found({.login = login}), Names{});
  EXPECT_FALSE(store_->find(alerts.back().id).value()) << "that one was about it";
  EXPECT_EQ(store_->find(alerts[0].id).value()->logins.total(), total);
  EXPECT_TRUE(store_->allowances(0)->empty());
  EXPECT_EQ(store_->erase_login(login).value(), 0);
  store_.reset();
  EXPECT_FALSE(folder_.holds(login));
  EXPECT_FALSE(folder_.holds(in_json));
  EXPECT_FALSE(folder_.holds("ann.erased")) << "nor a part";
  open();
  EXPECT_EQ(found({.limit = 1000}).size(), 300);
}

TEST_F(AlertStoreTest, NothingRemainsHoweverPagesWereSplit) {
  std::mt19937 dice(4711);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in every run
  const auto roll = [&](unsigned sides) { return dice() % sides; };
  for (unsigned round = 0; round < 6; ++round) {
    for (int i = 0; i < 100; ++i) {
      auto alert = full_alert(roll(300));
      alert.key = "login:" + fmt::format("<person{}>", roll(30));
      for (auto names = roll(60); names > 0; --names) {
        alert.logins.add(fmt::format("<person{}>{}", roll(30), std::string(roll(4) * 100, 'x')));
        alert.taken.add(fmt::format("<person{}>", roll(30)));
      }
      alert.message = fmt::format("Tried <person{}>{}", roll(30), std::string(roll(4000), '.'));
      save(alert);
    }
    const auto login = fmt::format("<person{}>", roll(30));
    ASSERT_GT(store_->erase_login(login).value(), 0);
    for (int x = 0; x < 4; ++x) ASSERT_TRUE(store_->erase_login(login + std::string(x * 100, 'x')));
    EXPECT_FALSE(folder_.holds(login)) << login << " in round " << round;
  }
}

TEST_F(AlertStoreTest, ALoginOfAnyLengthIsErasedWithItsAlert) {
  const std::string login(10'000, 'a');
  save(full_alert(1, "login:" + login));
  EXPECT_EQ(found({.key_prefix = "login:aaa"}), Names{"1"});
  EXPECT_EQ(store_->erase_login(login).value(), 1);
  EXPECT_FALSE(folder_.holds("aaaaaaaa"));
}

TEST_F(AlertStoreTest, AFullDiskIsAnErrorThatPasses) {
  save(full_alert(0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
  std::vector<Alert> alerts;
  std::vector<const Alert*> pointers;
  for (std::uint64_t i = 0; i < 2000; ++i) alerts.push_back(full_alert(i));
  for (const auto& alert : alerts) pointers.push_back(&alert);
  const rlimit small{.rlim_cur = 200'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = store_->save(pointers);
  const auto seen = found({});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains(file_)) << refused.error().message;
  EXPECT_EQ(seen, Names{"0"}) << "all or none";
  ASSERT_TRUE(store_->save(pointers));
  EXPECT_EQ(found({.limit = 1000}).size(), 1000);
  ::signal(SIGXFSZ, handler);
}

TEST_F(AlertStoreTest, ABackupIsAWholeStore) {
  save(full_alert(1));
  const auto copy = folder_.file("copy.db");
  ASSERT_TRUE(store_->backup(copy));
  save(full_alert(2));
  const auto again = store_->backup(copy);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().message.contains("already")) << again.error().message;
  EXPECT_FALSE(store_->backup(folder_.file("none/copy.db")));
  auto restored = AlertStore::open(copy);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ((*restored)->list({})->alerts.size(), 1);
  EXPECT_EQ(found({}).size(), 2);
}

TEST_F(AlertStoreTest, WhatIsNoStoreIsRefused) {
  const auto text = folder_.file("text.db");
  std::ofstream(text) << std::string(5000, 'x');
  EXPECT_TRUE(opening_fails(text).contains("not a database"));
  EXPECT_TRUE(opening_fails(folder_.file("none/alerts.db")).contains("No such file"));
  const auto link = folder_.file("link.db");
  std::filesystem::create_symlink(file_, link);
  EXPECT_NE(opening_fails(link), "");

  const auto other = folder_.file("other.db");
  {
    std::ofstream touched(other);
  }
  {
    auto database = sqlite::Database::open(other, sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute("CREATE TABLE cats (name)"));
  }
  EXPECT_TRUE(opening_fails(other).contains("not one of alerts"));

  store_.reset();
  {
    auto database = sqlite::Database::open(file_, sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute("PRAGMA user_version = 99"));
  }
  EXPECT_TRUE(opening_fails(file_).contains("of version 99, this program reads versions 1 to "));
}

TEST_F(AlertStoreTest, AFileOfVersion1GetsWhatItLacks) {
  save(full_alert(1));
  store_.reset();
  {
    auto database = sqlite::Database::open(file_, sqlite::Database::Access::read_write);
    ASSERT_TRUE(database && database->execute("DROP TABLE verdicts; DROP TABLE marks; DROP TABLE used_links; DROP "
                                              "TABLE deliveries; DROP TABLE channels; PRAGMA user_version = 1"));
  }
  auto opened = AlertStore::open(file_);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE((*opened)->find(full_alert(1).id)->has_value());
  EXPECT_TRUE((*opened)->save_verdict({.alert = full_alert(1).id, .record = {Verdict::bad, "me", 1}}, "r"));
}

TEST_F(AlertStoreTest, DamageIsFoundWhenItIsOpened) {
  for (std::uint64_t i = 0; i < 200; ++i) save(full_alert(i));
  store_.reset();
  {
    std::fstream disk(file_, std::ios::in | std::ios::out | std::ios::binary);
    constexpr int page = 4096;
    const std::string rubbish(page, '\x5a');
    disk.seekp(static_cast<std::streamoff>(20) * page);
    disk << rubbish;
  }
  EXPECT_NE(opening_fails(file_), "");
}

TEST_F(AlertStoreTest, ReadersGoOnBesideAWriter) {
  std::atomic<bool> done = false;
  save(full_alert(0));
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < 300; ++i) save(full_alert(i));
    done = true;
  });
  std::size_t most = 0;
  do {
    const auto seen = found({.limit = 1000}).size();
    EXPECT_GE(seen, most);
    most = seen;
  } while (!done);
  writer.join();
  EXPECT_EQ(found({.limit = 1000}).size(), 300);
}

TEST_F(AlertStoreTest, HoldsFewFilesOpenAndLeavesOne) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  save(full_alert(1));
  EXPECT_EQ(found({}).size(), 1);
  const auto with = open_files();
  store_.reset();
  EXPECT_LE(with - open_files(), 6);
  std::filesystem::directory_iterator left(folder_.file(""));
  EXPECT_EQ(std::distance(begin(left), end(left)), 1) << "the write-ahead log is merged";
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AlertStoreTest, AllowancesAreKeptReplacedAndEnd) {
  auto german =
      make_allowance("country", {.value = "de", .reason = "home", .since = test_start, .by = "console"}).value();
  const auto network =
      make_allowance("remote", {.value = "192.0.2.0/24", .detection = "stranger", .until = test_start + 10, .since = 1})
          .value();
  ASSERT_TRUE(store_->save_allowance(german));
  ASSERT_TRUE(store_->save_allowance(network));
  german.reason = "our own";
  ASSERT_TRUE(store_->save_allowance(german));
  open();
  EXPECT_EQ(store_->allowances(test_start + 9).value(), (std::vector<Allowance>{network, german}));
  EXPECT_EQ(store_->allowances(test_start + 10).value(), std::vector<Allowance>{german});
  EXPECT_EQ(store_->allowances(test_start).value(), std::vector<Allowance>{german}) << "removed, not only hidden";
  EXPECT_TRUE(store_->remove_allowance(german.id).value());
  EXPECT_FALSE(store_->remove_allowance(german.id).value());
  EXPECT_TRUE(store_->allowances(0)->empty());
}

TEST_F(AlertStoreTest, AllowancesHaveALimit) {
  for (std::size_t i = 0; i < AllowList::max_entries; ++i) {
    ASSERT_TRUE(store_->save_allowance(make_allowance("asn", {.value = std::to_string(i + 1)}).value()));
  }
  const auto refused = store_->save_allowance(make_allowance("asn", {.value = "70000"}).value());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("10000 allowances already")) << refused.error().message;
  EXPECT_TRUE(store_->save_allowance(make_allowance("asn", {.value = "1"}).value())) << "one of them, again";
  EXPECT_EQ(store_->allowances(0)->size(), AllowList::max_entries);
}

}  // namespace
}  // namespace trackalert::alert
