// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace trackalert::app {
namespace {

std::variant<Options, Exit> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "trackalert");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return parse_command_line(static_cast<int>(words.size()), argv.data());
}

Options options(std::vector<std::string> words) {
  return std::get<Options>(parse(std::move(words)));
}

Exit exits(std::vector<std::string> words) {
  return std::get<Exit>(parse(std::move(words)));
}

using Mode = Options::Mode;

TEST(CommandLine, Modes) {
  EXPECT_EQ(options({}).mode, Mode::foreground);
  EXPECT_EQ(options({"-s"}).mode, Mode::systemd);
  EXPECT_EQ(options({"-D"}).mode, Mode::docker);
  EXPECT_TRUE(options({"-D", "-s"}).silent && options({"-D", "-s"}).timestamps);
  EXPECT_EQ(options({"-d"}).mode, Mode::daemon);
  EXPECT_EQ(options({"--systemd"}).mode, Mode::systemd);
  EXPECT_EQ(options({"--check-config"}).mode, Mode::check_config);
  EXPECT_EQ(options({"stray", "-s", "word"}).mode, Mode::systemd);
}

TEST(CommandLine, TheClientTakesAFileOnlyIfItLooksLikeOne) {
  EXPECT_EQ(options({"-c"}).mode, Mode::client);
  EXPECT_FALSE(options({"-c"}).config_file);
  EXPECT_EQ(options({"-c", "/x.conf"}).config_file, "/x.conf");
  EXPECT_EQ(options({"-C", "/y.conf", "-c", "/x.conf"}).config_file, "/x.conf");
  const auto both = options({"-c", "-e", "stats()"});
  EXPECT_EQ(both.command, "stats()");
  EXPECT_FALSE(both.config_file);
  EXPECT_EQ(options({"--client=/x.conf"}).config_file, "/x.conf");
  EXPECT_FALSE(options({"--client", "/x.conf"}).config_file);
  EXPECT_EQ(options({"-e", "x"}).mode, Mode::client);
}

TEST(CommandLine, Levels) {
  EXPECT_EQ(options({"-l", "5x"}).log_level, 5);
  EXPECT_EQ(options({"-l", "-1"}).log_level, -1);
  EXPECT_EQ(options({"-l", "99"}).log_level, 7);
  EXPECT_EQ(options({"-v"}).log_level, 7);
  EXPECT_EQ(options({"-f", "local0"}).facility, 16 << 3);
}

TEST(CommandLine, Mistakes) {
  EXPECT_EQ(exits({"-C"}).text, "Option '-C' requires an argument\n");
  EXPECT_EQ(exits({"--config"}).text, "Option '-C' requires an argument\n");
  EXPECT_EQ(exits({"-C"}).status, 1);
  EXPECT_EQ(exits({"-x"}).status, 2);
  EXPECT_EQ(exits({"-x"}).text.substr(0, 22), "Option '-x' is invalid");
  EXPECT_EQ(exits({"--nosuch"}).text.substr(0, 28), "Option '--nosuch' is invalid");
  EXPECT_EQ(exits({"-f", "nosuch"}).text, "Bad log facility\n");
  EXPECT_EQ(exits({"-l", "x"}).text, "Bad log level (x) - must be an integer\n");
  EXPECT_EQ(exits({"-l", "99999999999"}).status, 1);
  EXPECT_EQ(exits({"-h"}).status, 0);
}

}  // namespace
}  // namespace trackalert::app
