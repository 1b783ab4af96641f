// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "device/device_parser.h"
#include "device/imap_id.h"
#include "device/mobile_app.h"

namespace trackalert::device {
namespace {

constexpr const char* regexes_file = "/usr/share/uap-core/regexes.yaml";
constexpr const char* desktop =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.129 "
    "Safari/537.36";
constexpr const char* phone =
    "Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile "
    "Safari/537.36";
constexpr const char* opera =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 "
    "OPR/106.0.0.0";
constexpr const char* imap_id =
    "\"name\" \"Mac OS X Mail\" \"version\" \"10.0 (3226)\" \"os\" \"Mac OS X\" \"os-version\" \"10.12 (16A323)\" "
    "\"vendor\" \"Apple Inc.\"";
constexpr const char* mobile_app = "OpenXchange.iOS.Mail/1.0.3 (OS: 10.0.3; device: iPhone 7 Plus)";

std::unique_ptr<DeviceParser> loaded() {
  base::Log log(base::Log::Options{.syslog = false});
  auto parser = DeviceParser::load(regexes_file, log);
  if (!parser) throw std::runtime_error(parser.error().message);
  return std::move(*parser);
}

void load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(loaded());
}
BENCHMARK(load)->Unit(benchmark::kMillisecond);

void browser_uncached(benchmark::State& state, const char* text) {
  base::Log log(base::Log::Options{.syslog = false});
  const auto agents = UserAgents::load(regexes_file, log);
  if (!agents) throw std::runtime_error(agents.error().message);
  for (auto _ : state) benchmark::DoNotOptimize(agents->parse(text));
}
BENCHMARK_CAPTURE(browser_uncached, desktop, desktop);
BENCHMARK_CAPTURE(browser_uncached, phone, phone);
BENCHMARK_CAPTURE(browser_uncached, opera, opera);

void cached(benchmark::State& state, const char* protocol, const char* text) {
  const auto parser = loaded();
  for (auto _ : state) benchmark::DoNotOptimize(parser->parse(protocol, text));
}
BENCHMARK_CAPTURE(cached, browser, "http", desktop);
BENCHMARK_CAPTURE(cached, imap, "imap", imap_id);
BENCHMARK_CAPTURE(cached, mobile, "mobileapi", mobile_app);

void imap_id_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_imap_id(imap_id));
}
BENCHMARK(imap_id_alone);

void mobile_app_alone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_mobile_app(mobile_app));
}
BENCHMARK(mobile_app_alone);

}  // namespace
}  // namespace trackalert::device
