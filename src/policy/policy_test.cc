// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include "policy/function_table.h"
#include "policy/world_for_tests.h"

namespace trackalert::policy {
namespace {

base::Result<std::string> no_notes(const Settings& /*before*/, const Settings& /*after*/) {
  return "";
}

std::string command(Policy& policy, std::string_view text) {
  return policy.run_command(text, &no_notes);
}

TEST(Policy, RunsTheConfigurationOnceForEachState) {
  World world;
  const auto policy = world.load("setNumReportThreads(2) setNumSchedulerThreads(1) infoLog('loading', {})");
  ASSERT_TRUE(policy);
  EXPECT_EQ(world.lines().size(), 4);  // the global state and three workers
  EXPECT_EQ(policy->workers().report, 2);
  EXPECT_EQ(policy->workers().scheduler, 1);
}

TEST(Policy, NumLuaStatesIsALowerBound) {
  World world;
  EXPECT_EQ(world.load("setNumLuaStates(20)")->workers().report, 16);
  EXPECT_EQ(world.load("setNumLuaStates(5)")->workers().report, 6);
}

TEST(Policy, LoadErrorsNameLineReasonAndFile) {
  World world;
  EXPECT_FALSE(world.load("\naddACL('garbage')"));
  EXPECT_TRUE(world.load_error.starts_with(
      "Fatal Lua error: [string \"chunk\"]:2: Unable to convert 'garbage' to a netmask\nstack traceback:"))
      << world.load_error;
  EXPECT_NE(world.load_error.find("in function 'addACL'"), std::string::npos);
  EXPECT_NE(world.load_error.find("'test.conf'"), std::string::npos);
  EXPECT_FALSE(world.load("x = = 1"));
  EXPECT_EQ(world.load_error.substr(0, 12), "Fatal error:");
}

TEST(Policy, SyntaxErrorsDoNotQuoteWhatMayBeASecret) {
  World world;
  for (const auto* config : {"setWebserverPassword(\"TopSecret\n", "setWebserverPassword(TopSecret\")\n",
                             "setKey('Top''Secret' Secret Secret)"}) {
    EXPECT_FALSE(world.load(config));
    EXPECT_TRUE(world.load_error.starts_with("Fatal error: [string \"chunk\"]:1: ")) << world.load_error;
    EXPECT_EQ(world.load_error.find("Secret"), std::string::npos) << world.load_error;
  }
  EXPECT_FALSE(world.load("x = = 1"));
  EXPECT_NE(world.load_error.find(" near '='\n"), std::string::npos) << world.load_error;
  EXPECT_FALSE(world.load("if true then"));
  EXPECT_NE(world.load_error.find(" near '<eof>'\n"), std::string::npos) << world.load_error;
}

TEST(Policy, FunctionsCheckTheirArguments) {
  World world;
  const auto policy = world.load("");
  EXPECT_NE(command(*policy, "addACL()").find("This function requires at least 1 parameter(s)"), std::string::npos);
  EXPECT_NE(command(*policy, "addACL('a', 'b')").find("This function requires at most 1 parameter(s)"),
            std::string::npos);
  EXPECT_NE(command(*policy, "addACL({})").find("Unable to convert parameter from table to string"), std::string::npos);
  EXPECT_NE(command(*policy, "infoLog('m', {[true] = 'x'})").find("Unable to convert parameter from table to"),
            std::string::npos);
  EXPECT_NE(command(*policy, "setNumWorkerThreads(-1)").find("-1 is out of range (0 to 1024)"), std::string::npos);
  EXPECT_EQ(command(*policy, "setNumWorkerThreads('5')"), "");
}

TEST(Policy, ReportsReachTheFunctionWithEveryField) {
  World world;
  const auto policy = world.load(R"(setReport(function(lt)
    lt.attrs = {b = "2"}
    infoLog("R", {s = lt.login .. lt.remote:tostring() .. tostring(lt.success) .. lt.attrs.b .. lt.attrs_mv.m[2] .. lt.t})
  end))");
  auto report = report_of("joe");
  report->remote = *base::parse_address("192.0.2.1");
  report->success = true;
  report->attrs_mv = {{"m", {"x", "y"}}};
  report->t = 5;
  policy->run_report(0, std::move(report));
  EXPECT_TRUE(world.logged("R: s=\"joe192.0.2.1true2y5\" "));
}

TEST(Policy, AScriptMayKeepAReport) {
  World world;
  const auto policy = world.load("kept = {} setReport(function(lt) kept[#kept + 1] = lt end)");
  for (const auto* login : {"a", "b"}) policy->run_report(0, report_of(login));
  // Worker 0 is the first that a command runs in.
  command(*policy, "collectgarbage() if kept[1] then infoLog(kept[1].login .. kept[2].login, {}) end");
  EXPECT_TRUE(world.logged("ab"));
}

TEST(Policy, WrongWritesAreErrors) {
  World world;
  const auto policy = world.load(R"(setReport(function(lt)
    for _, f in ipairs{function() lt.success = 1 end, function() lt.nosuch = 1 end, function() lt.attrs_mv = {} end,
                       function() lt.remote = "1.2.3.4" end, function() lt.remote.x = 1 end} do
      infoLog(tostring(select(2, pcall(f))), {})
    end
    local ok = pcall(function() getmetatable(lt).__gc(lt) end)
    infoLog(tostring(ok) .. tostring(lt.nosuch) .. lt.login, {})
  end))");
  policy->run_report(0, report_of("joe"));
  EXPECT_TRUE(world.logged("Unable to convert parameter from number to boolean"));
  EXPECT_TRUE(world.logged("there is no field 'nosuch' to write"));
  EXPECT_TRUE(world.logged("there is no field 'attrs_mv' to write"));
  EXPECT_TRUE(world.logged("Unable to convert parameter from string to ComboAddress"));
  EXPECT_TRUE(world.logged("falseniljoe"));
}

TEST(Policy, ErrorsAreLoggedAndCounted) {
  World world;
  const auto policy = world.load("setReport(function(lt) error('boom') end)");
  policy->run_report(0, report_of("joe"));
  EXPECT_TRUE(world.logged("Lua function [report] exception: [string \"chunk\"]:1: boom\nstack traceback:"));
  EXPECT_EQ(world.statistics.lua_errors.value(), 1);
}

TEST(Policy, CustomFunctionsReturnABooleanAndATable) {
  World world;
  const auto policy = world.load(R"(
    setCustomEndpoint("good", function(a) return true, {z = 1, b = a.attrs.x, 1.5} end)
    setCustomEndpoint("bad", function(a) return true end)
    setCustomEndpoint("nested", function(a) return true, {x = {}} end)
    setCustomEndpoint("loop", function(a) while true do end end)
    setLuaTimeoutSecs(1))");
  const auto good = policy->run_custom(0, "good", {.attrs = {{"x", "y"}}, .attrs_mv = {}});
  EXPECT_EQ(good.end, CustomResult::End::ok);
  EXPECT_EQ(good.r_attrs, (login::Attributes{{"1", "1.5"}, {"b", "y"}, {"z", "1"}}));
  EXPECT_EQ(policy->run_custom(0, "bad", {}).end, CustomResult::End::error);
  EXPECT_EQ(policy->run_custom(0, "nested", {}).end, CustomResult::End::error);
  EXPECT_EQ(policy->run_custom(0, "nosuch", {}).end, CustomResult::End::error);
  EXPECT_EQ(policy->run_custom(0, "loop", {}).end, CustomResult::End::timed_out);
}

TEST(Policy, CommandsShowResultsOutputsAndErrors) {
  World world;
  const auto policy = world.load("");
  EXPECT_EQ(command(*policy, "return 5"), "5");
  EXPECT_EQ(command(*policy, "return 'x'"), "x");
  EXPECT_EQ(command(*policy, ""), "");
  EXPECT_EQ(command(*policy, "stats()"), "0 reports\n");
  EXPECT_EQ(command(*policy, "stats() showVersion()"), std::string("trackalert ") + TRACKALERT_VERSION + "\n");
  EXPECT_EQ(command(*policy, "x="), "Error: [string \"x=\"]:1: unexpected symbol near '<eof>': ");
  EXPECT_EQ(command(*policy, "return true").substr(0, 43), "Command returned an object we can't print: ");
  EXPECT_EQ(command(*policy, "error(\"bar\")"),
            "Error: [string \"error(\"bar\")\"]:1: bar\nstack traceback:\n\t[C]: in function 'error'\n\t[string "
            "\"error(\"bar\")\"]:1: in main chunk: ");
}

TEST(Policy, CommandsChangeEveryStateAndActOnce) {
  World world;
  const auto policy = world.load("setNumReportThreads(3) addCustomStat('s')");
  command(*policy, "setReport(function(lt) incCustomStat('s') end) x = 7");
  for (unsigned worker = 0; worker < 3; ++worker) policy->run_report(worker, report_of("joe"));
  EXPECT_EQ(command(*policy, "showCustomStats()"), "s=3\n");
  command(*policy, "return incCustomStat('s')");
  EXPECT_EQ(command(*policy, "showCustomStats()"), "s=4\n");
  EXPECT_EQ(command(*policy, "return x"), "7");
}

TEST(Policy, CommandsChangeSettingsThroughApply) {
  World world;
  const auto policy = world.load("");
  std::size_t before_size = 0;
  std::size_t after_size = 0;
  policy->run_command("addACL('192.0.2.0/24')", [&](const Settings& before, const Settings& after) {
    before_size = before.acl.size();
    after_size = after.acl.size();
    return base::Result<std::string>("");
  });
  EXPECT_EQ(after_size, before_size + 1);
  EXPECT_NE(command(*policy, "showACL()").find("192.0.2.0/24\n"), std::string::npos);
}

TEST(Policy, WhatCannotBeAppliedIsNotKept) {
  World world;
  const auto policy = world.load("");
  const auto answer = policy->run_command("setWebserverPassword('x')", [](const Settings&, const Settings&) {
    return base::Result<std::string>(base::fail("no"));
  });
  EXPECT_EQ(answer, "Error: no\n");
  EXPECT_EQ(policy->settings().webserver_password, "");
}

TEST(Policy, BuiltInNamesCannotBeTaken) {
  World world;
  ASSERT_TRUE(world.load("setCustomEndpoint('report', function() end)"));
  EXPECT_TRUE(world.logged("[report] is a built-in command"));
  EXPECT_TRUE(world.load("")->settings().custom_endpoints.empty());
}

TEST(Policy, UnsetBackgroundFunctionsAreWarnedOf) {
  World world;
  ASSERT_TRUE(world.load("intervalScheduleBackgroundFunc('00:00:01', 'nosuch')"));
  EXPECT_TRUE(world.logged("The background function [nosuch] is scheduled but not set"));
}

TEST(Policy, ShutdownReachesTheControl) {
  World world;
  const auto policy = world.load("setReport(function() shutdown() end)");
  policy->run_report(0, report_of("joe"));
  EXPECT_EQ(world.exit, 0);
}

TEST(FunctionTable, EveryRowIsDocumentedOnce) {
  std::set<std::string> names;
  for (const auto& row : all_functions()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GT(std::string_view(row.help).size(), 10) << row.name;
    EXPECT_TRUE(std::string_view(row.help).ends_with('.')) << row.name;
  }
}

std::unique_ptr<login::Report> large_report() {
  auto report = report_of("x");
  report->device_id.assign(1 << 20, 'd');
  return report;
}

TEST(Policy, DeadReportsDoNotPileUp) {
  World world;
  const auto policy = world.load("setReport(function(lt) end) setNumReportThreads(1)");
  for (int i = 0; i < 200; ++i) {
    policy->run_report(0, large_report());
    EXPECT_LT(policy->lua_memory(0), 16UL << 20);
  }
}

TEST(Policy, WhatAScriptKeepsOutsideLuasHeapIsLimitedToo) {
  World world;
  const auto policy = world.load(
      "kept = {} setReport(function(lt) kept[#kept + 1] = lt end) setNumReportThreads(1) "
      "setLuaMemoryLimitMB(8)");
  for (int i = 0; i < 100; ++i) policy->run_report(0, large_report());
  EXPECT_LT(policy->lua_memory(0), 16UL << 20);
  EXPECT_GT(world.statistics.lua_out_of_memory.value(), 0);
}

TEST(Policy, GoesOnWhenAStateIsFullToTheBrim) {
  World world;
  const auto policy = world.load(
      "local list local function fill() while true do list = {list} end end "
      "setReport(fill) setCustomEndpoint('c', fill) setNumReportThreads(1) setLuaMemoryLimitMB(8)");
  for (int i = 0; i < 50; ++i) {
    policy->run_report(0, report_of("x"));
    EXPECT_EQ(policy->run_custom(0, "c", {}).end, CustomResult::End::error);
  }
  EXPECT_EQ(world.statistics.lua_out_of_memory.value(), 100);
}

TEST(Policy, GoesOnWhenAFinaliserFails) {
  World world;
  const auto policy = world.load(
      "local function fail() error('in a finaliser') end "
      "setReport(function(lt) for i = 1, 20 do getmetatable(newproxy(true)).__gc = fail end end) "
      "setNumReportThreads(1)");
  for (int i = 0; i < 500; ++i) policy->run_report(0, report_of("x"));
  EXPECT_TRUE(world.logged("in a finaliser"));
}

}  // namespace
}  // namespace trackalert::policy
