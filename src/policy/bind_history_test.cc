// SPDX-License-Identifier: Apache-2.0
// history(), profile(), trend(), lt.place and the console's view of the history, as scripts see them.
#include <gtest/gtest.h>

#include "history/guarded_history_for_tests.h"
#include "policy/world_for_tests.h"

namespace trackalert::policy {
namespace {

constexpr auto evaluator = R"(
  setCustomEndpoint("ev", function(args)
    local f = assert(loadstring(args.attrs.code))
    local r = { pcall(f) }
    local out = {}
    for i = 2, table.maxn(r) do out[#out + 1] = tostring(r[i]) end
    return r[1], { r = table.concat(out, " ") }
  end)
)";

class HistoryInLua : public testing::Test {
 protected:
  void SetUp() override {
    world.history = &running;
    policy = world.load(evaluator);
    ASSERT_TRUE(policy) << world.load_error;
  }

  /// The results of `code` as text with blanks between, or the error without its position.
  std::string lua(const std::string& code) {
    const auto result = policy->run_custom(0, "ev", {.attrs = {{"code", code}}, .attrs_mv = {}});
    EXPECT_EQ(result.end, CustomResult::End::ok) << result.reason;
    if (result.r_attrs.empty()) return "";
    auto text = result.r_attrs.front().second;
    const auto position = text.find("]:1: ");  // a tail call has none
    return result.success || position == text.npos ? text : text.substr(position + 5);
  }
  std::string console(const std::string& code) {
    return policy->run_command(code, [](const auto&, const auto&) -> base::Result<std::string> { return ""; });
  }

  struct Seen {
    std::string login;
    std::string remote = "192.0.2.1";
    bool success = true;
    std::string pwhash = "p";
    std::string country = "DE";
    std::uint32_t asn = 64500;
    double ago = 60;
  };
  void remember(const Seen& seen) {
    login::Report report;
    report.t = base::to_unix_seconds(world.clock.now()) - seen.ago;
    report.login = seen.login;
    report.remote = *base::parse_address(seen.remote);
    report.success = seen.success;
    report.pwhash = seen.pwhash;
    report.protocol = "imap";
    report.attrs = {{"cos", "basic"}};
    report.device_attrs = {{"os.family", "iOS"}};
    history::Arrival arrival{&report, {.country_code = seen.country, .city = "Bonn", .as_name = "", .asn = seen.asn}};
    ASSERT_TRUE(history.append({&arrival, 1}));
  }

  World world;
  history::GuardedHistory history{world.clock};
  RunningHistory running{history, {.folder = "/var/lib/x"}};
  std::shared_ptr<Policy> policy;
};

TEST_F(HistoryInLua, CountsAndFilters) {
  remember({.login = "ann"});
  remember({.login = "ann", .remote = "192.0.2.2", .success = false});
  remember({.login = "bob", .remote = "198.51.100.1", .success = false, .country = "FR", .asn = 64501});
  EXPECT_EQ(lua("return history{}:count()"), "3 1 2");
  EXPECT_EQ(lua("return history{ login = 'ann', since = '1h' }:count()"), "2 1 1");
  EXPECT_EQ(lua("return history{ remote = newCA('192.0.2.1') }:count()"), "1 1 0");
  EXPECT_EQ(lua("return (history{ remote = '192.0.2.0/24', success = false }:count())"), "1");
  for (const auto* net : {"'192.0.2.0/24'", "'192.0.2.9'", "newCA('192.0.2.9')", "newNetmask('192.0.2.0/24')"}) {
    EXPECT_EQ(lua(std::string("return (history{ net = ") + net + " }:count())"), "2") << net;
  }
  EXPECT_EQ(lua("return (history{ asn = 64501, country = 'FR', protocol = 'imap', pwhash = 'p' }:count())"), "1");
  EXPECT_EQ(lua("return (history{ attrs = { cos = 'basic' }, device = 'iOS / - / -' }:count())"), "3");
  EXPECT_EQ(lua("return (history{ attrs = { cos = 'other' } }:count())"), "0");
  EXPECT_EQ(lua("return (history{ ['until'] = '30m' }:count())"), "0");
  EXPECT_EQ(lua("return (history{ since = os.time() - 30 }:count())"), "0");
}

TEST_F(HistoryInLua, EventsAreLoginTuplesInPages) {
  for (int i = 0; i < 5; ++i) remember({.login = "ann", .pwhash = std::to_string(i), .ago = 100.0 - i});
  EXPECT_EQ(lua(R"(
    local q, out, cursor = history{ login = "ann" }, "", nil
    repeat
      local page
      page, cursor = q:events(2, cursor)
      for _, lt in ipairs(page) do out = out .. lt.pwhash end
      out = out .. "|"
    until not cursor
    return out)"),
            "43|21|0|");
  EXPECT_EQ(lua("local lt = history{}:events(1)[1] return lt.login, lt.remote:tostring(), lt.success, lt.attrs.cos, "
                "lt.place.country_code, lt.place.city, lt.place.asn, lt.place.latitude, os.time() - lt.t < 200"),
            "ann 192.0.2.1 true basic DE Bonn 64500 nil true");
  EXPECT_EQ(lua("return history{}:events(1, 'x')"), "this is no cursor of events(): x");
}

TEST_F(HistoryInLua, DistinctTopSeriesSignificant) {
  for (int i = 0; i < 4; ++i) remember({.login = "u" + std::to_string(i), .remote = "198.51.100.1", .success = false});
  remember({.login = "ann"});
  EXPECT_EQ(lua("return history{}:distinct('login')"), "5 false");
  EXPECT_EQ(lua("local t = history{}:top('remote', 1) return t[1].value, t[1].score, #t"), "198.51.100.1 4 1");
  EXPECT_EQ(lua("local t = history{}:top('remote', 9, 'failures') return t[1].value, t[1].score, #t"),
            "198.51.100.1 4 1");
  EXPECT_EQ(lua("local t = history{}:top('net', 9, 'distinct', 'login') return t[1].value, t[1].score, #t"),
            "198.51.100.0/24 4 2");
  EXPECT_EQ(lua("local t = history{}:series('1d') local s, f = 0, 0 for _, r in ipairs(t) do s = s + r.successes f = f "
                "+ r.failures end return s, f"),
            "1 4");
  EXPECT_EQ(lua("local t = history{ success = false }:significant('remote', 3) return t[1].value, t[1].within, "
                "t[1].overall, t[1].score > 0"),
            "198.51.100.1 4 4 true");
}

TEST_F(HistoryInLua, ProfilesSayWhatIsUsual) {
  remember({.login = "ann", .ago = 40 * 86'400});
  remember({.login = "ann", .success = false, .country = "FR", .asn = 0});
  EXPECT_EQ(lua("local p = profile('ann') return p:seen('country', 'DE'), p:seen('country', 'DE', '30d'), "
                "p:seen('country', 'US'), p:seen('asn', 64500), p:seen('asn', 1)"),
            "true false false true false");
  EXPECT_EQ(lua("local p = profile('ann') return p:seen('country', ''), p:seen('asn', 0), p:seen('net', "
                "newCA('192.0.2.9')), p:seen('net', '192.0.2.9'), p:seen('device', {['os.family'] = 'iOS'})"),
            "true true true true true");
  EXPECT_EQ(lua("local p = profile('ann') return p:successes(), p:failures(), p:successes('country', 'FR'), "
                "p:failures('country', 'FR'), p:last_seen() - p:first_seen() > 39 * 86400"),
            "1 1 0 1 true");
  EXPECT_EQ(lua("local p = profile('nobody') return p:first_seen(), p:last_seen(), p:successes(), p:seen('country', "
                "'DE'), #p:values('country')"),
            "nil nil 0 false 0");
  EXPECT_EQ(lua("local v = profile('ann'):values('country') "
                "return #v, v[1].value, v[1].successes, v[2].value, v[2].failures, v[2].last_seen >= v[2].first_seen"),
            "2 FR 0 DE 0 true");
}

TEST_F(HistoryInLua, TrendsCountWindows) {
  for (int i = 0; i < 3; ++i)
    remember({.login = "u" + std::to_string(i), .success = false, .pwhash = std::to_string(i)});
  remember({.login = "u0", .success = false, .pwhash = "0"});
  remember({.login = "ann", .ago = 3 * 86'400});
  EXPECT_EQ(lua("local t = trend('remote', newCA('192.0.2.1')) return t:count('1h'), t:count('7d'), t:successes('7d'), "
                "t:failures('7d'), t:distinct('login', '1h'), t:distinct('pwhash', '1h')"),
            "4 5 1 4 3 3");
  EXPECT_EQ(lua("return trend('net', newCA('192.0.2.77')):count('1h'), trend('all'):count('7d'), "
                "trend('login', 'u0'):distinct('remote', '1d'), trend('country', ''):count('1h')"),
            "4 5 1 0");
}

TEST_F(HistoryInLua, MistakesAreErrorsThatNameWhatIsRight) {
  EXPECT_EQ(lua("profile('a'):seen('nosuch', 'x')"),
            "there is no facet \"nosuch\" here, only country, asn, net, device, protocol, hour_of_week");
  EXPECT_EQ(lua("profile('a'):successes('country')"), "a facet needs a value behind it");
  EXPECT_EQ(lua("trend('login', newCA('192.0.2.1'))"), "login is no ComboAddress");
  EXPECT_EQ(lua("trend('login')"), "a facet needs a value behind it");
  EXPECT_EQ(lua("trend('login', 'x'):distinct('login', '1h')"), "the trend of one login has no other logins");
  EXPECT_NE(lua("trend('login', 'x'):count('3 weeks')").find("3 weeks"), std::string::npos);
  EXPECT_EQ(lua("trend('login', 'x'):count()"), "This function requires at least 2 parameter(s)");
  EXPECT_EQ(lua("history{}:top('remote', 1, 'size')"),
            "top() is by \"count\", \"failures\" or \"distinct\", not by \"size\"");
  EXPECT_EQ(lua("history{}:events(0)"), "0 is out of range (1 to 1000)");
  EXPECT_TRUE(lua("history{ user = 'x' }").starts_with("history(): ")) << lua("history{ user = 'x' }");
  EXPECT_TRUE(lua("history{ remote = 'x' }").starts_with("history(): "));
  EXPECT_EQ(lua("history{ login = print }"), "history(): login cannot be a function");
  EXPECT_EQ(lua("history{ attrs = { a = {} } }"), "history(): attrs.a cannot be a table");
  EXPECT_EQ(lua("history('x')"), "Unable to convert parameter from string to table");
}

TEST_F(HistoryInLua, OffIsAnError) {
  world.history = nullptr;
  for (const auto* call : {"history{}", "profile('x')", "trend('all')"}) {
    EXPECT_EQ(lua(call), "history is off: setHistoryDir() turns it on");
  }
  EXPECT_NE(console("showHistory()").find("history is off"), std::string::npos);
}

TEST_F(HistoryInLua, TheConfigurationItselfCannotAsk) {
  EXPECT_EQ(world.load("profile('x')"), nullptr);
  EXPECT_NE(world.load_error.find("the history cannot be asked while the configuration is read"), std::string::npos);
}

TEST_F(HistoryInLua, TheConsoleShowsAndErases) {
  remember({.login = "ann\x1b[2J"});
  remember({.login = "bob", .success = false});
  EXPECT_NE(console("showHistory()").find("directory   /var/lib/x\nreports     2\n"), std::string::npos)
      << console("showHistory()");
  const auto remote = console("showRemote('192.0.2.1')");
  EXPECT_NE(remote.find("bob"), std::string::npos) << remote;
  EXPECT_EQ(remote.find('\x1b'), std::string::npos);
  EXPECT_NE(console("showLogin('bob')").find("\n24h            0         1 "), std::string::npos)
      << console("showLogin('bob')");
  EXPECT_EQ(console("showLogin('nobody')"), "login       nobody\nNever seen.\n");
  EXPECT_EQ(console("eraseLogin('bob')"), "1 reports erased\n");
  EXPECT_EQ(console("showLogin('bob')"), "login       bob\nNever seen.\n");
  EXPECT_NE(console("showRemote('x')").find("takes an address or a network, not \"x\""), std::string::npos);
}

TEST_F(HistoryInLua, ProgramsAskTheConsoleInJson) {
  for (int i = 0; i < 300; ++i) remember({.login = std::string(400, 'x')});
  const auto count = console(R"(return historyQuery('{"count":{}}'))");
  EXPECT_NE(count.find("\"total\": 300"), std::string::npos) << count;
  const auto events = console(R"(return historyQuery('{"events":{"limit":300}}'))");
  EXPECT_LE(events.size(), 65'519);
  EXPECT_NE(events.find("\"cursor\": "), std::string::npos);
  EXPECT_NE(console("return historyQuery('{}')").find("Error: "), std::string::npos);
}

TEST_F(HistoryInLua, PlacesOfReportsAreLookedUpWhenAskedFor) {
  policy = world.load(
      "setReport(function(lt) infoLog('at [' .. lt.place.country_code .. '] ' .. lt.place.asn .. "
      "tostring(lt.place.latitude), {}) end)");
  policy->run_report(0, report_of("joe"));
  EXPECT_TRUE(world.logged("at [] 0nil"));
}

TEST(HistorySettings, AreCheckedAndKept) {
  World world;
  const auto policy = world.load(R"(
    setHistoryDir("/var/lib/trackalert") setHistoryRetention("30d") setProfileRetention("52w") setHistorySync("always")
    setHistoryMemoryMB(64) setHistoryMaxDiskGB(5) setHistoryPseudonymise(true))");
  ASSERT_TRUE(policy) << world.load_error;
  const auto options = policy->settings().history;
  EXPECT_EQ(options, (history::Options{.folder = "/var/lib/trackalert",
                                       .retention = 30 * history::day,
                                       .profile_retention = 364 * history::day,
                                       .sync = history::Sync::always,
                                       .memory_bytes = std::size_t{64} << 20,
                                       .max_disk_bytes = std::uint64_t{5} << 30,
                                       .pseudonymise = true}));
  for (const auto& [config, error] : {
           std::pair{"setHistoryDir('')", "setHistoryDir() takes the name of a directory"},
           {"setHistoryRetention('12h')", "takes a duration from \"1d\" to \"3650d\", not \"12h\""},
           {"setProfileRetention('x')", "takes a duration from \"1d\" to \"3650d\", not \"x\""},
           {"setHistorySync('2s')", "setHistorySync() takes \"1s\", \"always\" or \"never\", not \"2s\""},
           {"setHistoryMemoryMB(63)", "63 is out of range (64 to 1048576)"},
           {"setHistoryMaxDiskGB(-1)", "-1 is out of range"},
           {"setHistoryPseudonymise('yes')", "Unable to convert parameter from string to boolean"},
       }) {
    EXPECT_EQ(world.load(config), nullptr) << config;
    EXPECT_NE(world.load_error.find(error), std::string::npos) << world.load_error;
  }
}

}  // namespace
}  // namespace trackalert::policy
