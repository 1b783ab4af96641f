// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_book.h"

#include <gtest/gtest.h>

#include "base/json_value.h"

namespace trackalert::alert {
namespace {

using detect::Finding;
using detect::Severity;

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

std::shared_ptr<const detect::Rule> rule(const std::string& name, const std::string& cause = "source",
                                         detect::Mode mode = detect::Mode::live) {
  detect::Rule out;
  out.name = name;
  out.cause = cause;
  out.attack = "T1110";
  out.mode = mode;
  return std::make_shared<const detect::Rule>(out);
}

Finding finding(std::shared_ptr<const detect::Rule> of, history::Time time, Severity severity = Severity::medium,
                const std::string& key = "remote:192.0.2.1") {
  Finding out;
  out.rule = std::move(of);
  out.severity = severity;
  out.time = time;
  out.since = time;
  out.key = key;
  out.message = out.rule->name + " says so";
  return out;
}

TEST(AlertBook, OneCauseIsOneAlertAndSeverityOnlyRises) {
  AlertBook book;
  auto change = book.take(finding(rule("brute_force"), start));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->news, AlertBook::News::opened);
  const auto id = change->alert->id;
  change = book.take(finding(rule("password_spray"), start + history::minute, Severity::high));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->news, AlertBook::News::raised);
  EXPECT_EQ(change->alert->id, id);
  EXPECT_EQ(change->alert->rule, "password_spray");
  EXPECT_EQ(change->alert->message, "password_spray says so");
  change = book.take(finding(rule("brute_force"), start + 2 * history::minute, Severity::low));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->news, AlertBook::News::updated);
  EXPECT_EQ(change->alert->severity, Severity::high);
  EXPECT_EQ(change->alert->count, 3);
  EXPECT_EQ(change->alert->rules, (std::vector<std::string>{"brute_force", "password_spray"}));
  EXPECT_EQ(book.size(), 1);
  EXPECT_EQ(book.take(finding(rule("campaign", "campaign"), start))->news, AlertBook::News::opened) << "another cause";
}

TEST(AlertBook, WhatReturnsAfterQuietIsAnotherAlert) {
  AlertBook book;
  const auto first = book.take(finding(rule("r"), start))->alert->id;
  EXPECT_EQ(book.take(finding(rule("r"), start + history::day))->alert->id, first);
  EXPECT_EQ(book.take(finding(rule("r"), start - history::hour))->alert->id, first) << "a late one";
  const auto change = book.take(finding(rule("r"), start + 3 * history::day));
  EXPECT_EQ(change->news, AlertBook::News::opened);
  EXPECT_NE(change->alert->id, first);
  std::vector<std::string> closed;
  book.close_quiet(start + 3 * history::day, [&](const Alert& alert) { closed.push_back(alert.id); });
  EXPECT_EQ(closed, std::vector<std::string>{first});
  EXPECT_EQ(book.size(), 1);
}

TEST(AlertBook, NewsOfNothingIsNothing) {
  AlertBook book;
  auto news = finding(rule("r"), start);
  news.goes_on = true;
  EXPECT_FALSE(book.take(news));
  EXPECT_EQ(book.size(), 0);
}

TEST(AlertBook, IsBoundedByTheOldest) {
  AlertBook book({.max_alerts = 2});
  for (const auto* key : {"a", "b", "a", "c"}) book.take(finding(rule("r"), start, Severity::low, key));
  EXPECT_EQ(book.size(), 2);
  EXPECT_EQ(book.evicted(), 1);
  std::vector<std::string> keys;
  for (const auto* alert : book.alerts()) keys.push_back(alert->key);
  std::ranges::sort(keys);
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "c"}));
}

TEST(AlertBook, ListsAreCutAndCountsAreExact) {
  AlertBook book;
  auto wide = finding(rule("r"), start);
  for (int i = 0; i < 5000; ++i) wide.logins.push_back(std::to_string(i));
  book.take(wide);
  const auto* alert = book.take(wide)->alert;
  EXPECT_EQ(alert->logins.shown().size(), NameList::max_shown);
  EXPECT_EQ(alert->logins.total(), 5000);
}

TEST(AlertBook, IsBoundedByTheBytesOfItsNames) {
  constexpr std::size_t enough = 100'000;
  AlertBook book({.max_bytes = enough});
  for (int key = 0; key < 100; ++key) {
    auto wide = finding(rule("r"), start, Severity::low, std::to_string(key));
    for (int i = 0; i < 100; ++i) wide.logins.push_back(std::to_string(key * 1000 + i) + "@example.com");
    book.take(wide);
    ASSERT_LE(book.memory_bytes(), enough);
  }
  EXPECT_GT(book.size(), 2);
  EXPECT_EQ(book.size() + book.evicted(), 100);
  EXPECT_EQ(book.take_evicted().size(), book.evicted());
  std::size_t bytes = 0;
  for (const auto* alert : book.alerts()) bytes += alert->memory_bytes();
  EXPECT_EQ(book.memory_bytes(), bytes);
  book.close_quiet(start + 3 * history::day, [](const Alert&) {});
  EXPECT_EQ(book.memory_bytes(), 0);
}

TEST(AlertBook, OneAlertMayHaveMoreThanAllShould) {
  AlertBook book({.max_bytes = 1});
  auto wide = finding(rule("r"), start);
  for (int i = 0; i < 5000; ++i) wide.logins.push_back(std::to_string(i));
  book.take(wide);
  book.take(wide);
  EXPECT_EQ(book.size(), 1);
  book.take(finding(rule("r"), start, Severity::low, "another"));
  EXPECT_EQ(book.size(), 1);
  EXPECT_EQ(book.evicted(), 1);
}

TEST(AlertBook, LinksWhatFollowsToItsCause) {
  AlertBook book;
  const auto cause = book.take(finding(rule("password_spray"), start))->alert->id;
  auto taken = finding(rule("account_taken", "account"), start, Severity::critical, "login:joe");
  taken.because_of = "remote:192.0.2.1";
  EXPECT_EQ(book.take(taken)->alert->because_of, cause);
}

TEST(AlertBook, ALiveRuleWakesAShadow) {
  AlertBook book;
  EXPECT_TRUE(book.take(finding(rule("a", "c", detect::Mode::shadow), start, Severity::high))->alert->shadow);
  const auto change = book.take(finding(rule("b", "c"), start, Severity::medium));
  EXPECT_EQ(change->news, AlertBook::News::raised);
  EXPECT_FALSE(change->alert->shadow);
}

TEST(Alert, HasOneFormInJson) {
  AlertBook book;
  auto seen = finding(rule("r"), start + history::second / 2);
  seen.sources = {"192.0.2.1"};
  seen.logins = {"a\"b"};
  seen.evidence = {{"guesses", 15.0, "2 a day", 10.0}, {"from", "DE", "", {}}};
  const auto* alert = book.take(seen)->alert;
  EXPECT_EQ(
      alert_json(*alert),
      R"({"id": ")" + alert->id +
          R"(", "rule": "r", "severity": "medium", "key": "remote:192.0.2.1", "state": "open", "first_seen": 1795000000.5, )"
          R"("last_seen": 1795000000.5, "count": 1, "message": "r says so", "sources": ["192.0.2.1"], "sources_total": 1, )"
          R"("logins": ["a\"b"], "logins_total": 1, "taken": [], "evidence": {"rules": ["r"], "guesses": {"seen": 15, )"
          R"("usual": "2 a day", "threshold": 10, "over": 1.5}, "from": {"seen": "DE"}}, "attack": "T1110", "feedback": null})");
  EXPECT_EQ(alert->id, alert_id("r", "remote:192.0.2.1", seen.since));
  EXPECT_EQ(alert->id.size(), 16);
}

TEST(AlertBook, WhatAPersonClosedIsFollowedByAnother) {
  AlertBook book;
  const auto first = book.take(finding(rule("r"), start))->alert->id;
  const auto closed = book.close(first);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->state(), State::closed);
  EXPECT_FALSE(book.close(first)) << "it is no longer here";
  auto again = finding(rule("r"), start + history::minute);
  again.since = start;  // the same beginning would make the same id
  const auto change = book.take(again);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->news, AlertBook::News::opened);
  EXPECT_NE(change->alert->id, first);
  EXPECT_EQ(change->alert->id.size(), first.size());
}

TEST(AlertBook, WorseThanWhatWasAcknowledgedIsOpenAgain) {
  AlertBook book;
  const auto id = book.take(finding(rule("r"), start))->alert->id;
  ASSERT_NE(book.change(id, [](Alert& alert) { alert.acknowledged = true; }), nullptr);
  EXPECT_EQ(book.take(finding(rule("r"), start))->alert->state(), State::acknowledged);
  const auto change = book.take(finding(rule("worse"), start, Severity::high));
  EXPECT_EQ(change->news, AlertBook::News::raised);
  EXPECT_EQ(change->alert->state(), State::open);
  EXPECT_EQ(book.change("0", [](Alert&) {}), nullptr);
}

TEST(AlertBook, AReopenedAlertLeavesFindingsToTheNewOne) {
  AlertBook book;
  auto old = *book.close(book.take(finding(rule("r"), start))->alert->id);
  const auto fresh = book.take(finding(rule("r"), start + history::minute))->alert->id;
  const auto id = old.id;
  EXPECT_EQ(book.reopen(std::move(old)).state(), State::open);
  EXPECT_EQ(book.take(finding(rule("r"), start + history::minute))->alert->id, fresh);
  EXPECT_EQ(book.size(), 2);
  std::size_t closed = 0;
  book.close_quiet(start + 3 * history::day, [&](const Alert&) { ++closed; });
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(book.memory_bytes(), 0);
  EXPECT_EQ(book.find(id), nullptr);
}

}  // namespace
}  // namespace trackalert::alert
