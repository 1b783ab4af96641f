// SPDX-License-Identifier: Apache-2.0
#include "app/small_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace trackalert::app {
namespace {

class SmallFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "trackalert-small-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string content(const std::string& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }

  std::filesystem::path folder_;
};

TEST_F(SmallFileTest, TheNewTextIsThereAndPrivate) {
  const auto file = (folder_ / "state").string();
  ASSERT_TRUE(write_in_one_step(file, "one"));
  ASSERT_TRUE(write_in_one_step(file, "two"));
  EXPECT_EQ(content(file), "two");
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  EXPECT_FALSE(std::filesystem::exists(file + ".new"));
}

/// By the daemon's user, say, for root to write through.
TEST_F(SmallFileTest, ALinkThatLiesThereIsNotWrittenThrough) {
  const auto file = (folder_ / "state").string();
  const auto victim = (folder_ / "victim").string();
  std::ofstream(victim) << "precious";
  std::filesystem::create_symlink(victim, file + ".new");
  ASSERT_TRUE(write_in_one_step(file, "text"));
  EXPECT_EQ(content(victim), "precious");
  EXPECT_EQ(content(file), "text");
  EXPECT_FALSE(std::filesystem::is_symlink(file));
}

TEST_F(SmallFileTest, AFolderInTheWayIsAnErrorThatNamesTheFile) {
  const auto file = (folder_ / "state").string();
  std::filesystem::create_directory(file + ".new");
  const auto written = write_in_one_step(file, "text");
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().message.starts_with("cannot write " + file)) << written.error().message;
}

}  // namespace
}  // namespace trackalert::app
