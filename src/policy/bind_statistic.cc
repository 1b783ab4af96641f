// SPDX-License-Identifier: Apache-2.0
#include "policy/bindings.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

int stats(Call& call) {
  *call.context().output = fmt::format("{} reports\n", call.context().services.statistics.reports.value());
  return 0;
}

template <class Sums>
int show_sums(Call& call, const Sums& sums) {
  for (const auto& [name, count] : sums) *call.context().output += fmt::format("{}={}\n", name, count);
  return 0;
}

int show_perf_stats(Call& call) {
  return show_sums(call, call.context().services.statistics.perf.sums());
}
int show_command_stats(Call& call) {
  return show_sums(call, call.context().services.statistics.commands.sums());
}
int show_custom_stats(Call& call) {
  return show_sums(call, call.context().services.statistics.custom.sums());
}

int add_custom_stat(Call& call) {
  call.context().services.statistics.custom.declare(call.text(1));
  return 0;
}

int inc_custom_stat(Call& call) {
  call.context().services.statistics.custom.add(call.text(1));
  return 0;
}

}  // namespace

std::span<const FunctionRow> statistic_functions() {
  static const std::vector<FunctionRow> rows{
      {"stats", Acts::in_global, {}, "", "Shows the number of reports since the start.", &stats, nullptr, false, true},
      {"showPerfStats",
       Acts::in_global,
       {},
       "",
       "Shows how long reports waited (WTW) and ran (WTR) in the last five minutes, by milliseconds.",
       &show_perf_stats,
       nullptr,
       false,
       true},
      {"showCommandStats",
       Acts::in_global,
       {},
       "",
       "Shows how often each command came in the last five minutes.",
       &show_command_stats,
       nullptr,
       false,
       true},
      {"showCustomStats",
       Acts::in_global,
       {},
       "",
       "Shows the custom statistics of the last five minutes.",
       &show_custom_stats,
       nullptr,
       false,
       true},
      {"addCustomStat",
       Acts::in_global,
       {{"name", Type::text}},
       "",
       "Declares a counter of the operator's own, shown in the log, the console and /metrics.",
       &add_custom_stat},
      {"incCustomStat",
       Acts::in_workers,
       {{"name", Type::text}},
       "",
       "Adds one to a custom counter; an undeclared name is ignored.",
       &inc_custom_stat,
       nullptr,
       true},
  };
  return rows;
}

}  // namespace trackalert::policy
