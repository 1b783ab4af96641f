// SPDX-License-Identifier: Apache-2.0
#include "base/placed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace trackalert::base {
namespace {

namespace fs = std::filesystem;

class Placed : public testing::Test {
 protected:
  Placed() {
    fs::create_directory(inner_);
    held_.open(file_);
  }
  ~Placed() override { fs::remove_all(top_); }

  PlacedFile placed() { return *PlacedFile::at(file_); }
  static fs::path fresh_folder() {
    auto name = (fs::temp_directory_path() / "trackalert-base-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }
  static std::string reason(const PlacedFile& file) {
    const auto checked = file.check();
    return checked ? "" : checked.error().message;
  }

  const fs::path top_ = fresh_folder();
  const fs::path inner_ = top_ / "inner";
  const fs::path file_ = inner_ / "file";
  std::ofstream held_;
};

TEST_F(Placed, IsFineWhileItLiesThere) {
  const auto file = placed();
  held_ << "more" << std::flush;
  EXPECT_EQ(reason(file), "");
}

TEST_F(Placed, MustBeThereAtFirst) {
  const auto file = PlacedFile::at((inner_ / "none").string());
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, testing::AllOf(testing::HasSubstr("none"), testing::HasSubstr("No such file")));
}

TEST_F(Placed, IsMissedWhereItWasRemoved) {
  const auto file = placed();
  fs::remove(file_);
  EXPECT_THAT(reason(file), testing::EndsWith("inner/file was removed or moved while it was in use"));
}

TEST_F(Placed, IsMissedWithItsFolder) {
  const auto file = placed();
  fs::remove_all(inner_);
  EXPECT_THAT(reason(file), testing::HasSubstr("removed or moved"));
  std::ofstream(inner_) << "a file where a folder was";
  EXPECT_THAT(reason(file), testing::HasSubstr("removed or moved"));
}

TEST_F(Placed, IsFineAgainWhereItWasPutBack) {
  const auto file = placed();
  fs::rename(inner_, top_ / "elsewhere");
  EXPECT_THAT(reason(file), testing::HasSubstr("removed or moved"));
  fs::rename(top_ / "elsewhere", inner_);
  EXPECT_EQ(reason(file), "");
}

TEST_F(Placed, IsNotAnotherOfTheSameName) {
  const auto file = placed();
  fs::copy_file(file_, top_ / "copy");
  fs::rename(top_ / "copy", file_);
  EXPECT_THAT(reason(file), testing::EndsWith("was replaced while it was in use"));
}

}  // namespace
}  // namespace trackalert::base
