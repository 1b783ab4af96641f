// SPDX-License-Identifier: Apache-2.0
// What calling the operator's Lua costs, with what is around it.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "alert/webhooks.h"
#include "geo/databases.h"
#include "policy/policy.h"

namespace trackalert::policy {
namespace {

class Surroundings {
 public:
  explicit Surroundings(const std::string& config) {
    auto loaded =
        Policy::load({"bench.conf", config}, {log_, clock_, statistics_, control_, geo_, webhooks_, history_});
    if (!loaded) throw std::runtime_error(loaded.error().message);
    policy_ = std::move(*loaded);
  }
  Policy& policy() { return *policy_; }

 private:
  base::SystemClock clock_;
  base::Log log_{{.syslog = false, .sink = [](base::Level, std::string_view) {}}};
  Statistics statistics_{clock_};
  NoControl control_;
  geo::Databases geo_;
  alert::Webhooks webhooks_{clock_, log_, statistics_.registry};
  const std::atomic<const RunningHistory*> history_{nullptr};
  std::unique_ptr<Policy> policy_;
};

login::Report report() {
  login::Report out;
  out.login = "ann@example.com";
  out.remote = base::Address::v4({192, 0, 2, 1});
  out.protocol = "imap";
  out.success = true;
  out.device_attrs = {{"imapc.family", "Mac OS X Mail"}, {"os.family", "Mac OS X"}};
  return out;
}

void call(benchmark::State& state, const char* config) {
  Surroundings around(config);
  const auto one = report();
  for (auto _ : state) around.policy().run_report(0, std::make_unique<login::Report>(one));
}
BENCHMARK_CAPTURE(call, nothing, "setReport(function(lt) end)");
BENCHMARK_CAPTURE(call, fields,
                  "local n = 0 setReport(function(lt) if lt.success and lt.protocol == 'imap' and lt.login ~= '' and "
                  "lt.device_attrs['os.family'] == 'x' then n = n + 1 end end)");

}  // namespace
}  // namespace trackalert::policy
