// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "history/profile.h"

namespace trackalert::history {
namespace {

constexpr Time start = Time{1'795'000'000} * second;

Event event_of(int place, Time time) {
  Event event;
  event.time = time;
  event.report.login = "ann@example.com";
  event.report.success = true;
  event.report.remote = base::Address::v4({192, 0, static_cast<std::uint8_t>(place), 77});
  event.report.protocol = place % 2 == 0 ? "imap" : "smtp";
  event.report.device_attrs = {{"browser.family", "Firefox"},
                               {"browser.major", "115"},
                               {"browser.minor", "0"},
                               {"device.brand", ""},
                               {"device.family", place % 3 == 0 ? "Other" : "iPhone"},
                               {"device.model", ""},
                               {"os.family", place % 2 == 0 ? "Windows" : "iOS"},
                               {"os.major", "10"},
                               {"os.minor", ""}};
  event.place.country_code = place % 4 == 0 ? "FR" : "DE";
  event.place.asn = 64500 + static_cast<std::uint32_t>(place);
  return event;
}

/// 22 hours of the week, 5 networks, 5 systems, 2 countries, 4 devices, 2 protocols.
Profile usual() {
  Profile profile;
  std::uint64_t evicted = 0;
  for (int i = 0; i < 22; ++i) profile.add(event_of(i % 5, start + i * hour), evicted);
  return profile;
}

void profile_add_known(benchmark::State& state) {
  auto profile = usual();
  int values = 0;
  profile.for_each([&](Facet, std::string_view, const Usage&) { ++values; });
  std::vector<Event> events;
  for (int i = 0; i < 8; ++i) events.push_back(event_of(i % 5, start + i * hour));
  std::uint64_t evicted = 0;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(profile.add(events[++i % events.size()], evicted));
  state.counters["values"] = values;
  state.counters["bytes"] = static_cast<double>(profile.bytes().size());
}
BENCHMARK(profile_add_known);

void profile_add_new_login(benchmark::State& state) {
  const auto event = event_of(1, start);
  std::uint64_t evicted = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    Profile profile;
    benchmark::DoNotOptimize(profile.add(event, evicted));
    bytes = profile.bytes().size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(profile_add_new_login);

void profile_from_bytes(benchmark::State& state) {
  const auto profile = usual();
  for (auto _ : state) benchmark::DoNotOptimize(Profile::from_bytes(profile.bytes()));
}
BENCHMARK(profile_from_bytes);

void profile_find(benchmark::State& state) {
  const auto profile = usual();
  for (auto _ : state) benchmark::DoNotOptimize(profile.find(Facet::device, "iOS / Firefox / iPhone"));
}
BENCHMARK(profile_find);

void values_alone(benchmark::State& state) {
  const auto event = event_of(1, start);
  ValueBuffer buffer;
  for (auto _ : state) {
    for (const auto facet : profile_facets) benchmark::DoNotOptimize(value_of(facet, event, buffer));
  }
}
BENCHMARK(values_alone);

}  // namespace
}  // namespace trackalert::history
