// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace trackalert::base {
namespace {

TEST(Log, FiltersByLevelAndVerbosity) {
  std::vector<std::string> lines;
  Log::Options options{.stdout_level = 5, .syslog = false};
  options.sink = [&](Level, std::string_view line) { lines.emplace_back(line); };
  Log log(options);
  log.error("e{}", 1);
  log.notice("n");
  log.info("i");
  log.debug("d");
  EXPECT_EQ(lines, (std::vector<std::string>{"e1", "n"}));
  log.silence_stdout();
  log.error("unseen");
  EXPECT_EQ(lines.size(), 2);
}

TEST(Log, ControlCharactersStayInTheLine) {
  EXPECT_EQ(escape_control(std::string_view("a\nb\r\t\0\x7f", 7)), "a\\nb\\r\\t\\x00\\x7f");
}

TEST(Log, KnowsFacilities) {
  EXPECT_EQ(facility_by_name("local0"), 16 << 3);
  EXPECT_EQ(facility_by_name("nosuch"), -1);
}

}  // namespace
}  // namespace trackalert::base
