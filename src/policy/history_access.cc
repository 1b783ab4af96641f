// SPDX-License-Identifier: Apache-2.0
#include "policy/history_access.h"

#include <algorithm>
#include <lua.hpp>

#include "history/time_text.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

using history::Facet;

std::string names_of(std::span<const Facet> facets) {
  std::string out;
  for (const auto facet : facets) out += (out.empty() ? "" : ", ") + std::string(history::facet_name(facet));
  return out;
}

/// The text of a value, as people write it.
std::string value_text(const Call& call, int index, Facet facet) {
  if (const auto* address = object_at<base::Address>(call.lua(), index)) {
    if (facet != Facet::net && facet != Facet::remote) {
      throw FunctionError(fmt::format("{} is no ComboAddress", history::facet_name(facet)));
    }
    return facet == Facet::net ? history::net_of(*address).to_string() : address->to_string();
  }
  if (lua_istable(call.lua(), index)) {
    if (facet != Facet::device) throw FunctionError(fmt::format("{} is no table", history::facet_name(facet)));
    auto attributes = call.pairs(index);
    std::ranges::sort(attributes);
    return history::device_text(attributes);
  }
  return call.text(index);
}

}  // namespace

const RunningHistory& running_history(const Call& call) {
  const auto& context = call.context();
  if (context.loading) {
    throw FunctionError("the history cannot be asked while the configuration is read: ask it in a function");
  }
  const auto* running = context.services.history.load();
  if (running == nullptr) throw FunctionError("history is off: setHistoryDir() turns it on");
  return *running;
}

history::QueryLimits lua_limits(const Call& call) {
  return {.time = call.context().query_time,
          .rows = static_cast<std::size_t>(most_lua_rows),
          .memory_bytes = most_lua_answer_bytes};
}

history::Time now_of(const Call& call) {
  return call.context().services.clock.now().time_since_epoch().count();
}

Facet facet_argument(const Call& call, int index, std::span<const Facet> valid) {
  const auto name = call.text(index);
  const auto facet = history::facet_by_name(name);
  if (facet && std::ranges::find(valid, *facet) != valid.end()) return *facet;
  throw FunctionError(fmt::format("there is no facet \"{}\" here, only {}", name, names_of(valid)));
}

std::string widened_to_net(std::string text) {
  if (text.find('/') != text.npos) return text;
  const auto address = base::parse_address(text);
  return address ? history::net_of(*address).to_string() : text;
}

std::optional<std::string> value_argument(const Call& call, int index, Facet facet) {
  auto text = value_text(call, index, facet);
  if (facet == Facet::net) text = widened_to_net(std::move(text));
  if (text.empty() || (facet == Facet::asn && text == "0")) return std::nullopt;
  auto value = history::value_from_text(facet, text);
  if (!value) throw FunctionError(value.error().message);
  return std::move(*value);
}

history::Time duration_argument(const Call& call, int index) {
  const auto duration = history::parse_duration(call.text(index));
  if (!duration) throw FunctionError(duration.error().message);
  return *duration;
}

void set_number(lua_State* lua, const char* name, double number) {
  lua_pushnumber(lua, number);
  lua_setfield(lua, -2, name);
}

void set_text(lua_State* lua, const char* name, std::string_view text) {
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, name);
}

double to_seconds(history::Time time) {
  return static_cast<double>(time) / static_cast<double>(history::second);
}

}  // namespace trackalert::policy
