// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "metrics/registry.h"
#include "metrics/windows.h"

namespace trackalert::metrics {
namespace {

void count(benchmark::State& state) {
  static Counter counter;
  for (auto _ : state) counter.add();
}
BENCHMARK(count)->Threads(1)->Threads(2)->UseRealTime();

void observe(benchmark::State& state) {
  static Histogram histogram;
  for (auto _ : state) histogram.observe(0.005);
}
BENCHMARK(observe)->Threads(1)->Threads(2)->UseRealTime();

void perf_stats(benchmark::State& state) {
  static const base::SystemClock clock;
  static PerfStats stats(clock);
  for (auto _ : state) stats.ran(std::chrono::microseconds{500}, clock.steady());
}
BENCHMARK(perf_stats)->Threads(1)->Threads(2)->UseRealTime();

void named_counts(benchmark::State& state) {
  static const base::SystemClock clock;
  static Registry registry;
  static NamedCounts counts(clock, registry, {"names_total", "Names", "name"});
  for (const auto* name : {"livez", "readyz", "report", "stats"}) counts.declare(name);
  for (auto _ : state) counts.add("report");
}
BENCHMARK(named_counts)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace trackalert::metrics
