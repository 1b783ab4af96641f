// SPDX-License-Identifier: Apache-2.0
#include "policy/finding_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <lua.hpp>

#include "history/time_text.h"
#include "policy/history_access.h"

namespace trackalert::policy {
namespace {

using detect::Evidence;
using detect::Finding;

constexpr std::size_t most_text_bytes = 2000;
constexpr std::size_t most_evidence = 32;
constexpr std::array<std::string_view, 4> key_prefixes{detect::login_key_prefix, "remote:", "net:", "campaign:"};

base::Result<std::string> text_at(lua_State* lua, int index, std::string_view field) {
  if (lua_type(lua, index) != LUA_TSTRING && lua_type(lua, index) != LUA_TNUMBER) {
    return base::fail("{} must be a text, not a {}", field, luaL_typename(lua, index));
  }
  lua_pushvalue(lua, index);  // lua_next() would not survive the conversion of a key in place
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string out(text, size);
  lua_pop(lua, 1);
  if (out.size() > most_text_bytes) return base::fail("{} has more than {} bytes", field, most_text_bytes);
  return out;
}

base::Result<void> read_text(lua_State* lua, int index, std::string_view field, std::string& into) {
  auto text = text_at(lua, index, field);
  if (!text) return std::unexpected(text.error());
  into = std::move(*text);
  return {};
}

base::Result<void> read_names(lua_State* lua, int index, std::string_view field, std::vector<std::string>& into) {
  if (!lua_istable(lua, index)) return base::fail("{} must be a list of texts", field);
  const auto size = lua_objlen(lua, index);
  if (size > Finding::max_names) return base::fail("{} may have at most {} entries", field, Finding::max_names);
  for (std::size_t i = 1; i <= size; ++i) {
    lua_rawgeti(lua, index, static_cast<int>(i));
    auto text = text_at(lua, lua_gettop(lua), field);
    lua_pop(lua, 1);
    if (!text) return std::unexpected(text.error());
    into.push_back(std::move(*text));
  }
  return {};
}

base::Result<std::variant<double, std::string>> seen_at(lua_State* lua, int index, std::string_view field) {
  if (lua_type(lua, index) == LUA_TNUMBER) return lua_tonumber(lua, index);
  auto text = text_at(lua, index, field);
  if (!text) return std::unexpected(text.error());
  return std::move(*text);
}

/// {seen = ..., usual = ..., threshold = ...}
base::Result<void> read_piece(lua_State* lua, int index, Evidence& into) {
  const auto member = [&](const char* name) {
    lua_pushstring(lua, name);
    lua_rawget(lua, index);
    return !lua_isnil(lua, -1);
  };
  const int top = lua_gettop(lua);
  base::Result<void> done;
  if (!member("seen")) {
    done = base::fail("evidence {} has no \"seen\"", into.name);
  } else if (auto seen = seen_at(lua, lua_gettop(lua), into.name)) {
    into.seen = std::move(*seen);
  } else {
    done = std::unexpected(seen.error());
  }
  if (done && member("usual")) done = read_text(lua, lua_gettop(lua), "usual", into.usual);
  if (done && member("threshold")) {
    if (lua_type(lua, -1) == LUA_TNUMBER)
      into.threshold = lua_tonumber(lua, -1);
    else
      done = base::fail("threshold must be a number");
  }
  lua_settop(lua, top);
  return done;
}

base::Result<void> read_evidence(lua_State* lua, int index, std::vector<Evidence>& into) {
  if (!lua_istable(lua, index)) return base::fail("evidence must be a table");
  const int top = lua_gettop(lua);
  base::Result<void> done;
  lua_pushnil(lua);
  while (done && lua_next(lua, index) != 0) {
    const int value = lua_gettop(lua);
    Evidence piece;
    if (into.size() >= most_evidence) {
      done = base::fail("evidence may have at most {} entries", most_evidence);
    } else if (done = read_text(lua, value - 1, "a name in evidence", piece.name); !done) {
      break;
    } else if (lua_istable(lua, value)) {
      done = read_piece(lua, value, piece);
    } else if (auto seen = seen_at(lua, value, piece.name)) {
      piece.seen = std::move(*seen);
    } else {
      done = std::unexpected(seen.error());
    }
    into.push_back(std::move(piece));
    lua_settop(lua, value - 1);
  }
  lua_settop(lua, top);
  // Lua's order of traversal is no order.
  std::ranges::sort(into, {}, &Evidence::name);
  return done;
}

/// What the fields say, before it is a finding.
struct Draft {
  detect::Rule rule;
  std::string severity;
  Finding finding;
};

base::Result<void> read_field(lua_State* lua, int value, const std::string& field, history::Time now, Draft& draft) {
  auto& [rule, severity, finding] = draft;
  if (field == "rule") return read_text(lua, value, field, rule.name);
  if (field == "severity") return read_text(lua, value, field, severity);
  if (field == "attack") return read_text(lua, value, field, rule.attack);
  if (field == "key") return read_text(lua, value, field, finding.key);
  if (field == "message") return read_text(lua, value, field, finding.message);
  if (field == "evidence") return read_evidence(lua, value, finding.evidence);
  if (field == "sources") return read_names(lua, value, field, finding.sources);
  if (field == "logins") return read_names(lua, value, field, finding.logins);
  if (field == "taken") return read_names(lua, value, field, finding.taken);
  if (field != "t") {
    return base::fail(
        "there is no \"{}\" here, only rule, severity, key, message, evidence, sources, logins, taken, "
        "attack and t",
        field);
  }
  const double seconds = lua_type(lua, value) == LUA_TNUMBER ? lua_tonumber(lua, value) : std::nan("");
  const auto time = history::time_from_seconds(seconds);
  if (!time || *time <= 0) return base::fail("t must be seconds since 1970");
  finding.time = std::min(*time, now);
  return {};
}

base::Result<void> complete(Draft& draft, history::Time now) {
  auto& [rule, severity, finding] = draft;
  if (!detect::is_rule_name(rule.name)) return base::fail("rule must be a name of small letters, digits and _");
  const auto known = detect::severity_by_name(severity);
  if (!known) return base::fail("severity must be one of info, low, medium, high, critical");
  if (finding.key.empty()) return base::fail("key is missing");
  if (finding.message.empty()) return base::fail("message is missing");
  rule.cause = rule.name;
  rule.severity = finding.severity = *known;
  const auto begins = [&](std::string_view prefix) { return finding.key.starts_with(prefix); };
  if (std::ranges::none_of(key_prefixes, begins)) finding.key = detect::login_key(finding.key);
  if (begins(detect::login_key_prefix) && finding.logins.empty()) {
    finding.logins = {finding.key.substr(detect::login_key_prefix.size())};
  }
  if (finding.time == 0) finding.time = now;
  finding.since = finding.time;
  finding.sources_total = finding.sources.size();
  finding.logins_total = finding.logins.size();
  finding.rule = std::make_shared<const detect::Rule>(std::move(rule));
  return {};
}

void push_evidence(lua_State* lua, const std::vector<Evidence>& evidence) {
  lua_createtable(lua, 0, static_cast<int>(evidence.size()));
  for (const auto& piece : evidence) {
    lua_createtable(lua, 0, 3);
    if (const auto* number = std::get_if<double>(&piece.seen)) {
      set_number(lua, "seen", *number);
    } else {
      set_text(lua, "seen", std::get<std::string>(piece.seen));
    }
    if (!piece.usual.empty()) set_text(lua, "usual", piece.usual);
    if (piece.threshold) set_number(lua, "threshold", *piece.threshold);
    lua_setfield(lua, -2, piece.name.c_str());
  }
}

}  // namespace

base::Result<Finding> read_finding(lua_State* lua, int index, history::Time now) {
  Draft draft;
  const int top = lua_gettop(lua);
  base::Result<void> done;
  lua_pushnil(lua);
  while (done && lua_next(lua, index) != 0) {
    const int value = lua_gettop(lua);
    if (lua_type(lua, value - 1) != LUA_TSTRING)
      done = base::fail("its fields have names");
    else
      done = read_field(lua, value, lua_tostring(lua, value - 1), now, draft);
    lua_settop(lua, value - 1);
  }
  lua_settop(lua, top);
  if (done) done = complete(draft, now);
  if (!done) return std::unexpected(done.error());
  return std::move(draft.finding);
}

void push_findings(lua_State* lua, const detect::Findings& findings) {
  lua_createtable(lua, static_cast<int>(findings.size()), 0);
  int number = 0;
  for (const auto& finding : findings) {
    lua_createtable(lua, 0, 8);
    set_text(lua, "rule", finding.rule->name);
    set_text(lua, "severity", detect::severity_name(finding.severity));
    set_text(lua, "mode", finding.rule->mode == detect::Mode::shadow ? "shadow" : "live");
    set_text(lua, "key", finding.key);
    set_text(lua, "message", finding.message);
    set_text(lua, "attack", finding.rule->attack);
    lua_pushboolean(lua, finding.goes_on ? 1 : 0);
    lua_setfield(lua, -2, "goes_on");
    push_evidence(lua, finding.evidence);
    lua_setfield(lua, -2, "evidence");
    lua_rawseti(lua, -2, ++number);
  }
}

}  // namespace trackalert::policy
