// SPDX-License-Identifier: Apache-2.0
#include "policy/lua_state.h"

#include <gtest/gtest.h>

#include <lua.hpp>

namespace trackalert::policy {
namespace {

using End = LuaOutcome::End;

LuaOutcome run_limited(std::string_view code, LuaLimits limits = {std::chrono::milliseconds(30), 64UL << 20}) {
  LuaState state(limits);
  state.set_run_time(limits.run_time);
  return state.run(code, "chunk");
}

TEST(LuaState, ErrorsCarryPositionAndTraceback) {
  LuaState state({});
  EXPECT_EQ(
      state.run("local function f() error('boom') end f()", "chunk").message,
      "[string \"chunk\"]:1: boom\nstack traceback:\n\t[C]: in function 'error'\n\t[string \"chunk\"]:1: in function "
      "'f'\n\t[string \"chunk\"]:1: in main chunk");
  const auto syntax = state.run("x = = 1", "chunk");
  EXPECT_EQ(syntax.end, End::syntax_error);
  EXPECT_EQ(syntax.message, "[string \"chunk\"]:1: unexpected symbol near '='");
  EXPECT_EQ(state.run("error({})", "chunk").message.substr(0, 31), "(error object is a table value)");
  EXPECT_TRUE(state.run("#!/usr/bin/lua\nx=1", "chunk").ok());
}

TEST(LuaState, WhatAReportSaysStaysInTheErrorsLine) {
  LuaState state({});
  const auto message = state.run("error('bad login a\\nFAKE LINE \\27[31m\\0\\127b')", "chunk").message;
  EXPECT_TRUE(
      message.starts_with("[string \"chunk\"]:1: bad login a\\nFAKE LINE \\x1b[31m\\x00\\x7fb\nstack "
                          "traceback:\n\t[C]: in function 'error'"))
      << message;
  const auto long_one = state.run("error(('x\\n'):rep(100000))", "chunk").message;
  EXPECT_EQ(long_one.find('\n'), long_one.find("\nstack traceback:"));
  EXPECT_GT(long_one.size(), 300'000);
}

TEST(LuaState, AnEndlessLoopEnds) {
  for (const auto* code :
       {"while true do end", "jit.on() local i = 0 while true do i = i + 1 end",
        "while true do pcall(function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "xpcall(function() while true do end end, function() while true do end end) while true do end"}) {
    const auto outcome = run_limited(code);
    EXPECT_EQ(outcome.end, End::timed_out) << code;
    EXPECT_NE(outcome.message.find("run-time limit"), std::string::npos) << outcome.message;
  }
}

TEST(LuaState, WhatAnEndedCallLeftBehindIsCollectedAtOnce) {
  LuaState state({.run_time = std::chrono::milliseconds(100), .memory_bytes = 64UL << 20});
  state.set_run_time(std::chrono::milliseconds(100));
  const auto outcome = state.run("local t = {} for i = 1, 1e5 do t[i] = { i } end while true do end", "chunk");
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_LT(state.memory_used(), 1UL << 20);
}

TEST(LuaState, SwallowingTheLimitIsATimeoutAllTheSame) {
  EXPECT_EQ(run_limited("pcall(function() while true do end end)").end, End::timed_out);
}

TEST(LuaState, TheLimitStartsAnewWithEachCall) {
  LuaState state({std::chrono::milliseconds(30), 0});
  state.set_run_time(std::chrono::milliseconds(30));
  EXPECT_EQ(state.run("while true do end", "chunk").end, End::timed_out);
  EXPECT_TRUE(state.run("local s = 0 for i = 1, 50000 do s = s + i end", "chunk").ok());
}

TEST(LuaState, TheLimitCannotBeTakenOff) {
  EXPECT_EQ(run_limited("debug.sethook() while true do end").end, End::timed_out);
  EXPECT_EQ(run_limited("require('jit').on(true, true) while true do end").end, End::timed_out);
}

TEST(LuaState, WithoutALimitTheCompilerIsOn) {
  LuaState state({std::chrono::milliseconds(0), 0});
  ASSERT_TRUE(state.run("return jit.status()", "chunk", 1).ok());
  EXPECT_TRUE(lua_toboolean(state.raw(), -1));
}

TEST(LuaState, MemoryHasALimit) {
  const auto outcome = run_limited("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
                                   {std::chrono::milliseconds(60'000), 8UL << 20});
  EXPECT_EQ(outcome.end, End::out_of_memory);
  EXPECT_EQ(outcome.message.substr(0, 17), "not enough memory");
}

TEST(LuaState, GoesOnAfterRunningOutOfMemory) {
  LuaState state({std::chrono::milliseconds(0), 8UL << 20});
  EXPECT_EQ(state.run("keep = {} local s = ('x'):rep(64e6)", "chunk").end, End::out_of_memory);
  EXPECT_TRUE(state.run("local s = ('y'):rep(1e6)", "chunk").ok());
  EXPECT_LT(state.memory_used(), 8UL << 20);
}

TEST(LuaState, OpensModulesWhereDebianKeepsThem) {
  LuaState state({});
  EXPECT_TRUE(state.run("assert(require('cjson').encode({1}) == '[1]')", "chunk").ok());
  EXPECT_TRUE(state.run("assert(package.path:sub(1, 8) == './?.lua;')", "chunk").ok());
}

}  // namespace
}  // namespace trackalert::policy
