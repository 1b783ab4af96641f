// SPDX-License-Identifier: Apache-2.0
#include "policy/detection_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <lua.hpp>
#include <sstream>

#include "policy/lua_state.h"

namespace trackalert::policy {
namespace {

namespace fs = std::filesystem;

constexpr auto below_share = "share/trackalert/detections";
constexpr std::uintmax_t most_rule_bytes = 1UL << 20;
constexpr LuaLimits rule_limits{std::chrono::milliseconds(2000), 16UL << 20};
constexpr int most_fields = 100;

base::Result<detect::Texts> texts_at(lua_State* lua, int index, std::string_view field) {
  detect::Texts out;
  const auto size = static_cast<int>(lua_objlen(lua, index));
  for (int i = 1; i <= std::min(size, most_fields); ++i) {
    lua_rawgeti(lua, index, i);
    const bool text = lua_type(lua, -1) == LUA_TSTRING;
    if (text) {
      std::size_t bytes = 0;
      const char* data = lua_tolstring(lua, -1, &bytes);
      out.emplace_back(data, bytes);
    }
    lua_pop(lua, 1);
    if (!text) return base::fail("{} must be a list of texts", field);
  }
  return out;
}

base::Result<detect::Value> value_at(lua_State* lua, int index, std::string_view field) {
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
      return detect::Value(static_cast<double>(lua_tonumber(lua, index)));
    case LUA_TBOOLEAN:
      return detect::Value(lua_toboolean(lua, index) != 0);
    case LUA_TSTRING: {
      std::size_t bytes = 0;
      const char* data = lua_tolstring(lua, index, &bytes);
      return detect::Value(std::string(data, bytes));
    }
    case LUA_TTABLE: {
      auto texts = texts_at(lua, index, field);
      if (!texts) return std::unexpected(texts.error());
      return detect::Value(std::move(*texts));
    }
    default:
      return base::fail("{} cannot be a {}", field, luaL_typename(lua, index));
  }
}

base::Result<void> add_fields(lua_State* lua, int index, bool outer, detect::Values& out) {
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    base::Result<void> done;
    if (lua_type(lua, -2) != LUA_TSTRING) {
      done = base::fail("its fields have names");
    } else {
      const std::string field = lua_tostring(lua, -2);
      const int value_index = lua_gettop(lua);
      if (outer && field == "parameters" && lua_istable(lua, value_index)) {
        done = add_fields(lua, value_index, false, out);
      } else if (auto value = value_at(lua, value_index, field)) {
        out.insert_or_assign(field, std::move(*value));
      } else {
        done = std::unexpected(value.error());
      }
    }
    lua_pop(lua, done ? 1 : 2);
    if (!done) return done;
  }
  return {};
}

base::Result<detect::Values> fields_of_file(const std::string& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream || size > most_rule_bytes) return base::fail("cannot read {}", file);
  std::ostringstream text;
  text << stream.rdbuf();
  LuaState lua(rule_limits);
  lua.set_run_time(rule_limits.run_time);
  if (const auto outcome = lua.run(std::move(text).str(), file, 1); !outcome.ok())
    return base::fail("{}", outcome.message);
  if (!lua_istable(lua.raw(), -1)) return base::fail("{}: must return a table", file);
  auto fields = rule_fields(lua.raw(), lua_gettop(lua.raw()));
  if (!fields) return base::fail("{}: {}", file, fields.error().message);
  return fields;
}

}  // namespace

base::Result<detect::Values> rule_fields(lua_State* lua, int index) {
  detect::Values out;
  if (auto added = add_fields(lua, index, true, out); !added) return std::unexpected(added.error());
  return out;
}

base::Result<std::string> detections_folder() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (error) return base::fail("the detections cannot be found: {}", error.message());
  // bin/trackalert of an installation, src/app/trackalert of a build.
  auto folder = (program.parent_path().parent_path() / below_share).string();
  if (!fs::is_directory(folder, error)) return base::fail("the detections are not in {}", folder);
  return folder;
}

base::Result<std::vector<std::string>> detection_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "rule.lua", error)) names.push_back(entry.path().filename().string());
  }
  if (names.empty()) return base::fail("there are no detections in {}", folder);
  std::ranges::sort(names);
  return names;
}

base::Result<detect::Rule> read_detection(const std::string& folder, std::string_view name) {
  const auto names = detection_names(folder);
  if (!names) return std::unexpected(names.error());
  if (std::ranges::find(*names, name) == names->end()) {
    return base::fail("there is no detection \"{}\", only {}", name, fmt::join(*names, ", "));
  }
  const auto file = fmt::format("{}/{}/rule.lua", folder, name);
  const auto fields = fields_of_file(file);
  if (!fields) return std::unexpected(fields.error());
  auto rule = detect::make_rule(name, *fields);
  if (!rule) return base::fail("{}: {}", file, rule.error().message);
  return rule;
}

base::Result<std::vector<detect::Rule>> read_detections(const std::string& folder) {
  const auto names = detection_names(folder);
  if (!names) return std::unexpected(names.error());
  std::vector<detect::Rule> rules;
  for (const auto& name : *names) {
    auto rule = read_detection(folder, name);
    if (!rule) return std::unexpected(rule.error());
    rules.push_back(std::move(*rule));
  }
  return rules;
}

}  // namespace trackalert::policy
