// SPDX-License-Identifier: Apache-2.0
#include "schedule/zone.h"

#include <time.h>

#include <algorithm>

namespace trackalert::schedule {

namespace {
/// How far a stretch looks ahead: few look-ups a day, and finer than any pair of changes on record.
constexpr std::chrono::hours stride{6};
}  // namespace

LocalZone::LocalZone() {
  ::tzset();
}

std::chrono::seconds LocalZone::offset_at(std::chrono::sys_seconds when) const {
  const std::time_t time = when.time_since_epoch().count();
  std::tm local{};
  if (::localtime_r(&time, &local) == nullptr) return std::chrono::seconds{0};
  return std::clamp<std::chrono::seconds>(std::chrono::seconds{local.tm_gmtoff}, -max_offset, max_offset);
}

Stretch stretch_from(const Zone& zone, std::chrono::sys_seconds from) {
  const auto offset = zone.offset_at(from);
  auto same = from;
  auto different = from + stride;
  if (zone.offset_at(different) == offset) return {from, different, offset};
  while (different - same > std::chrono::seconds{1}) {
    const auto middle = same + (different - same) / 2;
    (zone.offset_at(middle) == offset ? same : different) = middle;
  }
  return {from, different, offset};
}

}  // namespace trackalert::schedule
