// SPDX-License-Identifier: Apache-2.0
#include "api/report_line.h"

#include <fmt/format.h>

#include "base/log.h"

namespace trackalert::api {
namespace {

std::string quoted(const std::string& text) {
  return '"' + base::escape_control(text) + '"';
}

void append_pair(std::string& out, const std::string& name, const std::string& value) {
  if (!out.ends_with('{')) out += ", ";
  out += base::escape_control(name) + "=" + value;
}

}  // namespace

std::string report_line(const login::Report& report) {
  std::string out = fmt::format(
      R"(reportLog: remote="{}" login={} success="{:d}" policy_reject="{:d}" pwhash={} protocol={} device_id={} )",
      report.remote.to_string(), quoted(report.login), report.success, report.policy_reject, quoted(report.pwhash),
      quoted(report.protocol), quoted(report.device_id));
  out += "device_attrs={";
  for (const auto& [name, value] : report.device_attrs) append_pair(out, name, quoted(value));
  out += "} attrs={";
  for (const auto& [name, value] : report.attrs) append_pair(out, name, quoted(value));
  for (const auto& [name, values] : report.attrs_mv) {
    std::string list = "[";
    for (const auto& value : values) list += (list.size() > 1 ? ", " : "") + quoted(value);
    append_pair(out, name, list + "]");
  }
  return out + "} ";
}

}  // namespace trackalert::api
