// SPDX-License-Identifier: Apache-2.0
#include "device/user_agents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace trackalert::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Debian's package uap-core, which the tests need.
const std::string uap_core = "/usr/share/uap-core/";

class UserAgentsTest : public testing::Test {
 protected:
  ~UserAgentsTest() override { std::filesystem::remove(file_); }

  base::Result<UserAgents> load(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    return UserAgents::load(file_, log_);
  }

  UserAgents rules(const std::string& browsers, const std::string& systems, const std::string& devices) {
    auto loaded = load("user_agent_parsers:\n" + browsers + "os_parsers:\n" + systems + "device_parsers:\n" + devices);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(*loaded);
  }

  /// The error, with "FILE" for the file's name.
  std::string error(const std::string& text) {
    const auto loaded = load(text);
    if (loaded) return "loaded";
    std::string message = loaded.error().message;
    if (const auto at = message.find(file_); at != std::string::npos) message.replace(at, file_.size(), "FILE");
    return message;
  }

  const std::string file_ = testing::TempDir() + "user_agents_test." + std::to_string(getpid()) + ".yaml";
  std::vector<std::string> lines_;
  base::Log log_{base::Log::Options{.syslog = false,
                                    .sink = [this](base::Level, std::string_view line) { lines_.emplace_back(line); }}};
};

const std::string no_rule = "  - regex: 'never seen'\n";

TEST_F(UserAgentsTest, BrowserFamilyTakesGroupOneOrTheWholeMatch) {
  const auto agents = rules(
      "  - regex: '(Fox)/(\\d+)\\.(\\d+)'\n"
      "  - regex: 'Owl/\\d+'\n"
      "  - regex: '(Cat)?=(\\d+)'\n"
      "  - regex: '(Dog)/(\\d+)'\n    family_replacement: ' $1 $2 $1'\n    v1_replacement: 'v'\n    v2_replacement: "
      "'$2'\n",
      no_rule, no_rule);
  const auto fox = agents.parse("a Fox/1.2 b").browser;
  EXPECT_EQ(fox.family, "Fox");
  EXPECT_EQ(fox.major, "1");
  EXPECT_EQ(fox.minor, "2");
  EXPECT_EQ(agents.parse("Owl/3").browser.family, "Owl/3");
  EXPECT_EQ(agents.parse("=4").browser.family, "") << "a group that took no part";
  EXPECT_EQ(agents.parse("=4").browser.major, "4");
  const auto dog = agents.parse("Dog/5").browser;
  EXPECT_EQ(dog.family, "Dog $2 Dog") << "only $1 means something here";
  EXPECT_EQ(dog.major, "v");
  EXPECT_EQ(dog.minor, "5") << "uap-core substitutes in versions";
}

TEST_F(UserAgentsTest, DevicesSubstituteAllGroupsAndMayIgnoreCase) {
  const auto agents = rules(no_rule, no_rule,
                            "  - regex: 'pad ([^ ]+) ([^ ]*)'\n    regex_flag: 'i'\n    device_replacement: ' $1-$2 '\n"
                            "    brand_replacement: 'B$1'\n    model_replacement: '$2$9$0$'\n"
                            "  - regex: 'Tab (\\w+)'\n");
  const auto pad = agents.parse("PAD one two").device;
  EXPECT_EQ(pad.family, "one-two");
  EXPECT_EQ(pad.brand, "Bone");
  EXPECT_EQ(pad.model, "two$0$");
  const auto tab = agents.parse("Tab x").device;
  EXPECT_EQ(tab.family, "x");
  EXPECT_EQ(tab.brand, "");
  EXPECT_EQ(tab.model, "x");
  EXPECT_EQ(agents.parse("TAB x").device.family, "Other");
}

TEST_F(UserAgentsTest, OnlyDevicesKnowFlags) {
  const auto agents = rules("  - regex: 'fox'\n    regex_flag: 'i'\n", no_rule, no_rule);
  EXPECT_EQ(agents.parse("FOX").browser.family, "Other");
}

TEST_F(UserAgentsTest, WhatNoRuleKnowsIsOther) {
  const auto agent = rules(no_rule, no_rule, no_rule).parse("x");
  EXPECT_EQ(agent.browser.family, "Other");
  EXPECT_EQ(agent.browser.major, "");
  EXPECT_EQ(agent.os.family, "Other");
  EXPECT_EQ(agent.device.family, "Other");
  EXPECT_EQ(agent.device.brand, "");
  EXPECT_EQ(agent.device.model, "");
}

TEST_F(UserAgentsTest, OnlyTheFirstPartOfATextCounts) {
  const auto agents = rules("  - regex: 'Fox$'\n", no_rule, no_rule);
  const std::string at_limit = std::string(UserAgents::max_text_bytes - 3, ' ') + "Fox";
  EXPECT_EQ(agents.parse(at_limit + " and more").browser.family, "Fox");
  EXPECT_EQ(agents.parse(" " + at_limit).browser.family, "Other");
}

TEST_F(UserAgentsTest, UnknownKeysAndListsAreIgnored) {
  EXPECT_TRUE(
      load("new_list: 3\nuser_agent_parsers: []\nos_parsers:\n- regex: a\n  new_key: {b: c}\ndevice_parsers: []\n"));
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(UserAgentsTest, ARegexThatIsNotUnderstoodIsLeftOutWithAWarning) {
  const auto agents =
      rules("  - regex: '(?<=look)behind'\n  - regex: 'fox'\n    family_replacement: 'Fox'\n", no_rule, no_rule);
  EXPECT_EQ(agents.parse("lookbehind fox").browser.family, "Fox") << "rules keep their own replacements";
  EXPECT_EQ(agents.size(), 3U);
  EXPECT_THAT(lines_,
              ElementsAre(testing::AllOf(HasSubstr(file_ + ":2: user_agent_parsers[0] ignored"), HasSubstr("(?<"))));
}

TEST_F(UserAgentsTest, ManyRefusedRegexesDoNotFloodTheLog) {
  std::string bad;
  for (int i = 0; i < 100; ++i) bad += "  - regex: '('\n";
  EXPECT_EQ(rules(bad, no_rule, no_rule).size(), 2U);
  ASSERT_EQ(lines_.size(), 11U);
  EXPECT_THAT(lines_.back(), HasSubstr("90 more"));
}

TEST_F(UserAgentsTest, ErrorsSayWhereTheyAre) {
  const std::string others = "os_parsers: []\ndevice_parsers: []\n";
  EXPECT_EQ(error("user_agent_parsers: {a: b}\n" + others), "FILE:1: user_agent_parsers is not a list");
  EXPECT_EQ(error(others), "FILE: has no list user_agent_parsers");
  EXPECT_EQ(error("user_agent_parsers: []\nos_parsers: []\n"), "FILE: has no list device_parsers");
  EXPECT_EQ(error("user_agent_parsers:\n- regex: a\n- text\n" + others), "FILE:3: user_agent_parsers[1] is not a map");
  EXPECT_EQ(error("user_agent_parsers:\n- reg: a\n" + others), "FILE:2: user_agent_parsers[0] has no regex");
  EXPECT_EQ(error("user_agent_parsers:\n- regex: [a]\n" + others),
            "FILE:2: user_agent_parsers[0].regex is not a string");
  EXPECT_EQ(error("user_agent_parsers:\n- regex: a\n  v1_replacement: {}\n" + others),
            "FILE:3: user_agent_parsers[0].v1_replacement is not a string");
  EXPECT_EQ(error("- a\n"), "FILE: is not a map of uap-core's lists");
  EXPECT_EQ(error(""), "FILE: is not a map of uap-core's lists");
  EXPECT_THAT(error("user_agent_parsers:\n  - regex: 'open\n"), HasSubstr("FILE:"));
  EXPECT_THAT(error("a: [1, 2\nb: }\n"), HasSubstr("FILE:2: "));
}

TEST_F(UserAgentsTest, HostileFilesAreErrors) {
  EXPECT_NE(error(std::string(100'000, '[')), "loaded");
  EXPECT_NE(error(std::string(1'000, '\0')), "loaded");
  EXPECT_NE(error("\xff\xfe\xff"), "loaded");
  EXPECT_THAT(error(std::string(UserAgents::max_file_bytes + 1, ' ')), HasSubstr("FILE is larger than"));
}

TEST_F(UserAgentsTest, UnreadableFilesAreErrors) {
  const auto absent = UserAgents::load("/nonexistent/regexes.yaml", log_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().message, "cannot open /nonexistent/regexes.yaml: No such file or directory");
  const auto folder = UserAgents::load("/", log_);
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("cannot read /"));
}

// uap-core's own cases. Its "patch" is not ours.

enum class Part { browser, os, device };

std::string text(const YAML::Node& test, const char* key) {
  const auto value = test[key];
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
}

std::vector<std::string> expected(const YAML::Node& test, Part part) {
  if (part == Part::device) return {text(test, "family"), text(test, "brand"), text(test, "model")};
  return {text(test, "family"), text(test, "major"), text(test, "minor")};
}

std::vector<std::string> answered(const UserAgent& agent, Part part) {
  if (part == Part::device) return {agent.device.family, agent.device.brand, agent.device.model};
  const auto& found = part == Part::os ? agent.os : agent.browser;
  return {found.family, found.major, found.minor};
}

/// How many cases there were. pgts_browser_list-orig.yaml is not among the files: it is the raw input of another.
std::size_t run(const UserAgents& agents, const std::string& file, Part part) {
  const auto root = YAML::LoadFile(uap_core + file);
  for (const auto& test : root["test_cases"]) {
    const auto string = text(test, "user_agent_string");
    EXPECT_EQ(answered(agents.parse(string), part), expected(test, part)) << file << ": " << string;
  }
  return root["test_cases"].size();
}

TEST_F(UserAgentsTest, PassesTheCasesOfUapCore) {
  const auto agents = UserAgents::load(uap_core + "regexes.yaml", log_);
  ASSERT_TRUE(agents) << agents.error().message << " (is the package uap-core installed?)";
  EXPECT_THAT(lines_, IsEmpty()) << "every pattern is understood";
  EXPECT_GE(agents->size(), 1162U);
  std::size_t cases = run(*agents, "tests/test_ua.yaml", Part::browser);
  cases += run(*agents, "tests/test_os.yaml", Part::os);
  cases += run(*agents, "tests/test_device.yaml", Part::device);
  EXPECT_GE(cases, 17'992U);
  cases = run(*agents, "test_resources/additional_os_tests.yaml", Part::os);
  for (const char* file : {"firefox_user_agent_strings", "opera_mini_user_agent_strings", "pgts_browser_list",
                           "podcasting_user_agent_strings"}) {
    cases += run(*agents, std::string("test_resources/") + file + ".yaml", Part::browser);
  }
  EXPECT_GE(cases, 13'113U);
}

}  // namespace
}  // namespace trackalert::device
