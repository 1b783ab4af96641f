// SPDX-License-Identifier: Apache-2.0
// A detection as data: what it counts, over what, and when that is too much. Kinds are evaluated in C++; a rule picks
// one and sets its parameters. Plain values, built by make_rule() alone, so that every parameter is there and in its
// bounds.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace trackalert::detect {

enum class Severity : std::uint8_t { info, low, medium, high, critical };
enum class Kind : std::uint8_t { threshold, distinct, novelty, velocity, sequence, baseline, campaign };
/// shadow: counted and shown, nobody is told.
enum class Mode : std::uint8_t { live, shadow };

[[nodiscard]] std::string_view severity_name(Severity severity);
[[nodiscard]] std::optional<Severity> severity_by_name(std::string_view name);
[[nodiscard]] std::string_view kind_name(Kind kind);

using Texts = std::vector<std::string>;
/// As configurations write it.
using Value = std::variant<double, bool, std::string, Texts>;
using Values = std::map<std::string, Value, std::less<>>;

/// One parameter of a kind: the row that checks, defaults and documents come from.
struct ParameterRow {
  std::string_view name;  ///< with its unit
  Value standard;         ///< its type is the parameter's
  double least = 0;       ///< of a number
  double most = 0;
  std::vector<std::string_view> choices;  ///< of a text, or of each of several texts; empty: any
  std::string_view help;
};
[[nodiscard]] std::span<const ParameterRow> parameter_rows(Kind kind);

struct Rule {
  std::string name;
  Kind kind = Kind::threshold;
  Severity severity = Severity::medium;
  Mode mode = Mode::live;
  std::string attack;  ///< MITRE ATT&CK id: "T1110.003"
  /// Findings of one cause about one key are one alert, whichever rules see it. By default the rule's own name.
  std::string cause;
  std::string text;   ///< the message, with {names} of what was seen
  Values parameters;  ///< all of the kind's

  // Of a parameter that the kind has and whose type it is.
  [[nodiscard]] double number(std::string_view parameter) const;
  [[nodiscard]] bool flag(std::string_view parameter) const;
  [[nodiscard]] const std::string& choice(std::string_view parameter) const;
  [[nodiscard]] const Texts& list(std::string_view parameter) const;

  bool operator==(const Rule&) const = default;
};

/// Small letters, digits and _.
[[nodiscard]] bool is_rule_name(std::string_view name);
/// From a rule as written: fields "kind", "severity", "mode", "attack", "cause", "text", and the kind's parameters
/// beside them. An error names the field and what is valid there.
[[nodiscard]] base::Result<Rule> make_rule(std::string_view name, const Values& fields);
/// The same rule with some fields changed (all but "kind").
[[nodiscard]] base::Result<Rule> change_rule(Rule rule, const Values& fields);

}  // namespace trackalert::detect
