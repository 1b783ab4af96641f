// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "login/parse.h"

namespace trackalert::login {
namespace {

/// As wforce's webhook posts it, from a phone's browser.
constexpr std::string_view report_of_a_browser =
    R"({"attrs": {"cos": "basic"}, "device_attrs": {"browser.family": "Mobile Safari", "browser.major": "16", )"
    R"("browser.minor": "5", "device.brand": "Apple", "device.family": "iPhone", "device.model": "iPhone", )"
    R"("os.family": "iOS", "os.major": "16", "os.minor": "5"}, "device_id": "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 )"
    R"(like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1", )"
    R"("fail_type": "", "login": "user1234@example.com", "policy_reject": false, "protocol": "http", )"
    R"("pwhash": "3fa2", "remote": "198.51.100.7", "session_id": "s8f2b1c", "success": true, )"
    R"("t": 1795000000.123456, "tls": true, "type": "wforce_report"})";

void parse_report(benchmark::State& state) {
  Parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.report(report_of_a_browser, 0));
}
BENCHMARK(parse_report);

}  // namespace
}  // namespace trackalert::login
