// SPDX-License-Identifier: Apache-2.0
#include "traffic/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/json_value.h"
#include "login/parse.h"

namespace trackalert::traffic {
namespace {

Options options(unsigned logins, unsigned days, std::string_view attacks) {
  Options out;
  out.logins = logins;
  out.days = days;
  out.attacks = parse_attacks(attacks).value();
  return out;
}

std::string stream_of(const Options& options) {
  const World world(options.world);
  Generator generator(world, options);
  std::string out;
  while (generator.next(out)) {
  }
  return out;
}

std::vector<Attempt> attempts_of(const Options& options) {
  const World world(options.world);
  Generator generator(world, options);
  std::vector<Attempt> out;
  while (const auto attempt = generator.next()) out.push_back(*attempt);
  return out;
}

/// FNV-1a with 64 bits: Fowler, Noll, Vo; draft-eastlake-fnv.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// One that all tests about honest logins read.
const std::vector<Attempt>& honest_month() {
  static const auto month = attempts_of(options(2000, 28, "none"));
  return month;
}

TEST(Generator, WritesTheSameBytesEverywhere) {
  const auto stream = stream_of(options(60, 4, "all:1,risk:1"));
  EXPECT_EQ(stream, stream_of(options(60, 4, "all:1,risk:1")));
  EXPECT_EQ(hash_of(stream), 9273758987349908090U) << "streams change for everybody who compares with earlier ones";
}

TEST(Generator, WritesOtherBytesForOtherOptions) {
  const auto plain = options(60, 4, "none");
  std::set<std::uint64_t> hashes{hash_of(stream_of(plain))};
  for (const auto change : {0, 1, 2, 3}) {
    auto other = plain;
    if (change == 0) other.seed = 2;
    if (change == 1) other.world = 1;
    if (change == 2) other.begin += day;
    if (change == 3) other.reports_per_1000_days *= 2;
    hashes.insert(hash_of(stream_of(other)));
  }
  EXPECT_EQ(hashes.size(), 5U);
}

TEST(Generator, AttacksDoNotChangeWhoThePeopleAre) {
  const World world(0);
  const Generator with(world, options(500, 20, "all"));
  const Generator without(world, options(500, 20, "none"));
  for (LoginIndex index = 0; index < 500; ++index) {
    EXPECT_EQ(with.population().person(index).home.host, without.population().person(index).home.host);
    EXPECT_EQ(with.population().person(index).country, without.population().person(index).country);
  }
}

TEST(Generator, WritesLinesThatOurParserReadsInTheOrderOfTheirTime) {
  const auto what = options(300, 15, "all,risk");
  const auto stream = stream_of(what);
  login::Parser parser;
  double last = 0;
  std::uint64_t lines = 0;
  std::uint64_t labelled = 0;
  for (std::size_t at = 0; at < stream.size(); ++lines) {
    const auto end = stream.find('\n', at);
    ASSERT_NE(end, stream.npos);
    const auto line = std::string_view(stream).substr(at, end - at);
    at = end + 1;
    const auto report = parser.report(line, 0);
    ASSERT_TRUE(report) << line;
    EXPECT_GE(report->t, last);
    last = report->t;
    EXPECT_FALSE(report->login.empty());
    EXPECT_EQ(report->pwhash.size(), 4U);
    EXPECT_EQ(report->success, report->fail_type.empty()) << line;
    const auto json = base::parse_json(line);
    ASSERT_TRUE(json);
    const auto* label = json->find("label");
    if (label == nullptr) continue;
    labelled += 1;
    ASSERT_NE(label->find("taken"), nullptr);
    EXPECT_EQ(*label->find("taken")->as_bool(), report->success) << line;
    EXPECT_THAT(*label->find("campaign")->as_string(), testing::StartsWith("c"));
  }
  const std::int64_t end_s = (what.begin + 15 * day) / second;
  EXPECT_LT(last, static_cast<double>(end_s));
  EXPECT_GT(labelled, 1000U);
  EXPECT_GT(lines, labelled);
}

TEST(Generator, CountsWhatItWrites) {
  const auto what = options(1000, 20, "all");
  const World world(0);
  Generator generator(world, what);
  std::map<Family, std::uint64_t> reports;
  std::map<Family, std::set<std::uint32_t>> campaigns;
  std::set<std::pair<std::uint32_t, LoginIndex>> taken;
  std::uint64_t honest = 0;
  while (const auto attempt = generator.next()) {
    if (!attempt->label) {
      honest += 1;
      continue;
    }
    reports[attempt->label->family] += 1;
    campaigns[attempt->label->family].insert(attempt->label->campaign);
    if (attempt->outcome == Outcome::success) taken.emplace(attempt->label->campaign, attempt->login);
  }
  const auto summary = generator.summary();
  EXPECT_EQ(summary.honest, honest);
  std::uint64_t taken_by_summary = 0;
  for (unsigned index = 0; index < rule_family_count; ++index) {
    const auto family = static_cast<Family>(index);
    EXPECT_EQ(summary.families[index].reports, reports[family]) << family_name(family);
    EXPECT_EQ(summary.families[index].campaigns, campaigns[family].size()) << family_name(family);
    EXPECT_EQ(campaigns[family].size(), default_campaigns) << family_name(family);
    taken_by_summary += summary.families[index].taken;
  }
  EXPECT_EQ(taken_by_summary, taken.size());
  EXPECT_THAT(summary.to_text(), testing::HasSubstr("password_spray"));
}

TEST(Generator, RemembersNoMoreAsTimeGoesOn) {
  const World world(0);
  Generator generator(world, options(400, 60, "all"));
  const auto most = generator.population().clients().size() + generator.campaigns().size();
  while (generator.next()) ASSERT_LE(generator.waiting(), most);
  EXPECT_EQ(generator.waiting(), 0U);
}

TEST(Generator, TakesValuesBeyondTheirLimitsAsTheLimits) {
  auto what = options(0, 0, "all");
  what.reports_per_1000_days = 0;
  const World world(0);
  Generator generator(world, what);
  EXPECT_EQ(generator.population().size(), 1U);
  while (const auto attempt = generator.next()) EXPECT_LT(attempt->time, what.begin + day);
}

TEST(Honest, LogInAsOftenAsWanted) {
  const double days = 2000 * 0.97 * 28;
  // A slip and a stale phone add some.
  EXPECT_NEAR(static_cast<double>(honest_month().size()) / days, 5.0, 1.0);
}

TEST(Honest, FailSometimes) {
  std::uint64_t wrong = 0;
  std::uint64_t other = 0;
  for (const auto& attempt : honest_month()) {
    wrong += attempt.outcome == Outcome::wrong_password ? 1 : 0;
    other += attempt.outcome == Outcome::out_of_order || attempt.outcome == Outcome::refused ? 1 : 0;
  }
  EXPECT_GT(share(wrong, honest_month().size()), 0.005);
  EXPECT_LT(share(wrong, honest_month().size()), 0.10);
  EXPECT_GT(other, 0U);
  EXPECT_LT(share(other, honest_month().size()), 0.002);
}

TEST(Honest, CrowdAtCarriersAndCompanies) {
  const World world(0);
  std::map<NetworkKind, std::map<base::Address, std::set<LoginIndex>>> logins;
  std::map<std::pair<std::uint8_t, std::uint8_t>, NetworkKind> kinds;
  for (const auto& block : world.blocks()) {
    kinds[{static_cast<std::uint8_t>(block.v4 >> 8), static_cast<std::uint8_t>(block.v4 & 0xff)}] =
        world.networks()[block.network].kind;
  }
  for (const auto& attempt : honest_month()) {
    if (attempt.remote.is_v6()) continue;
    logins[kinds.at({attempt.remote.bytes()[0], attempt.remote.bytes()[1]})][attempt.remote].insert(attempt.login);
  }
  const auto most_at = [&](NetworkKind kind) {
    std::size_t most = 0;
    for (const auto& [address, who] : logins[kind]) most = std::max(most, who.size());
    return most;
  };
  EXPECT_GT(most_at(NetworkKind::mobile), 100U);
  EXPECT_GT(most_at(NetworkKind::company), 100U);
  EXPECT_LT(most_at(NetworkKind::access), 5U);
  EXPECT_TRUE(logins[NetworkKind::hosting].empty());
  EXPECT_GT(logins[NetworkKind::anonymiser].size(), 5U);
  EXPECT_LT(logins[NetworkKind::anonymiser].size(), 1000U);
}

TEST(Honest, KeepToDayAndWeek) {
  std::array<std::uint64_t, 24> by_hour{};
  std::array<std::uint64_t, 7> by_day{};
  for (const auto& attempt : honest_month()) {
    const LocalTime local(attempt.time, 60);
    by_hour[local.hour_of_day] += 1;
    by_day[local.weekday] += 1;
  }
  EXPECT_GT(by_hour[18], 4 * by_hour[3]);
  EXPECT_GT(by_day[1], by_day[6]);
}

TEST(Honest, RepeatOneOldPasswordFromThePhoneAfterAChange) {
  std::map<LoginIndex, std::map<Secret, unsigned>> repeated;
  for (const auto& attempt : honest_month()) {
    if (attempt.outcome == Outcome::wrong_password) repeated[attempt.login][attempt.secret] += 1;
  }
  unsigned stale = 0;
  unsigned most = 0;
  for (const auto& [login, secrets] : repeated) {
    for (const auto& [secret, count] : secrets) {
      if (secret >= first_common_secret) continue;
      stale += count > 3 ? 1 : 0;
      most = std::max(most, count);
    }
  }
  EXPECT_GT(stale, 10U);
  EXPECT_GT(most, 50U);
}

TEST(Honest, AreSlowerThanAirliners) {
  // Whoever is neither behind a carrier nor an anonymiser nor at a computer left on has not moved within minutes.
  const World world(0);
  const auto what = options(2000, 28, "none");
  Generator generator(world, what);
  std::map<LoginIndex, LastSuccess> last;
  unsigned jumps = 0;
  while (const auto attempt = generator.next()) {
    const auto& person = generator.population().person(attempt->login);
    if (person.proxied || person.vpn || person.left_on || attempt->outcome != Outcome::success) continue;
    const auto [before, known] = last.emplace(attempt->login, person.last);
    const auto country = [&](BlockIndex block) { return world.blocks()[block].country; };
    if (!known && country(before->second.block) != country(person.last.block) &&
        person.last.time - before->second.time < 10 * hour) {
      jumps += 1;
    }
    before->second = person.last;
  }
  EXPECT_EQ(jumps, 0U);
}

TEST(Honest, SomeWakeAfterMonths) {
  const auto what = options(2000, 28, "none");
  std::map<LoginIndex, Time> before;
  std::set<LoginIndex> woke;
  std::map<LoginIndex, unsigned> old_logins;
  for (const auto& attempt : honest_month()) {
    if (attempt.time < what.begin) {
      before[attempt.login] = attempt.time;
      old_logins[attempt.login] += 1;
    } else if (before.contains(attempt.login)) {
      EXPECT_GT(attempt.time - before[attempt.login], 90 * day);
      woke.insert(attempt.login);
      before.erase(attempt.login);
    }
  }
  EXPECT_NEAR(static_cast<double>(old_logins.size()), 60, 30);
  for (const auto& [login, count] : old_logins) EXPECT_GE(count, 5U);
  EXPECT_GE(woke.size(), 1U);
  EXPECT_LE(woke.size(), 20U);
}

}  // namespace
}  // namespace trackalert::traffic
