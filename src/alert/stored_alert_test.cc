// SPDX-License-Identifier: Apache-2.0
#include "alert/stored_alert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "alert/alert_for_tests.h"

namespace trackalert::alert {
namespace {

Alert again(const Alert& alert) {
  auto read = alert_from_json(stored_alert_json(alert));
  if (!read) throw std::runtime_error(read.error().message);
  return std::move(*read);
}

void expect_same(const NameList& a, const NameList& b) {
  EXPECT_EQ(a.shown(), b.shown());
  EXPECT_EQ(a.total(), b.total());
}

void expect_same(const Alert& a, const Alert& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.rule, b.rule);
  EXPECT_EQ(a.rules, b.rules);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.cause, b.cause);
  EXPECT_EQ(a.attack, b.attack);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.shadow, b.shadow);
  EXPECT_EQ(a.closed, b.closed);
  EXPECT_EQ(a.acknowledged, b.acknowledged);
  EXPECT_EQ(a.first_seen, b.first_seen);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.count, b.count);
  expect_same(a.sources, b.sources);
  expect_same(a.logins, b.logins);
  expect_same(a.taken, b.taken);
  ASSERT_EQ(a.evidence.size(), b.evidence.size());
  for (std::size_t i = 0; i < a.evidence.size(); ++i) {
    EXPECT_EQ(a.evidence[i].name, b.evidence[i].name);
    EXPECT_EQ(a.evidence[i].seen, b.evidence[i].seen);
    EXPECT_EQ(a.evidence[i].usual, b.evidence[i].usual);
    EXPECT_EQ(a.evidence[i].threshold, b.evidence[i].threshold);
  }
  EXPECT_EQ(a.because_of, b.because_of);
  EXPECT_EQ(a.feedback, b.feedback);
}

TEST(StoredAlert, ComesBackTheSame) {
  auto alert = full_alert(7);
  expect_same(again(alert), alert);
  alert.shadow = alert.closed = true;
  alert.acknowledged = false;
  expect_same(again(alert), alert);
  expect_same(again(Alert{}), Alert{});
}

TEST(StoredAlert, KeepsWhatClientsSendByteByByte) {
  auto alert = full_alert(1);
  using std::string_literals::operator""s;
  const auto nasty = "\0\x01\x1f\"\\\x7f\xff\xc0\x80 \xed\xa0\x80 \u2028 \n"s;
  alert.key = "login:" + nasty;
  alert.message = nasty;
  alert.logins.restore({nasty}, 1);
  alert.evidence = {{nasty, nasty, nasty, {}}, {"rules", 1.0, "", {}}, {"because_of", "x", "", {}}};
  expect_same(again(alert), alert);
}

TEST(StoredAlert, KeepsTwoHundredNamesAndWhatWasCountedBeyond) {
  auto alert = full_alert(1);
  alert.logins = {};
  for (int i = 0; i < 5000; ++i) alert.logins.add(fmt::format("u{}", i));
  const auto read = again(alert);
  expect_same(read, alert);
  EXPECT_EQ(read.logins.shown().size(), NameList::max_shown);
  EXPECT_EQ(read.logins.total(), 5000);
}

TEST(StoredAlert, ANumberThatJsonCannotSayIsNone) {
  auto alert = full_alert(1);
  alert.evidence = {{"a", std::numeric_limits<double>::infinity(), "", std::numeric_limits<double>::quiet_NaN()}};
  const auto read = again(alert);
  EXPECT_TRUE(std::isnan(std::get<double>(read.evidence.at(0).seen)));
  EXPECT_TRUE(std::isnan(read.evidence.at(0).threshold.value()));
  EXPECT_EQ(alert_json(read), alert_json([&] {
              auto same = alert;
              same.evidence.at(0).seen = std::numeric_limits<double>::quiet_NaN();
              return same;
            }()));
}

TEST(StoredAlert, NumbersBeyondAllUseAreBroughtBackIntoIt) {
  auto alert = full_alert(1);
  alert.first_seen = std::numeric_limits<history::Time>::min();
  alert.last_seen = std::numeric_limits<history::Time>::max();
  alert.count = std::numeric_limits<std::uint64_t>::max();
  alert.logins.at_least(std::numeric_limits<std::uint64_t>::max());
  const auto read = again(alert);
  EXPECT_EQ(read.first_seen, -(history::Time{1} << 62));
  EXPECT_EQ(read.last_seen, history::Time{1} << 62);
  EXPECT_EQ(read.count, std::uint64_t{1} << 53);
  EXPECT_EQ(read.logins.total(), read.count);
}

TEST(StoredAlert, IsNeverTooLarge) {
  const std::string control(1'000'000, '\x01');
  auto alert = full_alert(1, "login:" + control);
  alert.message = alert.feedback = alert.because_of = std::string(4095, 'x') + "€" + control;
  for (int i = 0; i < 1000; ++i) {
    const auto name = std::to_string(i) + std::string(max_stored_name_bytes - 4, '\x01');
    for (auto* list : {&alert.sources, &alert.logins, &alert.taken}) list->add(name);
    alert.evidence.push_back({name, control.substr(0, 10'000), control.substr(0, 10'000), 1.0});
    alert.rules.push_back("rule" + std::to_string(i));
  }
  alert.taken = {};
  alert.taken.add(control);
  EXPECT_LT(stored_alert_json(alert).size(), max_stored_bytes);
  const auto read = again(alert);
  EXPECT_EQ(read.message, std::string(4095, 'x')) << "not a part of a character";
  EXPECT_EQ(read.key, stored_text(alert.key));
  EXPECT_TRUE(read.taken.shown().empty());
  EXPECT_EQ(read.taken.total(), 1);
  EXPECT_EQ(read.evidence.size(), max_stored_evidence);
}

TEST(StoredAlert, BrokenTextIsAnErrorThatNamesTheMember) {
  const auto whole = stored_alert_json(full_alert(1));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(alert_from_json(whole.substr(0, size)));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = whole;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto read = alert_from_json(text);
    return read ? "" : read.error().message;
  };
  EXPECT_EQ(with(R"("severity": "high")", R"("severity": "dire")"),
            "severity must be one of info, low, medium, high, critical");
  EXPECT_EQ(with(R"("count": 12345678901)", R"("count": -1)"), "count must be a whole number");
  EXPECT_EQ(with(R"("count": 12345678901)", R"("count": 1e300)"), "count must be a whole number");
  EXPECT_EQ(with(R"("last_seen": )", R"("last_seen": 1e300, "x": )"), "last_seen must be microseconds since 1970");
  EXPECT_EQ(with(R"("total": 1000)", R"("total": "many")"), "logins.total must be a whole number");
  EXPECT_EQ(with(R"(["ann", "bob"])", R"(["ann", 1])"), "logins.shown must be at most 1000 texts");
  EXPECT_EQ(with(R"("usual": "2 a day")", R"("usual": 2)"), "evidence.usual must be a text");
  EXPECT_EQ(with(R"("seen": 15.5)", R"("seen": [])"), "evidence.seen must be a number or a text");
  EXPECT_EQ(with(R"("closed": false)", R"("closed": 0)"), "closed must be true or false");
  EXPECT_EQ(with(R"("key": )", R"("keys": )"), "key must be a text");
  EXPECT_FALSE(alert_from_json("[]"));
  EXPECT_FALSE(alert_from_json(std::string(max_stored_bytes + 1, ' ')));
}

TEST(StoredAlert, ForgetsALoginInListsAndTexts) {
  auto alert = full_alert(1);
  alert.message = "ann, annie, ann@example.org and ann. x.ann.y (ann) ann";
  alert.evidence.push_back({"who", "ann", "bob or ann", {}});
  const auto total = alert.logins.total();
  EXPECT_TRUE(forget_login(alert, "ann"));
  EXPECT_EQ(alert.message, "(erased), annie, ann@example.org and (erased). x.ann.y ((erased)) (erased)");
  EXPECT_EQ(alert.logins.shown(), std::vector<std::string>{"bob"});
  EXPECT_EQ(alert.logins.total(), total);
  EXPECT_EQ(std::get<std::string>(alert.evidence.back().seen), "(erased)");
  EXPECT_EQ(alert.evidence.back().usual, "bob or (erased)");
  EXPECT_FALSE(forget_login(alert, "ann"));
  EXPECT_FALSE(forget_login(alert, ""));
  EXPECT_TRUE(forget_login(alert, "bob"));
  EXPECT_TRUE(alert.taken.shown().empty());
  EXPECT_EQ(alert.taken.total(), 1);
}

TEST(NameList, CountsOnAfterARestart) {
  NameList list;
  list.restore({"a", "b"}, 5);
  list.add("a");
  list.add("c");
  EXPECT_EQ(list.total(), 5);
  EXPECT_EQ(list.shown(), (std::vector<std::string>{"a", "b", "c"}));
  for (const auto* name : {"d", "e", "f"}) list.add(name);
  EXPECT_EQ(list.total(), 6);
}

TEST(AlertState, HasAWordForEach) {
  for (const auto state : {State::open, State::acknowledged, State::closed, State::shadow}) {
    EXPECT_EQ(state_by_name(state_name(state)), state);
  }
  EXPECT_FALSE(state_by_name("shut"));
  Alert alert;
  EXPECT_EQ(alert.state(), State::open);
  alert.acknowledged = true;
  EXPECT_EQ(alert.state(), State::acknowledged);
  alert.closed = true;
  EXPECT_EQ(alert.state(), State::closed);
  alert.shadow = true;
  EXPECT_EQ(alert.state(), State::shadow);
}

}  // namespace
}  // namespace trackalert::alert
