// SPDX-License-Identifier: Apache-2.0
#include "app/scorer.h"

#include <gtest/gtest.h>

namespace trackalert::app {
namespace {

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

class ScorerTest : public ::testing::Test {
 protected:
  void report(const std::string& login, const std::string& remote, history::Time after,
              std::optional<Label> label = {}) {
    login::Report report;
    report.login = login;
    report.remote = *base::parse_address(remote);
    scorer.add(report, start + after, label);
  }
  void attack(const std::string& login, history::Time after, bool taken = false) {
    report(login, "192.0.2.1", after, Label{"password_spray", "c1", taken});
  }
  static alert::Alert about(const std::string& key, const std::string& source, history::Time after) {
    alert::Alert alert;
    alert.id = key + source;
    alert.rule = "password_spray";
    alert.key = key;
    alert.severity = detect::Severity::high;
    alert.first_seen = start;
    alert.last_seen = start + after;
    alert.sources.add(source);
    return alert;
  }
  [[nodiscard]] FamilyScore spray() const { return scorer.score().families.at("password_spray"); }

  Scorer scorer;
};

TEST_F(ScorerTest, ACampaignIsFoundByItsSource) {
  attack("ann", 0);
  attack("bob", history::minute);
  auto alert = about("remote:192.0.2.1", "192.0.2.1", history::minute);
  scorer.heard_of(alert);
  alert.last_seen += history::hour;  // it went on
  scorer.add(alert);
  EXPECT_EQ(spray().campaigns, 1);
  EXPECT_EQ(spray().detected, 1);
  EXPECT_EQ(spray().recall(), 1);
  EXPECT_EQ(spray().median_seconds(), 60) << "from its first report to the opening";
  EXPECT_EQ(spray().alerts, 1);
  EXPECT_EQ(scorer.score().wrong, 0);
}

TEST_F(ScorerTest, WhatIsMissedIsNamed) {
  attack("ann", 0);
  EXPECT_EQ(spray().recall(), 0);
  EXPECT_EQ(spray().missed, std::vector<std::string>{"c1"});
}

TEST_F(ScorerTest, AnAlertAboutNobodyIsFalse) {
  attack("ann", 0);
  report("bob", "198.51.100.1", 0);
  scorer.add(about("remote:198.51.100.1", "198.51.100.1", history::minute));
  const auto score = scorer.score();
  EXPECT_EQ(score.alerts, 1);
  EXPECT_EQ(score.wrong, 1);
  EXPECT_EQ(score.per_100000(score.wrong), 100'000) << "of one honest login";
  EXPECT_EQ((score.rules.at({"password_spray", "high"}).wrong), 1);
  EXPECT_EQ(spray().detected, 0);
}

TEST_F(ScorerTest, AnAlertOfAnotherTimeIsFalse) {
  attack("ann", 10 * history::day);
  scorer.add(about("remote:192.0.2.1", "192.0.2.1", history::day));
  EXPECT_EQ(scorer.score().wrong, 1);
  EXPECT_EQ(spray().detected, 0);
}

TEST_F(ScorerTest, ALoginInCommonIsRightButFindsNobody) {
  attack("ann", 0);
  auto alert = about("login:ann", "198.51.100.1", history::minute);
  alert.logins.add("ann");
  scorer.add(alert);
  EXPECT_EQ(scorer.score().wrong, 0);
  EXPECT_EQ(spray().detected, 0) << "another attacker of the same account";
}

TEST_F(ScorerTest, NotesAndShadowsFindNobody) {
  attack("ann", 0);
  auto note = about("remote:192.0.2.1", "192.0.2.1", history::minute);
  note.severity = detect::Severity::low;
  scorer.add(note);
  auto shadow = about("net:192.0.2.0/24", "192.0.2.1", history::minute);
  shadow.shadow = true;
  scorer.add(shadow);
  EXPECT_EQ(spray().detected, 0);
  EXPECT_EQ(scorer.score().alerts, 0);
  EXPECT_EQ((scorer.score().rules.at({"password_spray", "low"}).alerts), 1);
}

TEST_F(ScorerTest, TakenAccountsAreNamedByListOrKey) {
  for (const auto* login : {"ann", "bob", "cleo"}) attack(login, 0, true);
  auto wide = about("remote:192.0.2.1", "192.0.2.1", history::minute);
  wide.taken.add("ann");
  wide.taken.add("dan");  // who is honest
  scorer.add(wide);
  auto own = about("login:bob", "192.0.2.1", history::minute);
  own.because_of = wide.id;
  scorer.add(own);
  EXPECT_EQ(spray().taken, 3);
  EXPECT_EQ(spray().named, 2);
  EXPECT_EQ(spray().alerts, 1) << "the other follows from it";
  EXPECT_EQ(scorer.score().wrongly_taken, std::vector<std::string>{"dan"});
}

TEST_F(ScorerTest, TheRiskOfOwnersAndOfFirstEntriesIsCompared) {
  login::Report report;
  report.login = "ann";
  report.success = true;
  EXPECT_TRUE(scorer.add(report, start, {}));
  const Label taken{"stranger", "c1", true};
  EXPECT_TRUE(scorer.add(report, start, taken));
  EXPECT_FALSE(scorer.add(report, start, taken)) << "the attacker's ways are the login's now";
  EXPECT_TRUE(scorer.add(report, start, Label{"stranger", "c2", true})) << "somebody else";
  report.success = false;
  EXPECT_FALSE(scorer.add(report, start, {}));
  EXPECT_FALSE(scorer.add(report, start, Label{"stranger", "c1", false}));
}

}  // namespace
}  // namespace trackalert::app
