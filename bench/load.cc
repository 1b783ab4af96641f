// SPDX-License-Identifier: Apache-2.0
// The load generator's command line: a warm-up, a measured part, one JSON object on standard output.
//
// With --barrier it is told what to measure, and when: after the warm-up it writes "warm"; each line "REQUESTS RATE" on
// standard input (rate 0: closed loop) is one measured part and one JSON object; the connections stay open until
// standard input ends. So whoever started it can look at the server while nothing moves, and measure servers in turns.
#include <fmt/format.h>
#include <getopt.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/json_writer.h"
#include "bench/generator.h"
#include "bench/reports.h"

namespace trackalert::bench {
namespace {

constexpr std::string_view usage_text = R"(usage: trackalert_bench_load [OPTION VALUE]...
  --server ADDRESS:PORT      of the server (127.0.0.1:8085)
  --path TARGET              of the requests (/?command=report)
  --authorization USER:PASS  (wforce:secret)
  --connections N            keep-alive connections (64)
  --warmup N                 requests before the clock runs (10000)
  --requests N               measured requests (100000), or
  --seconds S                measured time
  --rate R                   requests due per second, at random; without it: as fast as answers come
  --threads N                that share the connections and the rate (1)
  --distinct N               different requests (4096)
  --bodies FILE              requests from its lines, one after the other and over again, in place of these:
  --logins N --addresses N   that they draw from (100000, 50000), Zipf distributed
  --seed N                   of all chance (1)
  --barrier                  measure once for each line "REQUESTS RATE" of standard input, close at its end
)";

struct Options {
  ReportOptions reports;
  std::string bodies;  ///< a file
  base::Endpoint server;
  unsigned connections = 64;
  unsigned threads = 1;
  std::uint64_t warmup = 10'000;
  std::uint64_t requests = 100'000;
  double seconds = 0;
  double rate = 0;
  bool barrier = false;
};

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool set_option(char name, const char* value, Options& options) {
  switch (name) {
    case 's':
      options.reports.host = value;
      return true;
    case 'p':
      options.reports.target = value;
      return true;
    case 'a':
      options.reports.authorization = value;
      return true;
    case 'c':
      return read_number(value, options.connections);
    case 'w':
      return read_number(value, options.warmup);
    case 'n':
      return read_number(value, options.requests);
    case 'd':
      return read_number(value, options.seconds);
    case 'r':
      return read_number(value, options.rate);
    case 't':
      return read_number(value, options.threads);
    case 'D':
      return read_number(value, options.reports.count);
    case 'B':
      options.bodies = value;
      return true;
    case 'L':
      return read_number(value, options.reports.logins);
    case 'A':
      return read_number(value, options.reports.addresses);
    case 'S':
      return read_number(value, options.reports.seed);
    case 'b':
      options.barrier = true;
      return true;
    default:
      return false;
  }
}

/// Nothing if the command line is not one of ours.
std::optional<Options> parse(int argc, char** argv) {
  const option names[] = {{"server", required_argument, nullptr, 's'},
                          {"path", required_argument, nullptr, 'p'},
                          {"authorization", required_argument, nullptr, 'a'},
                          {"connections", required_argument, nullptr, 'c'},
                          {"warmup", required_argument, nullptr, 'w'},
                          {"requests", required_argument, nullptr, 'n'},
                          {"seconds", required_argument, nullptr, 'd'},
                          {"rate", required_argument, nullptr, 'r'},
                          {"threads", required_argument, nullptr, 't'},
                          {"distinct", required_argument, nullptr, 'D'},
                          {"bodies", required_argument, nullptr, 'B'},
                          {"logins", required_argument, nullptr, 'L'},
                          {"addresses", required_argument, nullptr, 'A'},
                          {"seed", required_argument, nullptr, 'S'},
                          {"barrier", no_argument, nullptr, 'b'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  Options options;
  int found = 0;
  while ((found = getopt_long(argc, argv, "", names, nullptr)) != -1) {  // NOLINT(concurrency-mt-unsafe)
    if (!set_option(static_cast<char>(found), optarg, options)) return std::nullopt;
  }
  const auto server = base::parse_endpoint(options.reports.host, 8085);
  if (!server || optind != argc) return std::nullopt;
  options.server = *server;
  const auto& reports = options.reports;
  const bool sane = options.threads > 0 && options.connections >= options.threads && options.connections <= 100'000 &&
                    options.requests > 0 && options.seconds >= 0 && options.rate >= 0 && reports.count > 0 &&
                    reports.count <= 10'000'000 && reports.logins > 0 && reports.logins <= 100'000'000 &&
                    reports.addresses > 0 && reports.addresses <= 1 << 24;
  return sane ? std::optional(options) : std::nullopt;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using Generators = std::vector<std::unique_ptr<Generator>>;

/// A share of `whole` for worker `index` of `count`; the shares add up.
template <class Number>
Number share(Number whole, unsigned index, unsigned count) {
  return whole / count + (index < whole % count ? 1 : 0);
}

base::Result<Generators> open_all(const Options& options, const std::vector<std::string>& requests) {
  Generators out;
  for (unsigned i = 0; i < options.threads; ++i) {
    out.push_back(std::make_unique<Generator>(requests, options.server, requests.size() / options.threads * i));
    const auto connected = out.back()->connect(share(options.connections, i, options.threads));
    if (!connected) return std::unexpected(connected.error());
  }
  return out;
}

/// All generators at once, the first one on this thread.
base::Result<Tally> run_all(Generators& generators, const Traffic& whole) {
  const auto count = static_cast<unsigned>(generators.size());
  std::vector<base::Result<Tally>> results(count);
  const auto run = [&](unsigned i) {
    Traffic part = whole;
    part.requests = share(whole.requests, i, count);
    part.rate = whole.rate / count;
    if (whole.requests == 0 || part.requests > 0) results[i] = generators[i]->run(part);
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < count; ++i) {
      threads.emplace_back(run, i);
      pthread_setname_np(threads.back().native_handle(), "load");
    }
    run(0);
  }
  Tally sum;
  for (const auto& result : results) {
    if (!result) return std::unexpected(result.error());
    sum.add(*result);
  }
  return sum;
}

double to_us(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}

std::string to_json(const Tally& tally, double cpu_seconds) {
  const auto seconds = std::chrono::duration<double>(tally.elapsed).count();
  base::JsonWriter json;
  json.begin_object().key("requests").value(tally.answers).key("seconds").value(seconds);
  json.key("rate").value(seconds > 0 ? static_cast<double>(tally.answers) / seconds : 0.0);
  json.key("broken").value(tally.broken).key("statuses").begin_object();
  for (std::size_t i = 0; i < tally.statuses.size(); ++i) {
    if (tally.statuses[i] > 0) json.key(std::to_string(i)).value(tally.statuses[i]);
  }
  json.end_object();
  json.key("p50_us").value(to_us(tally.latency.quantile(0.5)));
  json.key("p90_us").value(to_us(tally.latency.quantile(0.9)));
  json.key("p99_us").value(to_us(tally.latency.quantile(0.99)));
  json.key("p999_us").value(to_us(tally.latency.quantile(0.999)));
  json.key("max_us").value(to_us(tally.latency.max()));
  json.key("late_p99_us").value(to_us(tally.lateness.quantile(0.99)));
  json.key("cpu_seconds").value(cpu_seconds).end_object();
  return std::move(json).text();
}

base::Result<void> measure(Generators& generators, const Traffic& traffic) {
  const auto cpu_before = own_cpu_seconds();
  const auto tally = run_all(generators, traffic);
  if (!tally) return std::unexpected(tally.error());
  std::cout << to_json(*tally, own_cpu_seconds() - cpu_before) << '\n' << std::flush;
  return {};
}

base::Result<void> measure_as_told(Generators& generators) {
  std::cout << "warm\n" << std::flush;
  Traffic traffic;
  while (std::cin >> traffic.requests >> traffic.rate) {
    if (traffic.requests == 0 || !(traffic.rate >= 0)) return base::fail("not a number of requests and a rate");
    if (auto measured = measure(generators, traffic); !measured) return measured;
  }
  return {};
}

base::Result<std::vector<std::string>> make_requests(const Options& options) {
  if (options.bodies.empty()) return build_reports(options.reports);
  std::ifstream file(options.bodies, std::ios::binary);
  std::vector<std::string> bodies;
  for (std::string line; std::getline(file, line);) bodies.push_back(line);
  if (bodies.empty()) return base::fail("{} has no lines", options.bodies);
  return build_requests(options.reports, bodies);
}

base::Result<void> warm_up_and_measure(Options options) {
  options.reports.first = base::SystemClock().now();
  const auto requests = make_requests(options);
  if (!requests) return std::unexpected(requests.error());
  auto generators = open_all(options, *requests);
  if (!generators) return std::unexpected(generators.error());
  if (options.warmup > 0) {
    if (auto warm = run_all(*generators, Traffic{.requests = options.warmup}); !warm) {
      return std::unexpected(warm.error());
    }
  }
  if (options.barrier) return measure_as_told(*generators);
  return measure(*generators, {.requests = options.seconds > 0 ? 0 : options.requests,
                               .duration = std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9)),
                               .rate = options.rate});
}

}  // namespace
}  // namespace trackalert::bench

int main(int argc, char** argv) {
  const auto options = trackalert::bench::parse(argc, argv);
  if (!options) {
    std::fputs(trackalert::bench::usage_text.data(), stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL);  // else every paced request is up to 50 us late
  const auto done = trackalert::bench::warm_up_and_measure(*options);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
