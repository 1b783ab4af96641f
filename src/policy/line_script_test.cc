// SPDX-License-Identifier: Apache-2.0
#include "policy/line_script.h"

#include <gmock/gmock.h>

#include "logs/format_for_tests.h"

namespace trackalert::policy {
namespace {

using testing::HasSubstr;

constexpr LuaLimits limits{std::chrono::milliseconds(50), 16UL << 20};

/// Lines through a script, as logs::Lines shows them.
class Script {
 public:
  explicit Script(const std::string& code)
      : format_(make_line_script({"script.lua", code, limits}, {zone_, logs::reference_for_tests})) {}

  std::string read(std::string_view line) {
    if (!format_) return format_.error().message;
    std::vector<login::Report> found;
    const auto reading = (*format_)->read(line, found);
    if (reading.kind == logs::Reading::Kind::bad) {
      EXPECT_TRUE(found.empty());
      return fmt::format("bad: {}", reading.reason);
    }
    std::string out;
    for (const auto& report : found) out += (out.empty() ? "" : "; ") + logs::text_of(report);
    return out.empty() ? "-" : out;
  }

 private:
  logs::FixedZone zone_{std::chrono::hours(1)};
  base::Result<std::unique_ptr<logs::Format>> format_;
};

TEST(LineScript, ReturnsOrDefinesItsFunction) {
  const std::string body = R"( return { t = tonumber(line), login = "joe", remote = "192.0.2.1", success = true } end)";
  EXPECT_EQ(Script("return function(line)" + body).read("1795770000"), "1795770000 joe 192.0.2.1  ok");
  EXPECT_EQ(Script("function parse(line)" + body).read("1795770000"), "1795770000 joe 192.0.2.1  ok");
  EXPECT_EQ(Script("x = 1").read(""), "script.lua neither returns a function nor defines parse()");
  EXPECT_THAT(Script("return function(").read(""), HasSubstr("script.lua:1:"));
  EXPECT_THAT(Script("error('boom')").read(""), HasSubstr("boom"));
  EXPECT_THAT(Script("while true do end").read(""), HasSubstr("run-time limit"));
}

TEST(LineScript, GivesNoneOneOrSomeReports) {
  Script script(R"(
    local lines = 0
    function parse(line)
      lines = lines + 1
      if line == "none" then return nil end
      if line == "text" then return "x" end
      if line == "mixed" then return { { t = 1, login = "a" }, 5 } end
      local report = { t = "2026-11-27T09:00:00.5Z", login = line, remote = "192.0.2.1", success = false, protocol = "imap",
                       fail_type = "credentials", tls = true, attrs = { a = "b", c = { "d", "e" } } }
      if line == "two" then return { report, { t = lines, login = "other" } } end
      return report
    end)");
  EXPECT_EQ(script.read("none"), "-");
  EXPECT_EQ(script.read("one"), "1795770000.5 one 192.0.2.1 imap failed credentials tls");
  EXPECT_EQ(script.read("two"), "1795770000.5 two 192.0.2.1 imap failed credentials tls; 3 other 0.0.0.0  failed ");
  EXPECT_EQ(script.read("text"), "bad: the function returned a string, no table");
  EXPECT_EQ(script.read("mixed"), "bad: a list of something else than reports");
}

TEST(LineScript, WhatIsNoReportIsBad) {
  Script script("function parse(line) return loadstring('return ' .. line)() end");
  EXPECT_EQ(script.read("{ login = 'joe' }"), "bad: no time");
  EXPECT_EQ(script.read("{ t = 'yesterday?', login = 'joe' }"), "bad: t is no time");
  EXPECT_EQ(script.read("{ t = 1, remote = 'nowhere' }"), "bad: no address where one should be");
  EXPECT_EQ(script.read("{ t = 1, login = print }"), "bad: a function in a report");
  EXPECT_EQ(script.read("{ t = 1, login = 'a', attrs = { b = { c = { 'd' } } } }"),
            "bad: a report whose tables nest too deep");
  EXPECT_EQ(script.read("{ t = 1 }"), "-");
  EXPECT_EQ(script.read("(function() local t = {} for i = 1, 101 do t[i] = { t = 1, login = 'a' } end return t end)()"),
            "bad: more than 100 reports of a line");
  EXPECT_THAT(script.read("error('boom')"), HasSubstr("boom"));
  EXPECT_EQ(script.read("{ t = 1, login = 'joe' }"), "1 joe 0.0.0.0  failed ") << "it goes on";
}

TEST(LineScript, IsUnderLimits) {
  Script script("function parse(line) return loadstring(line)() end");
  EXPECT_THAT(script.read("while true do end"), HasSubstr("run-time limit"));
  EXPECT_THAT(script.read("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"),
              testing::AnyOf(HasSubstr("not enough memory"), HasSubstr("run-time limit")));
  EXPECT_EQ(script.read("return { t = 1, login = 'joe', success = true }"), "1 joe 0.0.0.0  ok");
}

TEST(LineScript, KnowsTheEnvelopesOfSyslog) {
  Script script(R"(
    return function(line)
      local t, program, message = syslog(line)
      if program ~= "vpn" then return nil end
      local user, ip = message:match("^login of (%S+) from (%S+)$")
      return user and { t = t, login = user, remote = ip, protocol = program, success = true }
    end)");
  EXPECT_EQ(script.read("Nov 27 10:00:00 host vpn[1]: login of joe from 192.0.2.1"), "1795770000 joe 192.0.2.1 vpn ok");
  EXPECT_EQ(script.read("Nov 27 10:00:00 host other[1]: login of joe from 192.0.2.1"), "-");
  EXPECT_EQ(script.read("what?"), "-");
}

}  // namespace
}  // namespace trackalert::policy
