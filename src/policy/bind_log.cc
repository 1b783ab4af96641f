// SPDX-License-Identifier: Apache-2.0
#include "policy/bindings.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

/// msg: key="value" key="value" with a blank at the end, as log parsers know it.
std::string log_line(const Call& call) {
  std::string line = base::escape_control(call.text(1));
  const auto pairs = call.pairs(2);
  if (!pairs.empty()) line += ": ";
  for (const auto& [key, value] : pairs) {
    line += fmt::format("{}=\"{}\" ", base::escape_control(key), base::escape_control(value));
  }
  return line;
}

int write_line(Call& call, base::Level level) {
  call.context().services.log.write(level, log_line(call));
  return 0;
}

int info_log(Call& call) {
  return write_line(call, base::Level::info);
}
int warn_log(Call& call) {
  return write_line(call, base::Level::warning);
}
int error_log(Call& call) {
  return write_line(call, base::Level::error);
}
int vinfo_log(Call& call) {
  return call.context().services.log.verbose() ? write_line(call, base::Level::info) : 0;
}
int debug_log(Call& call) {
  return call.context().services.log.verbose() ? write_line(call, base::Level::debug) : 0;
}

FunctionRow log_row(const char* name, const char* help, int (*run)(Call&)) {
  return {name, Acts::everywhere, {{"message", Type::text}, {"values", Type::pairs}}, "", help, run, nullptr, true};
}

}  // namespace

std::span<const FunctionRow> log_functions() {
  static const std::vector<FunctionRow> rows{
      log_row("infoLog", "Writes a line, level info: message: name=\"value\" ...", &info_log),
      log_row("vinfoLog", "As infoLog, only with -v.", &vinfo_log),
      log_row("warnLog", "As infoLog, level warning.", &warn_log),
      log_row("errorLog", "As infoLog, level error.", &error_log),
      log_row("debugLog", "As infoLog, level debug, only with -v.", &debug_log),
  };
  return rows;
}

}  // namespace trackalert::policy
