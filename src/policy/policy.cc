// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <lua.hpp>

#include "base/json_value.h"
#include "channel/kind.h"
#include "policy/bindings.h"
#include "policy/json_table.h"

namespace trackalert::policy {
namespace {

/// The original's chunk name; scripts' error texts start with [string "chunk"].
constexpr auto chunk_name = "chunk";
/// Of running the configuration in one state: an endless one must not hang a reload.
constexpr std::chrono::seconds load_limit{30};

LuaLimits limits_of(const Settings& settings) {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(settings.lua_timeout), settings.lua_memory_mb << 20};
}

/// setNumLuaStates() is a lower bound: report workers fill up to it.
Policy::Workers workers_of(const Settings& settings) {
  const unsigned schedulers = settings.scheduler_threads;
  const unsigned states = std::max(settings.lua_states, settings.report_threads + schedulers);
  return {states - schedulers, schedulers};
}

/// A syntax error quotes what it came upon, which may be a password without its quotation mark. Lua's own words and
/// signs stay.
std::string without_quotation(const std::string& message) {
  constexpr std::string_view near = " near '";
  constexpr std::array<std::string_view, 23> harmless{
      "<eof>", "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto", "if",
      "in",    "local", "nil",   "not", "or",   "repeat", "return", "then",  "true", "until",    "while"};
  const auto at = message.rfind(near);
  if (at == message.npos || !message.ends_with('\'')) return message;
  const auto begin = at + near.size();
  const std::string_view quoted = std::string_view(message).substr(begin, message.size() - 1 - begin);
  const bool sign = quoted.size() <= 3 && std::ranges::all_of(quoted, [](char c) { return std::ispunct(c) != 0; });
  return sign || std::ranges::find(harmless, quoted) != harmless.end() ? message : message.substr(0, at);
}

base::Error load_error(const LuaOutcome& outcome, const std::string& file) {
  const auto* kind = outcome.end == LuaOutcome::End::syntax_error ? "Fatal error: " : "Fatal Lua error: ";
  const bool read = outcome.end != LuaOutcome::End::syntax_error;
  return base::Error{kind + (read ? outcome.message : without_quotation(outcome.message)) +
                     "\nThe configuration file '" + file + "' was not accepted"};
}

/// Calls a command's only result what the console shows: text, or nothing for nil, or why it cannot be shown.
std::string shown_result(lua_State* lua, const std::string& output) {
  const int type = lua_type(lua, -1);
  if (type == LUA_TNIL) return output;
  if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    return fmt::format("Command returned an object we can't print: a {} is neither a string nor a number\n",
                       luaL_typename(lua, -1));
  }
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  return {text, size};
}

/// The two values that a custom function left on the stack.
CustomResult custom_result(lua_State* lua) {
  CustomResult result;
  if (lua_isboolean(lua, 1) && read_pairs(lua, 2, result.r_attrs)) {
    result.end = CustomResult::End::ok;
    result.success = lua_toboolean(lua, 1) != 0;
    std::sort(result.r_attrs.begin(), result.r_attrs.end());
  } else {
    result.end = CustomResult::End::error;
    result.reason =
        fmt::format("a custom function must return a boolean and a table of strings or numbers, not a {} and a {}",
                    luaL_typename(lua, 1), luaL_typename(lua, 2));
  }
  return result;
}

/// What an alert function left on the stack: nil, a text, or a flat table. An answer is a piece of a message.
CustomResult alert_function_result(lua_State* lua) {
  constexpr std::size_t most_members = 64;
  constexpr std::size_t most_bytes = 1UL << 20;
  CustomResult result{.end = CustomResult::End::ok};
  auto& answer = result.r_attrs;
  const auto refuse = [](std::string reason) { return CustomResult{.reason = std::move(reason)}; };
  const auto text_of = [lua](int index) {
    if (lua_isboolean(lua, index)) return std::string(lua_toboolean(lua, index) != 0 ? "true" : "false");
    std::size_t size = 0;
    lua_pushvalue(lua, index);  // lua_next() would not survive the conversion of a key in place
    const char* text = lua_tolstring(lua, -1, &size);
    std::string out = text == nullptr ? std::string() : std::string(text, size);
    lua_pop(lua, 1);
    return out;
  };
  if (lua_isnil(lua, 1)) return result;
  std::size_t bytes = 0;
  if (lua_type(lua, 1) == LUA_TSTRING || lua_type(lua, 1) == LUA_TNUMBER) {
    answer.emplace_back("", text_of(1));
    bytes = answer.back().second.size();
  } else if (lua_istable(lua, 1)) {
    lua_pushnil(lua);
    while (lua_next(lua, 1) != 0) {
      const int type = lua_type(lua, 3);
      if (lua_type(lua, 2) != LUA_TSTRING || (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)) {
        return refuse("the table of an alert function has names, and texts, numbers or booleans for them");
      }
      if (answer.size() == most_members) return refuse(fmt::format("it returned more than {} members", most_members));
      answer.emplace_back(text_of(2), text_of(3));
      bytes += answer.back().first.size() + answer.back().second.size();
      lua_pop(lua, 1);
    }
  } else {
    return refuse(fmt::format("an alert function returns a text or a table, not a {}", luaL_typename(lua, 1)));
  }
  if (bytes > most_bytes) return refuse(fmt::format("it returned more than {} bytes", most_bytes));
  std::ranges::sort(answer);
  return result;
}

/// "stats()" and the like: a call without arguments of a function that only reads.
bool only_reads(std::string_view command) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == ';'; };
  while (!command.empty() && blank(command.front())) command.remove_prefix(1);
  while (!command.empty() && blank(command.back())) command.remove_suffix(1);
  if (!command.ends_with("()")) return false;
  const auto* row = find_function(command.substr(0, command.size() - 2));
  return row != nullptr && row->only_reads;
}

}  // namespace

struct Policy::State {
  State(StateKind kind, const LuaLimits& limits, Services& services)
      : context{.kind = kind, .services = services}, lua(limits) {
    register_functions(lua.raw(), context);
    lua.set_run_time(load_limit);
  }

  /// The configuration has run.
  void begin_service(const Settings& settings) {
    lua.set_run_time(settings.lua_timeout);
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(settings.lua_timeout);
    if (limit.count() > 0) context.query_time = std::min(context.query_time, limit / 2);
    context.loading = false;
  }

  std::mutex mutex;
  StateContext context;
  LuaState lua;
};

Policy::Policy(Services services, Settings settings) : services_(services), settings_(std::move(settings)) {}
Policy::~Policy() = default;

Settings Policy::settings() const {
  return *settings_.lock();
}

base::Result<std::unique_ptr<Policy>> Policy::load(const Source& source, Services services,
                                                   std::optional<Workers> workers) {
  std::unique_ptr<Policy> policy(new Policy(services, Settings::defaults()));
  if (auto loaded = policy->load_states(source, workers); !loaded) return std::unexpected(loaded.error());
  policy->warn_of_missing_functions();
  return policy;
}

base::Result<Settings> Policy::load_for_client(const Source& source, Services services) {
  Settings settings;
  std::string output;
  State client(StateKind::client, LuaLimits{}, services);
  client.context.settings = &settings;
  client.context.output = &output;
  if (const auto outcome = client.lua.run(source.text, chunk_name); !outcome.ok()) {
    return std::unexpected(load_error(outcome, source.name));
  }
  return settings;
}

base::Result<void> Policy::load_states(const Source& source, std::optional<Workers> workers) {
  auto settings = settings_.lock();
  // The limits are what the configuration will say, so the global state starts with the defaults and takes them over.
  global_ = std::make_unique<State>(StateKind::global, LuaLimits{}, services_);
  global_->context.settings = &*settings;
  global_->context.output = &output_;
  if (const auto outcome = global_->lua.run(source.text, chunk_name); !outcome.ok()) {
    return std::unexpected(load_error(outcome, source.name));
  }
  global_->begin_service(*settings);
  global_->lua.set_memory_limit(limits_of(*settings).memory_bytes);

  workers_wanted_ = workers.value_or(workers_of(*settings));
  for (unsigned i = 0; i < workers_wanted_.report + workers_wanted_.scheduler; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<State>(StateKind::worker, limits_of(*settings), services_));
    if (const auto outcome = worker.lua.run(source.text, chunk_name); !outcome.ok()) {
      return std::unexpected(load_error(outcome, source.name));
    }
    worker.begin_service(*settings);
  }
  return {};
}

void Policy::warn_of_missing_functions() const {
  for (const auto& job : settings_.lock()->schedules) {
    if (workers_.empty() || workers_.front()->context.background.contains(job.name)) continue;
    services_.log.warning("The background function [{}] is scheduled but not set by setBackground()",
                          base::escape_control(job.name));
  }
  for (const auto& setting : settings_.lock()->channels) {
    for (const auto& name : channel::functions_of(setting)) {
      if (workers_.empty() || workers_.front()->context.alert_functions.contains(name)) continue;
      services_.log.warning("Channel {} asks the function [{}], which setAlertFunction() has not set", setting.name,
                            base::escape_control(name));
    }
  }
}

void Policy::count(const LuaOutcome& outcome) const {
  if (outcome.ok()) return;
  auto& statistics = services_.statistics;
  statistics.lua_errors.add();
  if (outcome.end == LuaOutcome::End::timed_out) statistics.lua_timeouts.add();
  if (outcome.end == LuaOutcome::End::out_of_memory) statistics.lua_out_of_memory.add();
}

void Policy::complain(std::string_view what, std::string_view name, std::string_view message) const {
  if (services_.troubles != nullptr) return services_.troubles->failed(what, name, message);
  services_.log.error("Lua {} [{}] exception: {}", what, base::escape_control(name), message);
}

bool Policy::has_report_function() const {
  if (workers_.empty()) return false;
  auto& state = *workers_.front();
  const std::lock_guard lock(state.mutex);
  return state.context.report != LUA_NOREF;
}

void Policy::call_report(unsigned worker, const std::function<void(lua_State* lua)>& push) {
  auto& state = *workers_[worker];
  const std::lock_guard lock(state.mutex);
  if (state.context.report == LUA_NOREF) return;
  state.lua.collect_if_due();
  const auto outcome = state.lua.call(state.context.report, push, 0);
  if (outcome.ok()) return;
  count(outcome);
  complain("function", "report", outcome.message);
}

void Policy::run_report(unsigned worker, std::unique_ptr<login::Report> report,
                        std::unique_ptr<const alert::Judgement> judgement) {
  call_report(worker,
              [&](lua_State* lua) { push_report(lua, std::move(report), std::move(judgement), services_.geo); });
}

void Policy::run_report(unsigned worker, std::unique_ptr<login::Report> report,
                        std::unique_ptr<const alert::Judgement> judgement, geo::Place place) {
  call_report(worker,
              [&](lua_State* lua) { push_report(lua, std::move(report), std::move(judgement), std::move(place)); });
}

CustomResult Policy::run_custom(unsigned worker, const std::string& name, login::CustomArguments arguments) {
  auto& state = *workers_[worker];
  const std::lock_guard lock(state.mutex);
  const auto function = state.context.custom.find(name);
  if (function == state.context.custom.end()) {
    return {.end = CustomResult::End::error, .reason = "no function is set for this endpoint"};
  }
  state.lua.collect_if_due();
  auto outcome =
      state.lua.call(function->second, [&](lua_State* lua) { push_custom_arguments(lua, std::move(arguments)); }, 2);
  CustomResult result;
  if (outcome.ok()) {
    outcome = state.lua.protect([&](lua_State* lua) { result = custom_result(lua); }, 2, 0);
  }
  if (!outcome.ok()) {
    count(outcome);
    complain("custom function", name, outcome.message);
    const bool late = outcome.end == LuaOutcome::End::timed_out;
    return {.end = late ? CustomResult::End::timed_out : CustomResult::End::error, .reason = outcome.message};
  }
  if (result.end == CustomResult::End::error) {
    services_.log.error("Exception in command [{}] exception: {}", base::escape_control(name), result.reason);
    services_.statistics.lua_errors.add();
  }
  return result;
}

CustomResult Policy::run_alert_function(unsigned worker, const std::string& name, std::string_view json) {
  const auto alert = base::parse_json(json);
  auto& state = *workers_[worker];
  const std::lock_guard lock(state.mutex);
  const auto function = state.context.alert_functions.find(name);
  if (function == state.context.alert_functions.end()) {
    return {.reason = fmt::format("setAlertFunction() has named no \"{}\"", base::escape_control(name))};
  }
  if (!alert) return {.reason = "the alert is no JSON: " + alert.error().message};
  state.lua.collect_if_due();
  CustomResult result;
  auto outcome = state.lua.call(function->second, [&](lua_State* lua) { push_json(lua, *alert); }, 1);
  if (outcome.ok()) {
    outcome = state.lua.protect([&](lua_State* lua) { result = alert_function_result(lua); }, 1, 0);
  }
  if (!outcome.ok()) {
    count(outcome);
    const bool late = outcome.end == LuaOutcome::End::timed_out;
    result = {.end = late ? CustomResult::End::timed_out : CustomResult::End::error, .reason = outcome.message};
  }
  if (result.end != CustomResult::End::ok) {
    complain("alert function", name, result.reason);
  }
  return result;
}

bool Policy::run_background(unsigned worker, const std::string& name) {
  auto& state = *workers_[worker];
  const std::lock_guard lock(state.mutex);
  const auto function = state.context.background.find(name);
  if (function == state.context.background.end()) return true;
  lua_rawgeti(state.lua.raw(), LUA_REGISTRYINDEX, function->second);
  const auto outcome = state.lua.call(0, 0);
  count(outcome);
  if (!outcome.ok()) {
    complain("background function", name, outcome.message);
  }
  return outcome.ok();
}

std::size_t Policy::lua_memory(unsigned worker) const {
  auto& state = *workers_[worker];
  const std::lock_guard lock(state.mutex);
  return state.lua.memory_used();
}

std::string Policy::run_command(std::string_view command, const Apply& apply) {
  const std::string text(command.substr(0, command.find('\0')));  // a chunk name is a C string
  if (!only_reads(text)) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      auto& state = *workers_[i];
      const std::lock_guard lock(state.mutex);
      state.context.repeats_command = i > 0;
      const auto outcome = state.lua.run(text, text, 0);
      state.context.repeats_command = false;
      if (!outcome.ok()) return "Error: " + outcome.message + ": ";
    }
  }
  return run_in_global(text, apply);
}

std::string Policy::run_in_global(std::string_view command, const Apply& apply) {
  const std::lock_guard lock(global_->mutex);
  const Settings before = settings();
  Settings after = before;
  global_->context.settings = &after;
  // Once per command: what acts everywhere has acted in the first worker.
  global_->context.repeats_command = !only_reads(command) && !workers_.empty();
  output_.clear();
  const auto outcome = global_->lua.run(command, std::string(command), 1);
  global_->context.settings = nullptr;
  global_->context.repeats_command = false;

  const auto notes = apply(before, after);
  if (notes) *settings_.lock() = after;
  if (!outcome.ok()) return "Error: " + outcome.message + ": ";
  std::string shown;
  const auto read = global_->lua.protect([&](lua_State* lua) { shown = shown_result(lua, output_); }, 1, 0);
  if (!read.ok()) return "Error: " + read.message + ": ";
  return notes ? shown + *notes : "Error: " + notes.error().message + "\n";
}

}  // namespace trackalert::policy
