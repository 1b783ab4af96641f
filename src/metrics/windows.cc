// SPDX-License-Identifier: Apache-2.0
#include "metrics/windows.h"

namespace trackalert::metrics {
namespace {

constexpr std::chrono::seconds window_length{15};
constexpr unsigned count_bits = 40;
constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;
constexpr std::uint64_t number_mask = (std::uint64_t{1} << (64 - count_bits)) - 1;

std::uint64_t window_number(base::SteadyTime start, base::SteadyTime now) {
  return now <= start ? 0 : static_cast<std::uint64_t>((now - start) / window_length);
}

/// How many windows ago the packed `window` was, seen from the window `number`.
std::uint64_t age(std::uint64_t number, std::uint64_t window) {
  return (number - (window >> count_bits)) & number_mask;
}

/// The largest time of each bucket but the last, whole milliseconds.
constexpr std::array<std::chrono::milliseconds::rep, 4> bucket_bounds_ms{1, 10, 100, 1000};
constexpr std::array<std::string_view, 5> bucket_names{"0_1", "1_10", "10_100", "100_1000", "Slow"};

std::size_t bucket_of(base::SteadyTime::duration time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  std::size_t bucket = 0;
  while (bucket < bucket_bounds_ms.size() && ms > bucket_bounds_ms[bucket]) ++bucket;
  return bucket;
}

}  // namespace

void WindowedCount::add(base::SteadyTime start, base::SteadyTime now, std::uint64_t n) {
  const auto number = window_number(start, now);
  auto& window = windows_[number % windows];
  auto seen = window.load(std::memory_order_relaxed);
  // The slot's last tenant moves out, unless another thread saw to it already or is ahead of us by a few windows.
  while (age(number, seen) != 0 && age(number, seen) <= number_mask - windows) {
    const auto fresh = ((number & number_mask) << count_bits) | (n & count_mask);
    if (window.compare_exchange_weak(seen, fresh, std::memory_order_relaxed)) return;
  }
  window.fetch_add(n & count_mask, std::memory_order_relaxed);
}

std::uint64_t WindowedCount::sum(base::SteadyTime start, base::SteadyTime now) const {
  const auto number = window_number(start, now);
  std::uint64_t total = 0;
  for (const auto& window : windows_) {
    const auto seen = window.load(std::memory_order_relaxed);
    // A thread with a later clock reading may have begun the next window already: that counts too.
    if (age(number + 1, seen) <= windows) total += seen & count_mask;
  }
  return total;
}

NamedCounts::NamedCounts(const base::Clock& clock, Registry& registry, Family family)
    : clock_(clock), start_(clock.steady()), registry_(registry), family_(family) {}

void NamedCounts::declare(std::string_view name) {
  auto counts = counts_.lock();
  if (counts->contains(name)) return;
  counts->try_emplace(std::string(name),
                      registry_.counter(family_.name, family_.help, {{family_.label, std::string(name)}}));
}

void NamedCounts::add(std::string_view name, std::uint64_t n) {
  const auto now = clock_.steady();
  auto counts = counts_.lock();
  const auto found = counts->find(name);
  if (found == counts->end()) return;
  found->second.recent.add(start_, now, n);
  found->second.total.add(n);
}

std::vector<std::pair<std::string, std::uint64_t>> NamedCounts::sums() const {
  const auto now = clock_.steady();
  std::vector<std::pair<std::string, std::uint64_t>> out;
  auto counts = counts_.lock();
  out.reserve(counts->size());
  for (const auto& [name, count] : *counts) out.emplace_back(name, count.recent.sum(start_, now));
  return out;
}

PerfStats::PerfStats(const base::Clock& clock) : clock_(clock), start_(clock.steady()) {}

void PerfStats::waited(base::SteadyTime::duration time, base::SteadyTime now) {
  add(waited_, time, now);
}

void PerfStats::ran(base::SteadyTime::duration time, base::SteadyTime now) {
  add(ran_, time, now);
}

void PerfStats::add(Shards& shards, base::SteadyTime::duration time, base::SteadyTime now) {
  shards[this_shard()].by_time[bucket_of(time)].add(start_, now);
}

std::vector<std::pair<std::string, std::uint64_t>> PerfStats::sums() const {
  const auto now = clock_.steady();
  std::vector<std::pair<std::string, std::uint64_t>> out;
  out.reserve(2 * buckets);
  for (const auto& [prefix, shards] : {std::pair<std::string_view, const Shards&>{"WTW_", waited_}, {"WTR_", ran_}}) {
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
      std::uint64_t total = 0;
      for (const auto& shard : shards) total += shard.by_time[bucket].sum(start_, now);
      out.emplace_back(std::string(prefix).append(bucket_names[bucket]), total);
    }
  }
  return out;
}

}  // namespace trackalert::metrics
