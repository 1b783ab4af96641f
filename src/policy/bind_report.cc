// SPDX-License-Identifier: Apache-2.0
// LoginTuple, what a report function gets, and CustomFuncArgs, what a custom function gets. Table fields are read as
// fresh copies: writing into one changes nothing, assigning a whole table does.
#include <algorithm>
#include <lua.hpp>

#include "policy/bindings.h"
#include "policy/finding_table.h"
#include "policy/lua_state.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

using login::Report;

void push_string(lua_State* lua, const std::string& text) {
  lua_pushlstring(lua, text.data(), text.size());
}

void push_table(lua_State* lua, const login::Attributes& attributes) {
  lua_createtable(lua, 0, static_cast<int>(attributes.size()));
  for (const auto& [name, value] : attributes) {
    push_string(lua, name);
    push_string(lua, value);
    lua_rawset(lua, -3);
  }
}

void push_table(lua_State* lua, const login::MultiAttributes& attributes) {
  lua_createtable(lua, 0, static_cast<int>(attributes.size()));
  for (const auto& [name, values] : attributes) {
    push_string(lua, name);
    lua_createtable(lua, static_cast<int>(values.size()), 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      push_string(lua, values[i]);
      lua_rawseti(lua, -2, static_cast<int>(i + 1));
    }
    lua_rawset(lua, -3);
  }
}

// About what they take on the heap, allocator's part included.

std::size_t memory_of(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 16 : 0;
}

std::size_t memory_of(const login::Attributes& attributes) {
  std::size_t size = attributes.capacity() * sizeof(attributes[0]);
  for (const auto& [name, value] : attributes) size += memory_of(name) + memory_of(value);
  return size;
}

std::size_t memory_of(const login::MultiAttributes& attributes) {
  std::size_t size = attributes.capacity() * sizeof(attributes[0]);
  for (const auto& [name, values] : attributes) {
    size += memory_of(name) + values.capacity() * sizeof(std::string);
    for (const auto& value : values) size += memory_of(value);
  }
  return size;
}

std::size_t memory_of(const Report& report) {
  std::size_t size = sizeof report + 16;
  for (const auto* text :
       {&report.login, &report.pwhash, &report.protocol, &report.device_id, &report.session_id, &report.fail_type}) {
    size += memory_of(*text);
  }
  return size + memory_of(report.attrs) + memory_of(report.attrs_mv) + memory_of(report.device_attrs);
}

bool take_attributes(lua_State* lua, login::Attributes& into) {
  Pairs pairs;
  if (!read_pairs(lua, 3, pairs)) return false;
  std::sort(pairs.begin(), pairs.end());
  into = std::move(pairs);
  return true;
}

}  // namespace

/// A LoginTuple owns its report, since scripts may keep it beyond the call.
struct LoginTuple {
  std::unique_ptr<Report> report;
  const geo::Databases* places = nullptr;               ///< null: the place is what it is
  mutable std::unique_ptr<geo::Place> place = nullptr;  ///< once it was asked for
  std::unique_ptr<const alert::Judgement> judgement;    ///< null: none
  ExternalMemory memory;

  [[nodiscard]] const geo::Place& located() const {
    if (!place) place = std::make_unique<geo::Place>(places == nullptr ? geo::Place() : places->locate(report->remote));
    return *place;
  }
};

struct CustomFuncArgs {
  login::CustomArguments arguments;
  ExternalMemory memory;
};

namespace {

template <std::string Report::* member>
constexpr FieldRow<LoginTuple> text_field(const char* name) {
  return {name, "string", [](lua_State* lua, const LoginTuple& tuple) { push_string(lua, (*tuple.report).*member); },
          [](lua_State* lua, LoginTuple& tuple) {
            if (lua_isstring(lua, 3) == 0) return false;
            std::size_t size = 0;
            const char* text = lua_tolstring(lua, 3, &size);
            ((*tuple.report).*member).assign(text, size);
            return true;
          }};
}

template <bool Report::* member>
constexpr FieldRow<LoginTuple> flag_field(const char* name) {
  return {name, "boolean",
          [](lua_State* lua, const LoginTuple& tuple) { lua_pushboolean(lua, (*tuple.report).*member ? 1 : 0); },
          [](lua_State* lua, LoginTuple& tuple) {
            if (!lua_isboolean(lua, 3)) return false;
            (*tuple.report).*member = lua_toboolean(lua, 3) != 0;
            return true;
          }};
}

template <login::Attributes Report::* member>
constexpr FieldRow<LoginTuple> table_field(const char* name) {
  return {name, "table of names and values",
          [](lua_State* lua, const LoginTuple& tuple) { push_table(lua, (*tuple.report).*member); },
          [](lua_State* lua, LoginTuple& tuple) { return take_attributes(lua, (*tuple.report).*member); }};
}

constexpr FieldRow<LoginTuple> time_field{
    "t", "number", [](lua_State* lua, const LoginTuple& tuple) { lua_pushnumber(lua, tuple.report->t); },
    [](lua_State* lua, LoginTuple& tuple) {
      if (lua_isnumber(lua, 3) == 0) return false;
      tuple.report->t = lua_tonumber(lua, 3);
      return true;
    }};

constexpr FieldRow<LoginTuple> remote_field{
    "remote", "ComboAddress", [](lua_State* lua, const LoginTuple& tuple) { push_object(lua, tuple.report->remote); },
    [](lua_State* lua, LoginTuple& tuple) {
      const auto* address = object_at<base::Address>(lua, 3);
      if (address == nullptr) return false;
      tuple.report->remote = *address;
      if (tuple.places != nullptr) tuple.place.reset();
      return true;
    }};

constexpr FieldRow<LoginTuple> multi_field{
    "attrs_mv", "table", [](lua_State* lua, const LoginTuple& tuple) { push_table(lua, tuple.report->attrs_mv); },
    nullptr};

/// What is not known is "" or 0; without a position its three fields are nil.
void push_place(lua_State* lua, const LoginTuple& tuple) {
  const auto& place = tuple.located();
  const auto set_text = [lua](const char* name, const std::string& text) {
    push_string(lua, text);
    lua_setfield(lua, -2, name);
  };
  const auto set_number = [lua](const char* name, double number) {
    lua_pushnumber(lua, number);
    lua_setfield(lua, -2, name);
  };
  lua_createtable(lua, 0, 7);
  set_text("country_code", place.country_code);
  set_text("city", place.city);
  set_text("as_name", place.as_name);
  set_number("asn", place.asn);
  if (!place.has_position) return;
  set_number("latitude", place.latitude);
  set_number("longitude", place.longitude);
  set_number("accuracy_km", place.accuracy_km);
}

constexpr FieldRow<LoginTuple> place_field{"place", "table", &push_place, nullptr};

/// Empty where nothing was found, and where nobody judges.
constexpr FieldRow<LoginTuple> findings_field{
    "findings", "list of tables",
    [](lua_State* lua, const LoginTuple& tuple) {
      push_findings(lua, tuple.judgement ? tuple.judgement->findings : detect::Findings());
    },
    nullptr};

constexpr FieldRow<LoginTuple> risk_field{"risk", "number",
                                          [](lua_State* lua, const LoginTuple& tuple) {
                                            lua_pushnumber(lua, tuple.judgement ? tuple.judgement->risk.total() : 0);
                                          },
                                          nullptr};

/// What is not known is not in it.
void push_risk_parts(lua_State* lua, const LoginTuple& tuple) {
  lua_createtable(lua, 0, detect::risk_feature_count);
  for (std::size_t i = 0; tuple.judgement && i < detect::risk_feature_count; ++i) {
    const auto feature = static_cast<detect::RiskFeature>(i);
    if (!tuple.judgement->risk.has(feature)) continue;
    const auto name = detect::risk_feature_name(feature);
    lua_pushlstring(lua, name.data(), name.size());
    lua_pushnumber(lua, tuple.judgement->risk.bits[i]);
    lua_rawset(lua, -3);
  }
}

constexpr FieldRow<LoginTuple> risk_parts_field{"risk_parts", "table", &push_risk_parts, nullptr};

}  // namespace

template <>
std::span<const FieldRow<LoginTuple>> fields_of<LoginTuple>() {
  static constexpr std::array rows{
      time_field,
      remote_field,
      text_field<&Report::login>("login"),
      text_field<&Report::pwhash>("pwhash"),
      flag_field<&Report::success>("success"),
      flag_field<&Report::policy_reject>("policy_reject"),
      text_field<&Report::protocol>("protocol"),
      flag_field<&Report::tls>("tls"),
      text_field<&Report::device_id>("device_id"),
      text_field<&Report::session_id>("session_id"),
      text_field<&Report::fail_type>("fail_type"),
      table_field<&Report::attrs>("attrs"),
      multi_field,
      table_field<&Report::device_attrs>("device_attrs"),
      place_field,
      findings_field,
      risk_field,
      risk_parts_field,
  };
  return rows;
}

template <>
std::span<const FieldRow<CustomFuncArgs>> fields_of<CustomFuncArgs>() {
  static constexpr std::array<FieldRow<CustomFuncArgs>, 2> rows{{
      {"attrs", "table of names and values",
       [](lua_State* lua, const CustomFuncArgs& object) { push_table(lua, object.arguments.attrs); },
       [](lua_State* lua, CustomFuncArgs& object) { return take_attributes(lua, object.arguments.attrs); }},
      {"attrs_mv", "table",
       [](lua_State* lua, const CustomFuncArgs& object) { push_table(lua, object.arguments.attrs_mv); }, nullptr},
  }};
  return rows;
}

void register_report_types(lua_State* lua, StateContext& /*context*/) {
  new_type_with_fields<LoginTuple>(lua);
  new_type_with_fields<CustomFuncArgs>(lua);
}

void push_report(lua_State* lua, std::unique_ptr<Report> report, std::unique_ptr<const alert::Judgement> judgement,
                 const geo::Databases& places) {
  const std::size_t size = memory_of(*report) + (judgement ? judgement->memory_bytes() : 0);
  push_object(lua, LoginTuple{std::move(report), &places, nullptr, std::move(judgement), ExternalMemory(lua, size)});
}

void push_report(lua_State* lua, std::unique_ptr<Report> report, std::unique_ptr<const alert::Judgement> judgement,
                 geo::Place place) {
  const std::size_t size = memory_of(*report) + sizeof place + place.city.size() + place.as_name.size() +
                           (judgement ? judgement->memory_bytes() : 0);
  push_object(lua, LoginTuple{std::move(report), nullptr, std::make_unique<geo::Place>(std::move(place)),
                              std::move(judgement), ExternalMemory(lua, size)});
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the place is Lua's now, whose collector destroys it

void push_custom_arguments(lua_State* lua, login::CustomArguments arguments) {
  const std::size_t size = memory_of(arguments.attrs) + memory_of(arguments.attrs_mv);
  push_object(lua, CustomFuncArgs{std::move(arguments), ExternalMemory(lua, size)});
}

std::vector<FieldDocument> report_fields() {
  std::vector<FieldDocument> out;
  for (const auto& row : fields_of<LoginTuple>()) out.push_back({row.name, row.type, row.write != nullptr});
  return out;
}

}  // namespace trackalert::policy
