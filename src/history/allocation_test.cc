// SPDX-License-Identifier: Apache-2.0
// What every report does must not ask for memory: this program counts who does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "history/profile.h"
#include "history/trend.h"

namespace {
thread_local std::size_t allocations = 0;
}

// Not inlined: GCC would see what comes from new go to free(), and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size > 0 ? size : 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace trackalert::history {
namespace {

Event known_event() {
  Event event;
  event.time = Time{1'795'000'000} * second;
  event.report.login = std::string(300, 'x');
  event.report.protocol = std::string(300, 'y');
  event.report.remote = *base::parse_address("2001:db8::1");
  event.report.device_attrs = {{"browser.family", std::string(40, 'b')}, {"os.family", std::string(40, 'o')}};
  event.place.country_code = "DE";
  event.place.asn = 64500;
  return event;
}

TEST(Allocation, NoneForAReportWhoseValuesAreKnown) {
  auto event = known_event();
  Profile profile;
  std::uint64_t evicted = 0;
  profile.add(event, evicted);
  event.report.success = true;
  const auto before = allocations;
  const auto novelty = profile.add(event, evicted);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(novelty.new_values, 0);
}

TEST(Allocation, NoneForTheFirstReportOfAnAddress) {
  const auto before = allocations;
  TrendDay record;
  record.add({Facet::remote, 20'700 * day, false, true, true, {1, 2, 3}});
  EXPECT_EQ(allocations, before);
}

TEST(Allocation, NoneForTheSameReportAgain) {
  TrendDay record;
  for (Time at = 0; at < 5 * hour; at += 20 * minute) {
    record.add({Facet::all, 20'700 * day + at, false, true, true, {1, 2, 3}});
  }
  const auto before = allocations;
  record.add({Facet::all, 20'700 * day + 5 * hour - 20 * minute, false, true, true, {1, 2, 3}});
  EXPECT_EQ(allocations, before);
}

TEST(Allocation, IsCounted) {
  const auto before = allocations;
  const std::string long_text(100, 'x');
  EXPECT_GT(allocations, before);
}

}  // namespace
}  // namespace trackalert::history
