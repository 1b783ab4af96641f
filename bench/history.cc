// SPDX-License-Identifier: Apache-2.0
// What the history costs: fills a directory with a stream of logins, then asks it questions. Times are printed as they
// are and as multiples of a yardstick measured in the same run: parsing one report's JSON.
//   trackalert_bench_history DIRECTORY [REPORTS [DAYS [MEMORY_MIB [BEGIN]]]]
// DAYS: over which the reports are spread; by default as dense as 5 million in 30 days. BEGIN: their first second.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <thread>

#include "bench/logins.h"
#include "bench/process.h"
#include "bench/stream.h"
#include "history/answer_json.h"
#include "history/rocksdb/local_history.h"
#include "login/parse.h"

using namespace trackalert;

namespace {

using Us = std::chrono::duration<double, std::micro>;
using bench::cpu_us;
using bench::fail;
using bench::reports_a_batch;
using bench::resident_mib;
using bench::StreamClock;

std::size_t disk_bytes(const std::string& folder) {
  std::size_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

double yardstick_us() {
  bench::Logins stream({.reports = 1000});
  bench::Logins::Login login;
  std::vector<std::string> bodies;
  while (stream.next(login)) {
    history::write_event_line(bodies.emplace_back(), {0, stream.now(), login.report, login.place});
  }
  login::Parser parser;
  constexpr int rounds = 50;
  const auto begin = cpu_us();
  for (int round = 0; round < rounds; ++round) {
    for (const auto& body : bodies) {
      if (!parser.report(body, 0)) std::abort();
    }
  }
  return (cpu_us() - begin) / (rounds * static_cast<double>(bodies.size()));
}

struct Timed {
  double p50 = 0;
  double p99 = 0;
};
template <class Body>
Timed timed(int times, Body&& body) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    all.push_back(Us(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(all);
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

double generate_only(const bench::LoginOptions& options) {
  bench::Logins stream(options);
  bench::Logins::Login login;
  const auto begin = cpu_us();
  while (stream.next(login)) {
  }
  return cpu_us() - begin;
}

void fill(history::History& history, const bench::LoginOptions& options, StreamClock& clock) {
  bench::Logins stream(options);
  std::vector<bench::Logins::Login> batch(reports_a_batch);
  std::vector<history::Arrival> arrivals;
  std::size_t done = 0;
  for (bool more = true; more;) {
    arrivals.clear();
    for (auto& login : batch) {
      more = stream.next(login);
      if (!more) break;
      arrivals.push_back({&login.report, login.place});
    }
    clock.set(stream.now());
    bench::append(history, arrivals);
    done += arrivals.size();
    if (done % 500'000 < reports_a_batch && isatty(2) != 0) std::fprintf(stderr, "\r%zu reports", done);
  }
}

class Table {
 public:
  explicit Table(double yardstick) : yardstick_(yardstick) {}
  void time(const char* what, double us) const {
    fmt::print("{:<52} {:>12.2f} us {:>10.2f} x\n", what, us, us / yardstick_);
  }
  static void number(const char* what, double value, const char* unit) {
    fmt::print("{:<52} {:>12.2f} {}\n", what, value, unit);
  }

 private:
  const double yardstick_;
};

/// As the report function asks, and an analyst.
void ask(history::rocksdb::LocalHistory& history, const bench::LoginOptions& options, const Table& table) {
  std::mt19937_64 random(7);
  const bench::ZipfRanks logins(options.logins);
  const auto login = [&] { return fmt::format("user{}@example.com", logins(random)); };
  constexpr int look_ups = 20'000;
  const auto missed = history.derived().counts().profiles.misses;
  const auto profile = timed(look_ups, [&] {
    if (!history.profile(login())) fail("profile");
  });
  table.time("profile look-up, p50", profile.p50);
  table.time("profile look-up, p99", profile.p99);
  Table::number("  of them not from memory",
                100.0 * static_cast<double>(history.derived().counts().profiles.misses - missed) / look_ups, "%");
  const auto query = [&](history::Query asked) {
    asked.limits.time = std::chrono::minutes(5);
    const auto answer = history.query(asked);
    if (!answer) fail(answer.error().message);
  };
  const auto last = timed(2'000, [&] {
    history::Query events{.what = history::EventsQuery{.limit = 50}};
    events.filter.login = login();
    query(events);
  });
  table.time("one login's last 50 reports, p50", last.p50);
  table.time("one login's last 50 reports, p99", last.p99);
  const auto end = options.begin + options.length;
  table.time("top 20 remotes by failures over the whole time",
             timed(3, [&] {
               query({.filter = {.since = options.begin, .until = end},
                      .what = history::TopQuery{
                          .facet = history::Facet::remote, .limit = 20, .by = history::TopQuery::By::failures}});
             }).p50);
  table.time("the last day's series by hour", timed(10, [&] {
                                                query({.filter = {.since = end - history::day, .until = end},
                                                       .what = history::SeriesQuery{.bucket = history::hour}});
                                              }).p50);
  table.time("trend of a login, 7 days",
             timed(5'000, [&] {
               if (!history.trend(history::Facet::login, login(), end - 7 * history::day, end)) fail("trend");
             }).p50);
}

/// Bytes a report by kind, and what all of it comes to.
void weigh(history::rocksdb::Store& store, double reports, const char* what) {
  double sum = 0;
  for (std::size_t i = 0; i < history::rocksdb::family_count; ++i) {
    const auto family = static_cast<history::rocksdb::Family>(i);
    const auto bytes = static_cast<double>(store.family_bytes(family)) / reports;
    sum += bytes;
    if (bytes >= 0.005) {
      Table::number(fmt::format("  {}", history::rocksdb::family_name(family)).c_str(), bytes, "B a report");
    }
  }
  Table::number(what, sum, "B a report");
}

void compact(history::rocksdb::Store& store) {
  using history::rocksdb::Family;
  for (const auto family :
       {Family::tail, Family::logins, Family::remotes, Family::profiles, Family::trends, Family::days}) {
    if (auto done = store.rewrite(family, {"", std::string(64, '\xff')}); !done) fail(done.error().message);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-')
    fail("usage: trackalert_bench_history DIRECTORY [REPORTS [DAYS [MEMORY_MIB [BEGIN]]]]");
  const std::string folder = argv[1];
  bench::LoginOptions options;
  if (argc > 2) options.reports = std::stoul(argv[2]);
  options.length = static_cast<history::Time>(options.reports) * 30 * history::day / 5'000'000;
  if (argc > 3) options.length = std::stol(argv[3]) * history::day;
  history::rocksdb::LocalHistory::Setup setup;
  setup.options.folder = folder;
  if (argc > 4) setup.options.memory_bytes = std::stoul(argv[4]) << 20;
  if (argc > 5) options.begin = std::stol(argv[5]) * history::second;
  StreamClock clock;
  clock.set(options.begin + options.length);
  base::Log log({.syslog = false});
  metrics::Registry registry;
  const auto yardstick = yardstick_us();
  const Table table(yardstick);
  table.time("yardstick: parsing a report", yardstick);
  const auto open = [&] {
    auto history = history::rocksdb::LocalHistory::open(setup, clock, log, registry);
    if (!history) fail(history.error().message);
    return std::move(*history);
  };
  if (!std::filesystem::exists(folder)) {
    const auto reports = static_cast<double>(options.reports);
    const auto generating = generate_only(options);
    const auto before = resident_mib();  // the tables that logins are drawn from
    const auto begin = cpu_us();
    clock.set(options.begin);
    auto history = open();
    fill(*history, options, clock);
    Table::number("resident memory after filling, less that of before", resident_mib() - before, "MiB");
    Table::number("  of it known to the history", static_cast<double>(history->status().memory_bytes) / (1 << 20),
                  "MiB");
    if (auto sealed = history->seal_now(); !sealed) fail(sealed.error().message);
    table.time("CPU a report: log, profiles, trends, sealing", (cpu_us() - begin - generating) / reports);
    fmt::print("while files are merged:\n");
    ask(*history, options, table);
    while (history->store().merge_bytes() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    fmt::print("at rest:\n");
    ask(*history, options, table);
    history.reset();
    Table::number("the directory as it is", static_cast<double>(disk_bytes(folder)) / reports, "B a report");
  }
  fmt::print("after a new start, nothing in memory:\n");
  const auto begin = std::chrono::steady_clock::now();
  auto history = open();
  table.time("start", Us(std::chrono::steady_clock::now() - begin).count());
  ask(*history, options, table);
  compact(history->store());
  weigh(history->store(), static_cast<double>(options.reports), "on the disk, after compaction");
}
