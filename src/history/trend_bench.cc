// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <random>

#include "history/trend.h"

namespace trackalert::history {
namespace {

constexpr std::int32_t today = 20'700;
constexpr Time midnight = today * day;

TrendDay::Count count_at(Time from_midnight, std::uint32_t hash, Facet facet = Facet::all) {
  TrendDay::Count count{facet, midnight + from_midnight, false, true, true, {}};
  count.hashes = {hash, hash * 2246822519U, hash * 3266489917U};
  return count;
}

/// As a country of a busy service: reports in every minute of ten hours, from many logins.
const TrendDay& heavy() {
  static const TrendDay record = [] {
    std::mt19937 random(1);
    TrendDay out;
    for (Time at = 0; at < 10 * hour; at += minute) {
      for (int i = 0; i < 400; ++i) out.add(count_at(at, static_cast<std::uint32_t>(random())));
    }
    return out;
  }();
  return record;
}

/// As one user's phone: a report every 5 minutes.
TrendDay polling(Time until) {
  TrendDay out;
  for (Time at = 0; at < until; at += 5 * minute) out.add(count_at(at, 1, Facet::login));
  return out;
}

void trend_add_first(benchmark::State& state) {
  const auto count = count_at(hour, 1, Facet::remote);
  for (auto _ : state) {
    TrendDay record;
    record.add(count);
    benchmark::DoNotOptimize(record);
  }
}
BENCHMARK(trend_add_first);

/// The same few logins again and again, in the newest of 3 minutes.
void trend_add_light(benchmark::State& state) {
  TrendDay record;
  for (int i = 0; i < 3; ++i) record.add(count_at(hour + i * minute, 1));
  std::uint32_t hash = 0;
  for (auto _ : state) record.add(count_at(hour + 2 * minute, ++hash & 3));
  state.counters["bytes"] = static_cast<double>(record.bytes().size());
}
BENCHMARK(trend_add_light);

void trend_add_heavy(benchmark::State& state) {
  auto record = heavy();
  std::uint32_t hash = 0;
  for (auto _ : state) record.add(count_at(10 * hour - minute, hash += 2654435761U));
  state.counters["bytes"] = static_cast<double>(record.bytes().size());
}
BENCHMARK(trend_add_heavy);

/// The newest bucket fills from nothing to a sketch.
void trend_add_heavy_exact(benchmark::State& state) {
  auto record = heavy();
  std::uint32_t hash = 0;
  Time at = 10 * hour;
  for (auto _ : state) {
    if (hash % 100 == 0) {
      state.PauseTiming();
      if (at == 24 * hour) {
        record = heavy();
        at = 10 * hour;
      }
      record.add(count_at(at += minute, 0));
      state.ResumeTiming();
    }
    record.add(count_at(at, ++hash * 2654435761U));
  }
}
BENCHMARK(trend_add_heavy_exact);

void trend_add_heavy_late(benchmark::State& state) {
  auto record = heavy();
  std::uint32_t hash = 0;
  for (auto _ : state) record.add(count_at(9 * hour, hash += 2654435761U));
}
BENCHMARK(trend_add_heavy_late);

/// A new minute each time, the oldest falls out.
void trend_add_polling(benchmark::State& state) {
  const auto begin = polling(4 * hour);
  auto record = begin;
  Time at = 4 * hour;
  for (auto _ : state) {
    record.add(count_at(at, 1, Facet::login));
    at += 5 * minute;
    if (at >= 24 * hour) {
      record = begin;
      at = 4 * hour;
    }
  }
  state.counters["bytes"] = static_cast<double>(record.bytes().size());
}
BENCHMARK(trend_add_polling);

void trend_add_heavy_next_minute(benchmark::State& state) {
  auto record = heavy();
  Time at = 10 * hour;
  for (auto _ : state) {
    record.add(count_at(at, 1));
    at += minute;
    if (at == 12 * hour) {
      state.PauseTiming();
      record = heavy();
      at = 10 * hour;
      state.ResumeTiming();
    }
  }
}
BENCHMARK(trend_add_heavy_next_minute)->Unit(benchmark::kMicrosecond);

void trend_sum(benchmark::State& state, const TrendDay& record) {
  for (auto _ : state) {
    TrendSums sums;
    record.sum(today, midnight, midnight + day, sums);
    benchmark::DoNotOptimize(sums);
  }
}
BENCHMARK_CAPTURE(trend_sum, heavy, heavy());
BENCHMARK_CAPTURE(trend_sum, polling, polling(10 * hour));

void trend_count(benchmark::State& state, const TrendDay& record) {
  for (auto _ : state) {
    TrendDay::Counts counts;
    record.count(today, midnight, midnight + day, counts);
    benchmark::DoNotOptimize(counts);
  }
}
BENCHMARK_CAPTURE(trend_count, heavy, heavy());
BENCHMARK_CAPTURE(trend_count, polling, polling(10 * hour));

void trend_from_bytes(benchmark::State& state, const TrendDay& record) {
  for (auto _ : state) benchmark::DoNotOptimize(TrendDay::from_bytes(record.bytes()));
}
BENCHMARK_CAPTURE(trend_from_bytes, heavy, heavy());
BENCHMARK_CAPTURE(trend_from_bytes, polling, polling(10 * hour));

void distinct_count_sketch(benchmark::State& state) {
  DistinctSet set;
  for (std::uint32_t i = 0; i < 5'000; ++i) set.insert(i * 2654435761U);
  for (auto _ : state) benchmark::DoNotOptimize(set.count());
}
BENCHMARK(distinct_count_sketch);

}  // namespace
}  // namespace trackalert::history
