// SPDX-License-Identifier: Apache-2.0
// Any bytes as a day's record: what is accepted can be summed, added to, merged and folded, and stays acceptable. The
// first byte says how many of the others are a second record.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "history/trend.h"

namespace {

using namespace trackalert::history;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::int32_t today = 20'000;

TrendSums sum(const TrendDay& record) {
  TrendSums sums;
  record.sum(today, std::numeric_limits<Time>::min(), std::numeric_limits<Time>::max(), sums);
  return sums;
}

void require_sound(const TrendDay& record) {
  const auto again = TrendDay::from_bytes(record.bytes());
  require(again && *again == record);
  Time previous = today * day - 1;
  std::uint64_t reports = 0;
  std::size_t buckets = 0;
  record.for_each(today, [&](const TrendDay::Bucket& bucket) {
    require(bucket.start > previous);
    require(bucket.start + bucket.length <= (today + 1) * day);
    reports += std::uint64_t{bucket.successes} + bucket.failures;
    ++buckets;
    previous = bucket.start;
  });
  require(buckets <= window_minutes + 24);
  const auto sums = sum(record);
  require(sums.successes + sums.failures == reports);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto split = bytes.size() * data[0] / 256;
  auto first = TrendDay::from_bytes(std::string(bytes.substr(split)));
  if (!first) return require(!first.error().message.empty()), 0;
  require_sound(*first);

  const std::uint32_t hash = data[0] * 2654435761U;
  for (const Time at : {Time{data[0]} * 5 * minute, Time{data[size - 1]} * 5 * minute, day - 1, hour}) {
    first->add({Facet::all, today * day + at, data[0] % 2 == 0, true, data[0] % 3 == 0, {hash, hash, hash}});
    require_sound(*first);
  }
  const auto other = TrendDay::from_bytes(std::string(bytes.substr(0, split)));
  if (other) {
    auto both = *first;
    both.merge(*other);
    require_sound(both);
    auto other_way = *other;
    other_way.merge(*first);
    require(both == other_way);
  }
  const auto before = sum(*first);
  first->fold();
  require(first->folded());
  require_sound(*first);
  const auto after = sum(*first);
  // A count that stops in the one bucket of the day did not in many.
  require(after.logins == before.logins && after.remotes == before.remotes && after.guesses == before.guesses);
  require(after.successes <= before.successes && after.failures <= before.failures);
  return 0;
}
