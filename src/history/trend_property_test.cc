// SPDX-License-Identifier: Apache-2.0
// TrendDay against the plain model, over random streams: bursts and single reports, late ones, folds and merges.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>

#include "history/trend.h"
#include "history/trend_model.h"

namespace trackalert::history {
namespace {

constexpr std::int32_t today = 20'700;

struct Both {
  TrendDay real;
  TrendModel model;

  void add(const TrendDay::Count& count) {
    real.add(count);
    model.add(count);
  }
};

/// Reports as they come on one day: mostly forward, some late, now and then a burst of different logins.
std::vector<TrendDay::Count> any_stream() {
  std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random()) % limit; };
  const auto facet = *rc::gen::elementOf(std::vector(trend_facets.begin(), trend_facets.end()));
  const auto steps = *rc::gen::inRange(0, 40);
  const auto stride = *rc::gen::elementOf(std::vector<std::uint32_t>{1, 5, 30, 100});
  std::vector<TrendDay::Count> out;
  std::uint32_t minute_of_day = below(600);
  for (int step = 0; step < steps; ++step) {
    minute_of_day = std::min(1439U, minute_of_day + below(stride));
    const auto late = below(4) == 0 ? below(minute_of_day + 1) : 0;
    const auto reports = below(8) == 0 ? below(300) : 1 + below(3);
    const auto different = below(2) == 0 ? 5 : 1'000'000;
    for (std::uint32_t i = 0; i < reports; ++i) {
      TrendDay::Count count{facet, today * day + (minute_of_day - late) * minute + below(60) * second};
      count.success = below(3) == 0;
      count.has_login = below(10) != 0;
      count.has_remote = below(10) != 0;
      count.hashes = {below(different) * 2654435761U, below(different) * 2246822519U, std::nullopt};
      if (!count.success && below(4) != 0) count.hashes.guess = below(different) * 3266489917U;
      out.push_back(count);
    }
  }
  return out;
}

void require_equal(const TrendDay& real, const TrendModel& model) {
  RC_ASSERT(real.folded() == model.folded());
  auto buckets = model.buckets();
  std::size_t seen = 0;
  Time previous = -1;
  real.for_each(today, [&](const TrendDay::Bucket& bucket) {
    const auto from_midnight = bucket.start - today * day;
    RC_ASSERT(from_midnight > previous);
    previous = from_midnight;
    RC_ASSERT(buckets.contains(from_midnight));
    const auto& expected = buckets[from_midnight];
    RC_ASSERT(bucket.length == expected.length);
    RC_ASSERT(bucket.successes == expected.successes);
    RC_ASSERT(bucket.failures == expected.failures);
    ++seen;
  });
  RC_ASSERT(seen == buckets.size());
  for (int i = 0; i < 4; ++i) {
    const Time from = (today * 24 + *rc::gen::inRange(-2, 25)) * hour;
    const Time since = i == 0 ? std::numeric_limits<Time>::min() : from + *rc::gen::inRange(0, 61) * minute;
    const Time until = i == 0 ? std::numeric_limits<Time>::max() : since + *rc::gen::inRange(-1, 400) * minute;
    const auto expected = model.sum(today, since, until);
    TrendSums sums;
    real.sum(today, since, until, sums);
    RC_ASSERT(sums == expected);
    TrendDay::Counts counts;
    real.count(today, since, until, counts);
    RC_ASSERT(counts.successes == expected.successes);
    RC_ASSERT(counts.failures == expected.failures);
    RC_ASSERT(counts.cut == expected.cut);
  }
}

void require_round_trip(const TrendDay& real) {
  const auto again = TrendDay::from_bytes(real.bytes());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == real);
}

TEST(TrendDayProperty, HoldsWhatTheModelHolds) {
  EXPECT_TRUE(rc::check([] {
    Both both;
    const auto stream = any_stream();
    const auto fold_after = *rc::gen::inRange<std::size_t>(0, 3 * stream.size() + 1);
    for (std::size_t i = 0; i < stream.size(); ++i) {
      both.add(stream[i]);
      // As if it had been written back and read again in between.
      if (i % 97 == 0) both.real = TrendDay::from_bytes(both.real.bytes()).value();
      if (i == fold_after) {
        both.real.fold();
        both.model.fold();
      }
    }
    require_round_trip(both.real);
    require_equal(both.real, both.model);
    both.real.fold();
    both.model.fold();
    require_round_trip(both.real);
    require_equal(both.real, both.model);
  }));
}

TEST(TrendDayProperty, DependsOnTheReportsAlone) {
  EXPECT_TRUE(rc::check([] {
    auto stream = any_stream();
    TrendDay forward;
    for (const auto& count : stream) forward.add(count);
    std::shuffle(stream.begin(), stream.end(), std::mt19937(*rc::gen::arbitrary<std::uint32_t>()));
    TrendDay shuffled;
    for (const auto& count : stream) shuffled.add(count);
    RC_ASSERT(shuffled == forward);
  }));
}

TEST(TrendDayProperty, MergesToWhatOneWouldHaveSeen) {
  EXPECT_TRUE(rc::check([] {
    const auto stream = any_stream();
    TrendDay whole;
    std::vector<Both> parts(*rc::gen::inRange<std::size_t>(1, 5));
    for (const auto& count : stream) {
      whole.add(count);
      parts[*rc::gen::inRange<std::size_t>(0, parts.size())].add(count);
    }
    const bool with_fold = *rc::gen::arbitrary<bool>();
    if (with_fold) {
      parts.back().real.fold();
      parts.back().model.fold();
    }
    while (parts.size() > 1) {
      const auto into = *rc::gen::inRange<std::size_t>(0, parts.size() - 1);
      parts[into].real.merge(parts.back().real);
      parts[into].model.merge(parts.back().model);
      parts.pop_back();
      require_round_trip(parts[into].real);
    }
    if (parts[0].real.folded()) whole.fold();
    RC_ASSERT(parts[0].real == whole);
    require_equal(parts[0].real, parts[0].model);
    // The next report finds its bucket.
    if (stream.empty()) return;
    parts[0].add(stream.back());
    require_equal(parts[0].real, parts[0].model);
  }));
}

}  // namespace
}  // namespace trackalert::history
