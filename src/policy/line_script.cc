// SPDX-License-Identifier: Apache-2.0
#include "policy/line_script.h"

#include <fmt/format.h>

#include <cmath>
#include <lua.hpp>
#include <optional>

#include "base/json_writer.h"
#include "history/time_text.h"
#include "login/parse.h"
#include "logs/report_format.h"
#include "logs/syslog_line.h"

namespace trackalert::policy {
namespace {

constexpr std::size_t most_reason_bytes = 200;
constexpr int deepest = 3;  // a report, its attributes, their lists

/// The first line of what Lua says, without the traceback.
std::string short_reason(std::string_view message) {
  return std::string(message.substr(0, std::min(message.find('\n'), most_reason_bytes)));
}

std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, index, &size);
  return {text, size};
}

/// A table of Lua's as JSON, with functions that neither raise errors nor allocate in Lua.
class ReportWriter {
 public:
  explicit ReportWriter(lua_State* lua) : lua_(lua) {}

  /// The table on the top. False: it has no place in a report; why() says what.
  bool write_report() {
    json_.begin_object();
    const bool done = each_member([this](std::string_view name) {
      json_.key(name);
      // A time as text, which a report over HTTP has not.
      return name == "t" && lua_type(lua_, -1) == LUA_TSTRING ? write_time() : write_value(1);
    });
    json_.end_object();
    return done;
  }
  [[nodiscard]] const std::string& text() const { return json_.text(); }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  template <class Write>
  bool each_member(Write&& write) {
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      if (lua_type(lua_, -2) == LUA_TSTRING && !write(text_at(lua_, -2))) {
        lua_pop(lua_, 2);
        return false;
      }
      lua_pop(lua_, 1);
    }
    return true;
  }

  bool write_time() {
    const auto time = history::parse_time(text_at(lua_, -1), 0);
    if (!time) {
      why_ = "t is no time";
      return false;
    }
    json_.value(static_cast<double>(*time) / static_cast<double>(history::second));
    return true;
  }

  bool write_value(int depth) {
    switch (lua_type(lua_, -1)) {
      case LUA_TSTRING:
        json_.value(text_at(lua_, -1));
        return true;
      case LUA_TNUMBER:
        json_.value(lua_tonumber(lua_, -1));
        return true;
      case LUA_TBOOLEAN:
        json_.value(lua_toboolean(lua_, -1) != 0);
        return true;
      case LUA_TTABLE:
        return write_table(depth);
      default:
        why_ = fmt::format("a {} in a report", lua_typename(lua_, lua_type(lua_, -1)));
        return false;
    }
  }

  bool write_table(int depth) {
    if (depth == deepest) {
      why_ = "a report whose tables nest too deep";
      return false;
    }
    const auto count = static_cast<int>(lua_objlen(lua_, -1));
    if (count == 0) {
      json_.begin_object();
      const bool done = each_member([&](std::string_view name) {
        json_.key(name);
        return write_value(depth + 1);
      });
      json_.end_object();
      return done;
    }
    json_.begin_array();
    for (int i = 1; i <= count; ++i) {
      lua_rawgeti(lua_, -1, i);
      const bool done = write_value(depth + 1);
      lua_pop(lua_, 1);
      if (!done) return false;
    }
    json_.end_array();
    return true;
  }

  lua_State* const lua_;
  base::JsonWriter json_;
  std::string why_;
};

class ScriptFormat final : public logs::Format {
 public:
  ScriptFormat(const LuaLimits& limits, const logs::Context& context) : lines_(context), state_(limits) {
    state_.set_run_time(limits.run_time);
  }

  base::Result<void> load(const LineScript& script) {
    const auto defined = state_.protect(
        [this](lua_State* lua) {
          lua_pushlightuserdata(lua, &lines_);
          lua_pushcclosure(lua, &ScriptFormat::syslog, 1);
          lua_setglobal(lua, "syslog");
        },
        0, 0);
    if (!defined.ok()) return base::fail("{}: {}", script.name, defined.message);
    if (auto ran = state_.run(script.code, "@" + script.name, 1); !ran.ok()) {
      return base::fail("{}", short_reason(ran.message));
    }
    bool found = false;
    const auto kept = state_.protect(
        [&](lua_State* lua) {
          if (!lua_isfunction(lua, -1)) lua_getglobal(lua, "parse");
          found = lua_isfunction(lua, -1);
          if (found) function_ = luaL_ref(lua, LUA_REGISTRYINDEX);
        },
        1, 0);
    if (!kept.ok()) return base::fail("{}: {}", script.name, short_reason(kept.message));
    if (!found) return base::fail("{} neither returns a function nor defines parse()", script.name);
    return {};
  }

  logs::Reading read(std::string_view line, std::vector<login::Report>& out) override {
    const auto outcome =
        state_.call(function_, [line](lua_State* lua) { lua_pushlstring(lua, line.data(), line.size()); }, 1);
    if (!outcome.ok()) return bad(short_reason(outcome.message));
    const auto before = out.size();
    const auto reading = take_result(out);
    lua_settop(state_.raw(), 0);
    if (reading.kind == logs::Reading::Kind::bad)
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
    return reading;
  }

 private:
  logs::Reading bad(std::string reason) {
    reason_ = std::move(reason);
    return {logs::Reading::Kind::bad, reason_};
  }

  logs::Reading take_result(std::vector<login::Report>& out) {
    auto* const lua = state_.raw();
    if (lua_isnil(lua, -1)) return {};
    if (!lua_istable(lua, -1)) {
      return bad(fmt::format("the function returned a {}, no table", lua_typename(lua, lua_type(lua, -1))));
    }
    const auto count = lua_objlen(lua, -1);
    if (count == 0) return take_report(out);
    if (count > logs::max_repeats) return bad(fmt::format("more than {} reports of a line", logs::max_repeats));
    logs::Reading reading;
    for (std::size_t i = 1; i <= count; ++i) {
      lua_rawgeti(lua, -1, static_cast<int>(i));
      if (!lua_istable(lua, -1)) return bad("a list of something else than reports");
      const auto one = take_report(out);
      lua_pop(lua, 1);
      if (one.kind == logs::Reading::Kind::bad) return one;
      if (one.kind == logs::Reading::Kind::attempts) reading = one;
    }
    return reading;
  }

  logs::Reading take_report(std::vector<login::Report>& out) {
    ReportWriter report(state_.raw());
    if (!report.write_report()) return bad(report.why());
    return logs::put_report(parser_, report.text(), std::nullopt, out);
  }

  static int syslog(lua_State* lua) {
    std::size_t size = 0;
    const char* const text = luaL_checklstring(lua, 1, &size);
    auto& lines = *static_cast<logs::SyslogReader*>(lua_touserdata(lua, lua_upvalueindex(1)));
    const auto line = lines.read({text, size});
    if (!line) return 0;
    lua_pushnumber(lua, static_cast<double>(line->time) / static_cast<double>(history::second));
    lua_pushlstring(lua, line->program.data(), line->program.size());
    lua_pushlstring(lua, line->message.data(), line->message.size());
    return 3;
  }

  logs::SyslogReader lines_;
  LuaState state_;
  login::Parser parser_;
  int function_ = 0;
  std::string reason_;
};

}  // namespace

base::Result<std::unique_ptr<logs::Format>> make_line_script(const LineScript& script, const logs::Context& context) {
  auto format = std::make_unique<ScriptFormat>(script.limits, context);
  if (auto loaded = format->load(script); !loaded) return std::unexpected(loaded.error());
  return format;
}

}  // namespace trackalert::policy
