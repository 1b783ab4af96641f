// SPDX-License-Identifier: Apache-2.0
// What each family's campaigns look like in the stream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "traffic/generator.h"
#include "traffic/guessing.h"

namespace trackalert::traffic {
namespace {

struct Seen {
  Family family;
  std::vector<Attempt> attempts;
  std::set<LoginIndex> logins;
  std::set<base::Address> sources;
  std::set<base::Address> nets;
  std::map<LoginIndex, std::set<Secret>> guesses;
  unsigned successes = 0;

  [[nodiscard]] Time length() const { return attempts.back().time - attempts.front().time; }
};

/// By campaign. `logins` accounts for `days` days.
std::map<std::uint32_t, Seen> campaigns_of(std::string_view attacks, unsigned logins = 3000, unsigned days = 30) {
  Options options;
  options.logins = logins;
  options.days = days;
  options.reports_per_1000_days = 3000;
  options.attacks = parse_attacks(attacks).value();
  const World world(0);
  Generator generator(world, options);
  std::map<std::uint32_t, Seen> out;
  while (const auto attempt = generator.next()) {
    if (!attempt->label) continue;
    EXPECT_GE(attempt->time, options.begin + 8 * day);
    EXPECT_LT(attempt->time, options.begin + days * day);
    auto& seen = out[attempt->label->campaign];
    seen.family = attempt->label->family;
    seen.attempts.push_back(*attempt);
    seen.logins.insert(attempt->login);
    seen.sources.insert(attempt->remote);
    seen.nets.insert(attempt->remote.masked(24));
    if (attempt->outcome == Outcome::success) {
      seen.successes += 1;
    } else {
      seen.guesses[attempt->login].insert(attempt->secret);
    }
  }
  return out;
}

TEST(Attacks, GuessAsTheirSpecSays) {
  for (const auto& [number, seen] : campaigns_of("all:3", 6000)) {
    if (seen.family > last_guessing_family) continue;
    const auto& spec = guessing_spec(seen.family, static_cast<Intensity>((number - 1) % intensity_count));
    SCOPED_TRACE(family_name(seen.family));
    const unsigned elsewhere = seen.family == Family::success_after_guessing ? 1 : 0;
    EXPECT_LE(seen.sources.size(), spec.sources + elsewhere);
    EXPECT_GE(seen.sources.size(), spec.sources * 8 / 10);
    EXPECT_LE(seen.nets.size(), spec.nets + elsewhere);
    EXPECT_EQ(seen.logins.size(), spec.victims);
    EXPECT_NEAR(static_cast<double>(seen.attempts.size()), spec.tries, 0.05 * spec.tries + 5.0 * (spec.takes + 1));
    const bool takes = spec.takes > 0 && ((number - 1) % 3 % 2 == 0 || elsewhere == 1);
    EXPECT_EQ(seen.successes > 0, takes);
  }
}

TEST(Attacks, OfTheIssueHideIn100TimesAsMuch) {
  const auto all = campaigns_of("campaign:1@high", 6000);
  ASSERT_EQ(all.size(), 1U);
  const auto& seen = all.begin()->second;
  EXPECT_EQ(seen.sources.size(), 500U);
  EXPECT_EQ(seen.nets.size(), 40U);
  EXPECT_EQ(seen.logins.size(), 2000U);
  EXPECT_GT(seen.length(), 13 * day);
  std::map<std::pair<base::Address, std::int64_t>, unsigned> by_source_and_day;
  for (const auto& attempt : seen.attempts) by_source_and_day[{attempt.remote, attempt.time / day}] += 1;
  for (const auto& [key, count] : by_source_and_day) EXPECT_LE(count, 12U);
  std::set<LoginIndex> taken;
  for (const auto& attempt : seen.attempts) {
    if (attempt.outcome == Outcome::success) taken.insert(attempt.login);
  }
  EXPECT_EQ(taken.size(), 8U);
}

TEST(Attacks, SprayFewPasswords) {
  for (const auto& [number, seen] : campaigns_of("password_spray")) {
    for (const auto& [login, secrets] : seen.guesses) EXPECT_LE(secrets.size(), 3U);
    std::set<Secret> all;
    for (const auto& [login, secrets] : seen.guesses) all.insert(secrets.begin(), secrets.end());
    EXPECT_LE(all.size(), 3U);
    EXPECT_EQ(seen.nets.size(), 1U);
  }
}

TEST(Attacks, GuessAnotherPasswordEachTime) {
  for (const auto& [number, seen] : campaigns_of("brute_force,distributed_guessing,slow_guessing")) {
    ASSERT_EQ(seen.guesses.size(), 1U);
    EXPECT_GE(seen.guesses.begin()->second.size() + 2, seen.attempts.size() - seen.successes);
  }
}

TEST(Attacks, UseAnAccountThatTheyTook) {
  for (const auto& [number, seen] : campaigns_of("credential_stuffing:1@middle")) {
    std::map<LoginIndex, unsigned> entered;
    for (const auto& attempt : seen.attempts) {
      if (attempt.outcome == Outcome::success) {
        entered[attempt.login] += 1;
      } else {
        EXPECT_FALSE(entered.contains(attempt.login)) << "guesses at what it has";
      }
    }
    EXPECT_EQ(entered.size(), 4U);
    for (const auto& [login, count] : entered) EXPECT_GE(count, 2U);
  }
}

TEST(Intrusions, ComeWithTheRightPasswordAtOnce) {
  for (const auto& [number, seen] : campaigns_of("stranger,many_countries,dormant_account,impossible_travel,risk")) {
    SCOPED_TRACE(family_name(seen.family));
    EXPECT_EQ(seen.successes, seen.attempts.size());
  }
}

TEST(Intrusions, AreSeenFromManyCountries) {
  const World world(0);
  std::map<unsigned, std::uint8_t> country_of;
  for (const auto& block : world.blocks()) country_of[block.v4] = block.country;
  for (const auto& [number, seen] : campaigns_of("many_countries")) {
    std::set<std::uint8_t> countries_seen;
    for (const auto& source : seen.sources) {
      countries_seen.insert(country_of.at(static_cast<unsigned>(source.bytes()[0]) << 8 | source.bytes()[1]));
    }
    EXPECT_GE(countries_seen.size(), 3U);
    EXPECT_LT(seen.length(), 24 * hour);
    EXPECT_EQ(seen.logins.size(), 1U);
  }
}

TEST(Intrusions, TryOldPasswordsInVain) {
  const auto all = campaigns_of("retired_password");
  EXPECT_EQ(all.size(), default_campaigns);
  for (const auto& [number, seen] : all) {
    EXPECT_EQ(seen.successes, 0U);
    for (const auto& attempt : seen.attempts) EXPECT_LT(attempt.secret, first_common_secret);
  }
}

/// Runs one order and looks at the victim's last login before each of the attacker's.
template <class Look>
void before_each(std::string_view attacks, Look look) {
  Options options;
  options.logins = 3000;
  options.reports_per_1000_days = 3000;
  options.attacks = parse_attacks(attacks).value();
  const World world(0);
  Generator generator(world, options);
  std::map<LoginIndex, Attempt> last;
  std::set<std::uint32_t> begun;
  unsigned looks = 0;
  while (const auto attempt = generator.next()) {
    if (!attempt->label && attempt->outcome == Outcome::success) last.insert_or_assign(attempt->login, *attempt);
    if (!attempt->label) continue;
    if (!begun.insert(attempt->label->campaign).second) continue;
    ASSERT_TRUE(last.contains(attempt->login));
    look(world, generator.population(), last.at(attempt->login), *attempt);
    looks += 1;
  }
  EXPECT_EQ(looks, default_campaigns);
}

TEST(Intrusions, TravelFasterThanPossible) {
  before_each("impossible_travel", [](const World&, const Population&, const Attempt& owner, const Attempt& attacker) {
    EXPECT_LT(attacker.time - owner.time, hour);
    EXPECT_NE(attacker.remote, owner.remote);
  });
}

TEST(Intrusions, WakeSleepers) {
  before_each("dormant_account", [](const World&, const Population&, const Attempt& owner, const Attempt& attacker) {
    EXPECT_GT(attacker.time - owner.time, 90 * day);
  });
}

TEST(Intrusions, AreStrangers) {
  before_each("stranger",
              [](const World& world, const Population& people, const Attempt& owner, const Attempt& attacker) {
                EXPECT_NE(attacker.remote.masked(24), owner.remote.masked(24));
                EXPECT_FALSE(people.uses(attacker.login, attacker.device.row));
                const auto& home = people.person(attacker.login).home;
                EXPECT_NE(attacker.remote.masked(16), world.v4(home.block, 0));
              });
}

TEST(Attacks, FitIntoAnySize) {
  for (const unsigned logins : {1U, 2U, 7U, 40U}) {
    Options options;
    options.logins = logins;
    options.days = logins;
    options.attacks = parse_attacks("all,risk").value();
    const World world(0);
    Generator generator(world, options);
    while (const auto attempt = generator.next()) EXPECT_LT(attempt->time, options.begin + options.days * day);
    EXPECT_GT(generator.summary().attacks, 0U);
  }
}

}  // namespace
}  // namespace trackalert::traffic
