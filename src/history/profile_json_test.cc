// SPDX-License-Identifier: Apache-2.0
#include "history/profile_json.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

constexpr Time now = Time{1'795'000'000} * second;  // a Wednesday, 11:06

void add(Profile& profile, Time time, bool success, const char* country) {
  Event event;
  event.time = time;
  event.report.login = "a";
  event.report.success = success;
  event.report.remote = *base::parse_address("192.0.2.1");
  event.place.country_code = country;
  std::uint64_t evicted = 0;
  profile.add(event, evicted);
}

TEST(ProfileJson, SeenLastComesFirst) {
  Profile profile;
  add(profile, now - hour, true, "DE");
  add(profile, now, false, "FR");
  add(profile, now, true, "BR");
  EXPECT_EQ(profile_json(profile),
            R"({"first_seen": 1794996400, "last_seen": 1795000000, "successes": 2, "failures": 1, "success_days": 1, )"
            R"("countries": [{"value": "BR", "first_seen": 1795000000, "last_seen": 1795000000, "successes": 1, )"
            R"("failures": 0, "success_days": 1}, )"
            R"({"value": "FR", "first_seen": 1795000000, "last_seen": 1795000000, "successes": 0, )"
            R"("failures": 1, "success_days": 0}, )"
            R"({"value": "DE", "first_seen": 1794996400, "last_seen": 1794996400, "successes": 1, )"
            R"("failures": 0, "success_days": 1}], )"
            R"("asns": [], )"
            R"("nets": [{"value": "192.0.2.0/24", "first_seen": 1794996400, "last_seen": 1795000000, "successes": 2, )"
            R"("failures": 1, "success_days": 1}], )"
            R"("devices": [], "protocols": [], )"
            R"("hours_of_week": [{"value": "59", "first_seen": 1795000000, "last_seen": 1795000000, "successes": 1, )"
            R"("failures": 1, "success_days": 1}, )"
            R"({"value": "58", "first_seen": 1794996400, "last_seen": 1794996400, "successes": 1, )"
            R"("failures": 0, "success_days": 1}]})");
}

TEST(ProfileJson, NobodyKnown) {
  EXPECT_EQ(profile_json({}),
            R"({"first_seen": null, "last_seen": null, "successes": 0, "failures": 0, "success_days": 0, )"
            R"("countries": [], "asns": [], "nets": [], "devices": [], "protocols": [], "hours_of_week": []})");
}

TEST(TrendJson, SaysWhetherItIsExact) {
  TrendSums sums;
  sums.successes = 10;
  sums.failures = 2;
  sums.logins.insert(1);
  sums.guesses.insert(2);
  EXPECT_EQ(trend_json(sums),
            R"({"successes": 10, "failures": 2, "distinct_logins": 1, "distinct_remotes": 0, "distinct_guesses": 1, )"
            R"("approximate": false})");
  sums.cut = true;
  EXPECT_TRUE(is_approximate(sums));
  sums.cut = false;
  for (std::uint32_t i = 0; i <= DistinctSet::max_exact; ++i) sums.remotes.insert(i * 2654435761U);
  EXPECT_TRUE(is_approximate(sums));
}

}  // namespace
}  // namespace trackalert::history
