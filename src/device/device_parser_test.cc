// SPDX-License-Identifier: Apache-2.0
#include "device/device_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/json_value.h"

namespace trackalert::device {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string regexes_file = "/usr/share/uap-core/regexes.yaml";

std::unique_ptr<DeviceParser> loaded(const std::string& file, const CacheLimits& limits = {}) {
  base::Log log(base::Log::Options{.syslog = false});
  auto parser = DeviceParser::load(file, log, limits);
  EXPECT_TRUE(parser) << parser.error().message;
  return parser ? std::move(*parser) : nullptr;
}

std::vector<std::string> names(const login::Attributes& attributes) {
  std::vector<std::string> result;
  std::ranges::transform(attributes, std::back_inserter(result), [](const auto& pair) { return pair.first; });
  return result;
}

const std::vector<std::string> browser_names = {"browser.family", "browser.major", "browser.minor",
                                                "device.brand",   "device.family", "device.model",
                                                "os.family",      "os.major",      "os.minor"};
const std::vector<std::string> imap_names = {"imapc.family", "imapc.major", "imapc.minor",
                                             "os.family",    "os.major",    "os.minor"};
const std::vector<std::string> mobile_names = {"app.brand",     "app.major", "app.minor", "app.name",
                                               "device.family", "os.family", "os.major",  "os.minor"};

struct Captured {
  std::string protocol;
  std::string device_id;
  login::Attributes attributes;
};

/// What wforce answered.
std::vector<Captured> captured() {
  std::ifstream in("src/device/testdata/device-parsing-wforce.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto json = base::parse_json(text);
  std::vector<Captured> cases;
  if (!json || json->as_array() == nullptr) return cases;
  for (const auto& entry : *json->as_array()) {
    Captured one{*entry.find("protocol")->as_string(), *entry.find("device_id")->as_string(), {}};
    for (const auto& [name, value] : *entry.find("device_attrs")->as_object()) {
      one.attributes.emplace_back(name, *value.as_string());
    }
    std::ranges::sort(one.attributes);
    cases.push_back(std::move(one));
  }
  return cases;
}

/// The names that a protocol has.
std::vector<std::string> names_of(const std::string& protocol) {
  if (protocol == "http" || protocol == "https") return browser_names;
  if (protocol == "imap" || protocol == "imaps") return imap_names;
  if (protocol == "mobileapi") return mobile_names;
  return {};
}

TEST(DeviceParser, AnswersLikeWforce) {
  const auto parser = loaded(regexes_file);
  const auto cases = captured();
  ASSERT_EQ(cases.size(), 43U);
  // wforce's cache knows no protocol: a device_id that it had seen got the first protocol's names. We do not follow.
  int from_its_cache = 0;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [protocol, device_id, attributes] : cases) {
      const auto answer = parser->parse(protocol, device_id);
      EXPECT_EQ(names(answer), names_of(protocol));
      if (names(attributes) == names_of(protocol)) {
        EXPECT_EQ(answer, attributes) << protocol << ": " << device_id;
      } else {
        ++from_its_cache;
      }
    }
  }
  EXPECT_EQ(from_its_cache, 2 * 4);
  EXPECT_GE(parser->cache().hits, cases.size() - 2) << "all of the second round but two protocols without rules";
}

TEST(DeviceParser, OneDeviceIdMayComeByAllProtocols) {
  const auto parser = loaded(regexes_file);
  const std::string device_id = R"(a.b.c/1.2 curl/7.88.1 "name" "S")";
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(parser->parse("imap", device_id).front(), (std::pair<std::string, std::string>("imapc.family", "S")));
    EXPECT_EQ(parser->parse("mobileapi", device_id).front(), (std::pair<std::string, std::string>("app.brand", "a")));
    EXPECT_EQ(parser->parse("http", device_id).front(),
              (std::pair<std::string, std::string>("browser.family", "curl")));
  }
  EXPECT_EQ(parser->cache().entries, 3U);
  EXPECT_EQ(parser->cache().hits, 3U);
  EXPECT_EQ(parser->parse("https", device_id), parser->parse("http", device_id));
  EXPECT_EQ(parser->parse("imaps", device_id), parser->parse("imap", device_id));
  EXPECT_EQ(parser->cache().entries, 3U) << "a protocol and its TLS variant are one class";
}

TEST(DeviceParser, ProtocolsAreComparedExactly) {
  const auto parser = loaded("");
  for (const char* protocol : {"IMAP", "imap ", "imapss", "", "pop3", "mobileAPI", "ima"}) {
    EXPECT_THAT(parser->parse(protocol, R"("name" "S")"), IsEmpty()) << protocol;
  }
  EXPECT_EQ(parser->cache().entries, 0U);
}

TEST(DeviceParser, WithoutAFileOnlyBrowsersAreUnknown) {
  const auto parser = loaded("");
  EXPECT_EQ(parser->rule_count(), 0U);
  EXPECT_THAT(parser->parse("http", "curl/7.88.1"), IsEmpty());
  EXPECT_EQ(names(parser->parse("imap", "")), imap_names);
  EXPECT_EQ(names(parser->parse("mobileapi", "")), mobile_names);
}

TEST(DeviceParser, AFileThatCannotBeReadIsAnError) {
  base::Log log(base::Log::Options{.syslog = false});
  EXPECT_FALSE(DeviceParser::load("/nonexistent/regexes.yaml", log));
}

TEST(DeviceParser, LooksOnlyAtTheFirstPartOfALongDeviceId) {
  const auto parser = loaded("");
  const std::string pair = R"("name" "S")";
  const std::string at_limit = std::string(DeviceParser::max_device_id_bytes - pair.size(), ' ') + pair;
  EXPECT_THAT(parser->parse("imap", at_limit), testing::Contains(Pair("imapc.family", "S")));
  EXPECT_THAT(parser->parse("imap", at_limit + std::string(1'000'000, 'x')),
              testing::Contains(Pair("imapc.family", "S")));
  EXPECT_EQ(parser->cache().entries, 1U) << "and remembers only that part";
  EXPECT_THAT(parser->parse("imap", " " + at_limit), testing::Contains(Pair("imapc.family", "")));
}

TEST(DeviceParser, TheCacheIsBounded) {
  const auto parser = loaded("", {.entries = 160, .bytes = std::size_t{1} << 20});
  for (int i = 0; i < 5'000; ++i) {
    const std::string value = std::to_string(i);
    EXPECT_EQ(parser->parse("imap", "\"name\" \"" + value + "\"").front().second, value);
  }
  EXPECT_EQ(parser->cache().entries, 160U);
  EXPECT_EQ(parser->cache().evictions, 5'000U - 160U);
  EXPECT_EQ(parser->cache().misses, 5'000U);
}

TEST(DeviceParser, HostileStringsAreAnswered) {
  const auto parser = loaded(regexes_file);
  std::vector<std::string> hostile = {
      std::string(1'000'000, 'a'),
      std::string(100'000, '\0'),
      std::string(5'000, '\xff'),
      std::string("Mozilla/5.0 \0 Chrome/1.2", 24),
      std::string(3'000, '(') + std::string(3'000, ')'),
      "\xed\xa0\x80 Firefox/1.2 \xf4\x90\x80\x80",
      "$1 $2 \\1 (?:Chrome)/$9",
      "Firefox/1.2\r\nInjected: header",
  };
  std::string repeated;  // what patterns with counted repetitions like least
  while (repeated.size() < 20'000) repeated += "Android 4.0; Mobile Safari Chrome; iPhone; Build/ ";
  hostile.push_back(repeated);
  for (const auto& device_id : hostile) {
    EXPECT_EQ(names(parser->parse("http", device_id)), browser_names);
    EXPECT_EQ(names(parser->parse("imap", device_id)), imap_names);
    EXPECT_EQ(names(parser->parse("mobileapi", device_id)), mobile_names);
  }
  EXPECT_THAT(parser->parse("http", "$1 $2 \\1 (?:Chrome)/$9"), testing::Contains(Pair("browser.family", "Other")));
  EXPECT_THAT(parser->parse("http", std::string_view("Firefox/1.2 \0\xff", 14)),
              testing::Contains(Pair("browser.family", "Firefox")));
}

TEST(DeviceParser, ManyThreadsShareIt) {
  // Hardly any room in the cache, so that the rules are at work in all threads.
  const auto parser = loaded(regexes_file, {.entries = 16, .bytes = std::size_t{1} << 20});
  const auto cases = captured();
  std::vector<login::Attributes> alone;
  for (const auto& one : cases) alone.push_back(parser->parse(one.protocol, one.device_id));
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 10 * cases.size(); ++i) {
        const std::size_t which = (i * 5 + t * 11) % cases.size();
        EXPECT_EQ(parser->parse(cases[which].protocol, cases[which].device_id), alone[which]);
      }
    });
  }
}

}  // namespace
}  // namespace trackalert::device
