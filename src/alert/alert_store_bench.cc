// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_store.h"

#include <benchmark/benchmark.h>

#include "alert/alert_for_tests.h"
#include "alert/temporary_folder_for_tests.h"

namespace trackalert::alert {
namespace {

Alert wide_alert(std::uint64_t number) {
  auto alert = full_alert(number);
  for (int i = 0; i < 200; ++i) {
    alert.sources.add(fmt::format("192.0.2.{}", i));
    alert.logins.add(fmt::format("user{}@example.org", i));
  }
  return alert;
}

/// One alert of 400 names that goes on, a transaction each; or so many in one.
void save(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto store = AlertStore::open(folder.file("alerts.db")).value();
  std::vector<Alert> alerts;
  std::vector<const Alert*> pointers;
  for (std::int64_t i = 0; i < state.range(0); ++i) alerts.push_back(wide_alert(static_cast<std::uint64_t>(i)));
  for (auto& alert : alerts) pointers.push_back(&alert);
  for (auto _ : state) {
    for (auto& alert : alerts) ++alert.count;
    if (!store->save(pointers)) state.SkipWithError("not saved");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(save)->Arg(1)->Arg(100);

/// A hundred of 10,000 small alerts, by one login that few of them have.
void list_by_login(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto store = AlertStore::open(folder.file("alerts.db")).value();
  std::vector<Alert> alerts;
  std::vector<const Alert*> pointers;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    alerts.push_back(full_alert(i));
    if (i % 1000 == 0) alerts.back().logins.add("zoe");
  }
  for (auto& alert : alerts) pointers.push_back(&alert);
  if (!store->save(pointers)) state.SkipWithError("not saved");
  for (auto _ : state) benchmark::DoNotOptimize(store->list({.login = "zoe"}));
}
BENCHMARK(list_by_login);

void allow_list(benchmark::State& state) {
  std::vector<Allowance> entries;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    entries.push_back(
        make_allowance("remote", {.value = fmt::format("10.{}.{}.0/{}", i / 256, i % 256, 24 + i % 8)}).value());
  }
  const AllowList list(std::move(entries));
  const auto remote = base::parse_address("203.0.113.9").value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        list.allows("stranger", {.login = "joe", .remote = &remote, .asn = 64500, .country = "DE"}, test_start));
  }
}
BENCHMARK(allow_list)->Arg(0)->Arg(10'000);

}  // namespace
}  // namespace trackalert::alert
