// SPDX-License-Identifier: Apache-2.0
// What the cases in detections/ do not show: bounds, late reports, IPv6, one cause at several widths. The rest is
// there.
#include "detect/engine.h"

#include <gtest/gtest.h>

#include "history/reference_history_for_tests.h"

namespace trackalert::detect {
namespace {

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

Rule made(const std::string& name, Values fields) {
  fields.emplace("text", std::string("{login} {remote}"));
  auto rule = make_rule(name, fields);
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

const Rule spray = made("spray", {{"kind", std::string("distinct")}, {"min_logins", 10.0}, {"min_guesses", 10.0}});
const Rule taken = made("taken", {{"kind", std::string("sequence")}, {"first", std::string("alert")}});
const Rule brute = made("brute", {{"kind", std::string("threshold")}, {"subject", std::string("source_login")}});
const Rule hunted = made(
    "hunted",
    {{"kind", std::string("threshold")}, {"subject", std::string("login")}, {"min_guesses", 10.0}, {"min_nets", 5.0}});
const Rule travel =
    made("travel",
         {{"kind", std::string("velocity")}, {"min_successes", 1.0}, {"min_success_days", 1.0}, {"min_age_days", 0.0}});

class EngineTest : public ::testing::Test {
 protected:
  void use(std::vector<Rule> rules, std::size_t bytes = 4 << 20) {
    engine = std::make_unique<Engine>(history, rules, AsnKinds{}, Engine::Options{.memory_bytes = bytes});
  }
  struct Login {
    std::string login = "ann";
    std::string remote = "192.0.2.1";
    bool success = false;
    std::string pwhash = "x";
    history::Time after = 0;
    geo::Place place = {};
  };
  void report(const Login& of) {
    login::Report report;
    report.login = of.login;
    report.remote = *base::parse_address(of.remote);
    report.success = of.success;
    report.pwhash = of.pwhash;
    report.t = static_cast<double>(start + of.after) / 1e6;
    history::Arrival arrival{.report = &report, .place = of.place};
    clock.set_wall(base::WallTime{std::chrono::microseconds{start + 1000 * history::day}});
    ASSERT_TRUE(history.append(std::span(&arrival, 1)));
    engine->judge(arrival, found);
  }
  [[nodiscard]] std::vector<std::string> keys(const std::string& rule) const {
    std::vector<std::string> out;
    for (const auto& finding : found) {
      if (finding.rule->name == rule && !finding.goes_on) out.push_back(finding.key);
    }
    return out;
  }
  using Keys = std::vector<std::string>;

  base::FakeClock clock;
  history::ReferenceHistory history{clock};
  std::unique_ptr<Engine> engine;
  std::vector<Finding> found;
};

TEST_F(EngineTest, WhatAnAddressExplainsIsNotSaidOfItsNetwork) {
  use({spray});
  for (int i = 0; i < 40; ++i) report({.login = "u" + std::to_string(i), .after = i * history::second});
  for (int i = 0; i < 9; ++i)
    report({.login = "v" + std::to_string(i), .remote = "192.0.2.7", .after = history::minute});
  EXPECT_EQ(keys("spray"), Keys{"remote:192.0.2.1"});
}

TEST_F(EngineTest, WhoGuessesIsAskedOnceAMinute) {
  use({hunted});
  const auto guess = [this](int number, history::Time after) {
    report({.remote = "192.0." + std::to_string(number) + ".1", .pwhash = std::to_string(number), .after = after});
  };
  for (int i = 0; i < 10; ++i) guess(i, i * history::second);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].sources.size(), 10) << "all that the history knows";
  guess(10, 20 * history::second);
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[1].sources, std::vector<std::string>{"192.0.10.1"}) << "the alert has the others";
  guess(11, 80 * history::second);
  ASSERT_EQ(found.size(), 3);
  EXPECT_EQ(found[2].sources.size(), 12);
}

TEST_F(EngineTest, Ipv6IsJudgedByItsNetworks) {
  use({spray});
  for (int i = 0; i < 12; ++i)
    report({.login = "u" + std::to_string(i), .remote = "2001:db8:1:2::" + std::to_string(i + 1)});
  EXPECT_EQ(keys("spray"), Keys{"net:2001:db8:1:2::/64"});
  for (int i = 0; i < 12; ++i)
    report({.login = "w" + std::to_string(i), .remote = "2001:db8:9:" + std::to_string(i) + "::1"});
  EXPECT_EQ(keys("spray"), (Keys{"net:2001:db8:1:2::/64", "net:2001:db8:9::/48"}));
}

TEST_F(EngineTest, AnAlertGoesOnWithNews) {
  use({spray});
  for (int i = 0; i < 12; ++i) report({.login = "u" + std::to_string(i)});
  ASSERT_EQ(found.size(), 3) << "found at 10, and two more logins";
  EXPECT_FALSE(found[0].goes_on);
  EXPECT_EQ(found[0].logins.size(), 10);
  EXPECT_TRUE(found[2].goes_on);
  EXPECT_EQ(found[2].logins, Keys{"u11"});
}

TEST_F(EngineTest, RepeatedPasswordsAreOneGuess) {
  use({brute});
  for (int i = 0; i < 100; ++i) report({.pwhash = std::to_string(i % 9)});
  EXPECT_TRUE(found.empty());
  report({.pwhash = "10th"});
  EXPECT_EQ(keys("brute"), Keys{"remote:192.0.2.1"});
}

TEST_F(EngineTest, WithoutAHashEachFailureIsAGuess) {
  use({brute});
  for (int i = 0; i < 10; ++i) report({.pwhash = ""});
  EXPECT_EQ(keys("brute"), Keys{"remote:192.0.2.1"});
}

TEST_F(EngineTest, ALateReportTravelsNoFasterThanTime) {
  use({travel});
  const geo::Place here{.country_code = "DE", .has_position = true, .latitude = 50, .longitude = 8};
  const geo::Place there{.country_code = "SG", .has_position = true, .latitude = 1, .longitude = 103};
  report({.success = true, .after = -history::day, .place = here});
  report({.remote = "198.51.100.1", .success = true, .after = history::day, .place = there});
  report({.success = true, .after = history::day - 20 * history::hour, .place = here});
  EXPECT_TRUE(found.empty()) << "20 hours apart, though it comes afterwards";
  report({.success = true, .after = history::day - history::hour, .place = here});
  EXPECT_EQ(keys("travel"), Keys{"login:ann"});
}

TEST_F(EngineTest, AnEntryIsTakenBeforeAndAfterTheAlert) {
  use({spray, taken});
  report({.login = "u0", .pwhash = "wrong"});
  report({.login = "u0", .success = true, .after = history::second});
  for (int i = 1; i < 13; ++i) report({.login = "u" + std::to_string(i), .after = i * history::minute});
  EXPECT_EQ(keys("taken"), Keys{"login:u0"});
  report({.login = "u5", .success = true, .pwhash = "right", .after = history::hour});
  EXPECT_EQ(keys("taken"), (Keys{"login:u0", "login:u5"}));
  report({.login = "u5", .success = true, .pwhash = "right", .after = history::hour + history::second});
  EXPECT_EQ(keys("taken").size(), 2) << "once for each account";
  EXPECT_EQ(found.back().because_of, "remote:192.0.2.1");
}

TEST_F(EngineTest, AFloodOfInventedLoginsDoesNotHideAnAttack) {
  use({brute}, 1 << 20);
  report({.login = "ann", .success = true, .after = -history::day});
  for (int i = 0; i < 5; ++i) report({.remote = "198.51.100.1", .pwhash = std::to_string(i)});
  for (int i = 0; i < 3000; ++i) {
    login::Report invented;
    invented.login = "nobody" + std::to_string(i);
    invented.remote = base::Address::v4({203, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 1});
    history::Arrival arrival{.report = &invented, .sequence = 1, .time = start + history::minute};
    arrival.novelty.new_login = true;
    engine->judge(arrival, found);
  }
  EXPECT_TRUE(found.empty());
  for (int i = 5; i < 10; ++i)
    report({.remote = "198.51.100.1", .pwhash = std::to_string(i), .after = 2 * history::minute});
  EXPECT_EQ(keys("brute"), Keys{"remote:198.51.100.1"});
}

TEST_F(EngineTest, OtherRulesKeepWhatTheTablesRemember) {
  use({taken, brute, spray});
  for (int i = 0; i < 12; ++i) report({.login = "u" + std::to_string(i)});
  ASSERT_EQ(keys("spray").size(), 1);
  engine->use(std::span(&travel, 1), {});
  report({.login = "u12"});
  EXPECT_EQ(found.back().rule->name, "spray") << "news of what it found while it was in use";
  EXPECT_TRUE(found.back().goes_on);
  const std::vector<Rule> again{travel, spray, taken};
  engine->use(again, {});
  report({.login = "u12", .success = true, .pwhash = "right"});
  EXPECT_EQ(keys("taken"), Keys{"login:u12"});
}

TEST_F(EngineTest, ReportsThatSayNothingAreHarmless) {
  use({spray, taken, brute, travel});
  login::Report empty;
  history::Arrival arrival{.report = &empty};
  engine->judge(arrival, found);
  empty.login = "x";
  engine->judge(arrival, found);
  empty.success = true;
  engine->judge(arrival, found);
  engine->sweep(0, found);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(engine->counts().judged, 3);
}

}  // namespace
}  // namespace trackalert::detect
