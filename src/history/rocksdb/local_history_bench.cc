// SPDX-License-Identifier: Apache-2.0
// What a report costs the thread that appends it, and what questions cost, on a small history.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr std::size_t logins = 1000;
constexpr Time begin = Time{1'795'000'000} * second;

/// In a folder that goes with it.
class Small {
 public:
  Small() {
    std::string name = (std::filesystem::temp_directory_path() / "trackalert-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    auto opened = LocalHistory::open({.options = {.folder = folder_ / "history"}}, clock_, log_, registry_);
    if (!opened) throw std::runtime_error(opened.error().message);
    history_ = std::move(*opened);
  }
  ~Small() {
    history_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Small(const Small&) = delete;
  Small& operator=(const Small&) = delete;

  LocalHistory& operator*() { return *history_; }

  /// So many reports, one second after another.
  void append(std::size_t count) {
    std::vector<login::Report> reports(count);
    std::vector<Arrival> arrivals;
    for (auto& report : reports) {
      const auto number = random_() % logins;
      report.login = fmt::format("user{}@example.com", number);
      report.remote =
          base::Address::v4({10, 0, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
      report.protocol = "imap";
      report.success = random_() % 10 != 0;
      report.t = static_cast<double>((now_ += second) / second);
      arrivals.push_back({&report});
    }
    clock_.set_wall(base::WallTime{std::chrono::microseconds{now_}});
    if (const auto done = history_->append(arrivals); !done) throw std::runtime_error(done.error().message);
  }
  [[nodiscard]] Time now() const { return now_; }
  std::string some_login() { return fmt::format("user{}@example.com", random_() % logins); }

 private:
  std::filesystem::path folder_;
  base::FakeClock clock_;
  base::Log log_{{.syslog = false, .sink = [](base::Level, std::string_view) {}}};
  metrics::Registry registry_;
  std::unique_ptr<LocalHistory> history_;
  std::mt19937_64 random_{1};
  Time now_ = begin;
};

void append(benchmark::State& state) {
  Small history;
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) history.append(batch);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}
BENCHMARK(append)->Arg(1)->Arg(64);

constexpr std::size_t kept = 50'000;

void look_up_profile(benchmark::State& state) {
  Small history;
  history.append(kept);
  for (auto _ : state) benchmark::DoNotOptimize((*history).profile(history.some_login()));
}
BENCHMARK(look_up_profile);

void look_up_trend(benchmark::State& state) {
  Small history;
  history.append(kept);
  for (auto _ : state) {
    benchmark::DoNotOptimize((*history).trend(Facet::login, history.some_login(), history.now() - hour, history.now()));
  }
}
BENCHMARK(look_up_trend);

void ask(benchmark::State& state, const decltype(Query::what)& what, bool of_a_login) {
  Small history;
  history.append(kept);
  if (!(*history).seal_now()) throw std::runtime_error("not sealed");
  for (auto _ : state) {
    Query query{.what = what};
    if (of_a_login) query.filter.login = history.some_login();
    const auto answer = (*history).query(query);
    if (!answer) throw std::runtime_error(answer.error().message);
  }
}
BENCHMARK_CAPTURE(ask, events_of_a_login, EventsQuery{.limit = 50}, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ask, count, CountQuery{}, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ask, top_remotes, (TopQuery{.facet = Facet::remote, .limit = 20, .by = TopQuery::By::failures}),
                  false)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ask, distinct_logins, DistinctQuery{.facet = Facet::login}, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ask, series_by_hour, SeriesQuery{.bucket = hour}, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(ask, significant_nets, (SignificantQuery{.facet = Facet::net, .limit = 20}), false)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace trackalert::history::rocksdb
