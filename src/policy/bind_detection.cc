// SPDX-License-Identifier: Apache-2.0
// Which detections judge reports, and with which numbers.
#include <algorithm>
#include <lua.hpp>

#include "detect/asn_kinds.h"
#include "policy/bindings.h"
#include "policy/detection_files.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

using Rules = std::vector<detect::Rule>;

Rules& rules_of(Call& call) {
  return call.context().settings->detections.rules;
}

template <class T>
T or_throw(base::Result<T> result, std::string_view function) {
  if (!result) throw FunctionError(fmt::format("{}(): {}", function, result.error().message));
  return std::move(*result);
}

void put(Rules& rules, detect::Rule rule) {
  const auto at = std::ranges::lower_bound(rules, rule.name, {}, &detect::Rule::name);
  if (at != rules.end() && at->name == rule.name)
    *at = std::move(rule);
  else
    rules.insert(at, std::move(rule));
}

int enable_detection(Call& call) {
  constexpr auto name = "enableDetection";
  auto rule = or_throw(read_detection(or_throw(detections_folder(), name), call.text(1)), name);
  if (call.given(2)) {
    rule = or_throw(detect::change_rule(std::move(rule), or_throw(rule_fields(call.lua(), 2), name)),
                    "enableDetection(\"" + call.text(1) + "\")");
  }
  put(rules_of(call), std::move(rule));
  return 0;
}

int enable_default_detections(Call& call) {
  constexpr auto name = "enableDefaultDetections";
  auto& rules = rules_of(call);
  for (auto& rule : or_throw(read_detections(or_throw(detections_folder(), name)), name)) {
    // What enableDetection() has said before this stays.
    if (std::ranges::find(rules, rule.name, &detect::Rule::name) == rules.end()) put(rules, std::move(rule));
  }
  return 0;
}

int disable_detection(Call& call) {
  auto& rules = rules_of(call);
  const auto name = call.text(1);
  const auto at = std::ranges::find(rules, name, &detect::Rule::name);
  if (at == rules.end()) {
    std::string enabled;
    for (const auto& rule : rules) enabled += (enabled.empty() ? "" : ", ") + rule.name;
    throw FunctionError(
        fmt::format("disableDetection(): \"{}\" is not enabled, only {}", name, enabled.empty() ? "nothing" : enabled));
  }
  rules.erase(at);
  return 0;
}

int define_detection(Call& call) {
  constexpr auto function = "defineDetection";
  auto fields = or_throw(rule_fields(call.lua(), 1), function);
  const auto at = fields.find("name");
  const auto* name = at == fields.end() ? nullptr : std::get_if<std::string>(&at->second);
  if (name == nullptr) throw FunctionError("defineDetection(): name is missing");
  const std::string own = *name;
  fields.erase(at);
  const auto names = or_throw(detection_names(or_throw(detections_folder(), function)), function);
  if (std::ranges::find(names, own) != names.end()) {
    throw FunctionError(fmt::format("defineDetection(): {} is ours, enableDetection() changes it", own));
  }
  put(rules_of(call), or_throw(detect::make_rule(own, fields), "defineDetection(" + own + ")"));
  return 0;
}

int set_asn_kinds(Call& call) {
  const auto file = call.text(1);
  (void)or_throw(detect::AsnKinds::load(file), "setAsnKinds");
  call.context().settings->detections.asn_kinds_file = file;
  return 0;
}

}  // namespace

std::span<const FunctionRow> detection_functions() {
  static const std::vector<FunctionRow> rows{
      {"enableDetection",
       Acts::in_global,
       {{"name", Type::text}, {"changes", Type::table, true}},
       "",
       "Judges reports by one of the detections that come with the daemon; changes are its parameters, severity, mode "
       "(\"live\" or \"shadow\": counted and shown, nobody is told), attack, cause and text.",
       &enable_detection},
      {"enableDefaultDetections",
       Acts::in_global,
       {},
       "",
       "Judges reports by all detections that come with the daemon; what enableDetection() said before stays.",
       &enable_default_detections},
      {"disableDetection",
       Acts::in_global,
       {{"name", Type::text}},
       "",
       "No longer judges reports by a detection that was enabled or defined before.",
       &disable_detection},
      {"defineDetection",
       Acts::in_global,
       {{"rule", Type::table}},
       "",
       "A detection of your own: name, kind, text, and optionally severity, mode, attack, cause and the kind's "
       "parameters.",
       &define_detection},
      {"setAsnKinds",
       Acts::in_global,
       {{"file", Type::text}},
       "",
       "Reads which autonomous systems are hosting, anonymiser or mobile from this file, in place of ours.",
       &set_asn_kinds},
  };
  return rows;
}

}  // namespace trackalert::policy
