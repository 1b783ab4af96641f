// SPDX-License-Identifier: Apache-2.0
#include "detect/rule.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii.h"

namespace trackalert::detect {
namespace {

constexpr std::array<std::string_view, 5> severity_names{"info", "low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 7> kind_names{"threshold", "distinct", "novelty", "velocity",
                                                     "sequence",  "baseline", "campaign"};
constexpr std::array<std::string_view, 2> mode_names{"live", "shadow"};
constexpr std::array<std::string_view, 5> text_fields{"severity", "mode", "attack", "cause", "text"};
constexpr std::size_t most_name_bytes = 64;
constexpr std::size_t most_text_bytes = 1000;
constexpr std::size_t most_list = 16;

template <class Names>
std::string joined(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

template <class Names>
base::Result<std::size_t> index_in(const Names& names, std::string_view field, const std::string& text) {
  const auto at = std::ranges::find(names, text);
  if (at == names.end()) return base::fail("{} must be one of {}, not \"{}\"", field, joined(names), text);
  return static_cast<std::size_t>(at - names.begin());
}

std::string valid_fields(Kind kind) {
  std::string out = joined(text_fields);
  for (const auto& row : parameter_rows(kind)) out += ", " + std::string(row.name);
  return out;
}

base::Result<void> set_text_field(Rule& rule, const std::string& field, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->size() > most_text_bytes) {
    return base::fail("{} must be a text of at most {} bytes", field, most_text_bytes);
  }
  if (field == "severity") {
    const auto index = index_in(severity_names, field, *text);
    if (!index) return std::unexpected(index.error());
    rule.severity = static_cast<Severity>(*index);
  } else if (field == "mode") {
    const auto index = index_in(mode_names, field, *text);
    if (!index) return std::unexpected(index.error());
    rule.mode = static_cast<Mode>(*index);
  } else {
    (field == "attack" ? rule.attack : field == "cause" ? rule.cause : rule.text) = *text;
  }
  return {};
}

base::Result<void> check_choice(const ParameterRow& row, const std::string& text) {
  if (row.choices.empty()) return {};
  const auto index = index_in(row.choices, row.name, text);
  return index ? base::Result<void>{} : std::unexpected(index.error());
}

base::Result<void> set_parameter(Rule& rule, const ParameterRow& row, const Value& value) {
  if (value.index() != row.standard.index()) {
    constexpr std::array<std::string_view, 4> types{"a number", "true or false", "a text", "a list of texts"};
    return base::fail("{} must be {}", row.name, types[row.standard.index()]);
  }
  if (const auto* number = std::get_if<double>(&value); number != nullptr) {
    if (!(*number >= row.least && *number <= row.most)) {
      return base::fail("{} must be from {} to {}, not {}", row.name, row.least, row.most, *number);
    }
  }
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr) {
    if (auto checked = check_choice(row, *text); !checked) return checked;
  }
  if (const auto* texts = std::get_if<Texts>(&value); texts != nullptr) {
    if (texts->size() > most_list) return base::fail("{} may have at most {} entries", row.name, most_list);
    for (const auto& text : *texts) {
      if (auto checked = check_choice(row, text); !checked) return checked;
    }
  }
  rule.parameters.insert_or_assign(std::string(row.name), value);
  return {};
}

template <class T>
const T& parameter_of(const Rule& rule, std::string_view name) {
  return std::get<T>(rule.parameters.find(name)->second);
}

}  // namespace

std::string_view severity_name(Severity severity) {
  return severity_names.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> severity_by_name(std::string_view name) {
  const auto* const at = std::ranges::find(severity_names, name);
  if (at == severity_names.end()) return std::nullopt;
  return static_cast<Severity>(at - severity_names.begin());
}

std::string_view kind_name(Kind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

double Rule::number(std::string_view parameter) const {
  return parameter_of<double>(*this, parameter);
}
bool Rule::flag(std::string_view parameter) const {
  return parameter_of<bool>(*this, parameter);
}
const std::string& Rule::choice(std::string_view parameter) const {
  return parameter_of<std::string>(*this, parameter);
}
const Texts& Rule::list(std::string_view parameter) const {
  return parameter_of<Texts>(*this, parameter);
}

bool is_rule_name(std::string_view name) {
  const auto fits = [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '_'; };
  return !name.empty() && name.size() <= most_name_bytes && std::ranges::all_of(name, fits);
}

base::Result<Rule> make_rule(std::string_view name, const Values& fields) {
  if (!is_rule_name(name)) {
    return base::fail("the name of a detection has 1 to {} small letters, digits and _", most_name_bytes);
  }
  const auto at = fields.find("kind");
  const auto* kind = at == fields.end() ? nullptr : std::get_if<std::string>(&at->second);
  if (kind == nullptr) return base::fail("kind is missing, it must be one of {}", joined(kind_names));
  const auto index = index_in(kind_names, "kind", *kind);
  if (!index) return std::unexpected(index.error());
  Rule rule;
  rule.name = name;
  rule.cause = name;
  rule.kind = static_cast<Kind>(*index);
  for (const auto& row : parameter_rows(rule.kind)) rule.parameters.emplace(row.name, row.standard);
  auto rest = fields;
  rest.erase("kind");
  auto made = change_rule(std::move(rule), rest);
  if (made && made->text.empty()) return base::fail("text is missing, the message of the alert");
  return made;
}

base::Result<Rule> change_rule(Rule rule, const Values& fields) {
  const auto rows = parameter_rows(rule.kind);
  for (const auto& [field, value] : fields) {
    const auto row = std::ranges::find(rows, field, &ParameterRow::name);
    base::Result<void> set;
    if (row != rows.end()) {
      set = set_parameter(rule, *row, value);
    } else if (std::ranges::find(text_fields, field) != text_fields.end()) {
      set = set_text_field(rule, field, value);
    } else {
      return base::fail("there is no \"{}\" here, only {}", field, valid_fields(rule.kind));
    }
    if (!set) return std::unexpected(set.error());
  }
  return rule;
}

}  // namespace trackalert::detect
