// SPDX-License-Identifier: Apache-2.0
#include "app/log_merge.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace trackalert::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LogMergeTest : public testing::Test {
 protected:
  LogMergeTest() {
    std::string name = (fs::temp_directory_path() / "merge-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~LogMergeTest() override { fs::remove_all(folder_); }

  /// A file of reports at these times.
  void add(const std::string& name, const std::vector<unsigned>& times, std::string_view behind = "") {
    {
      std::ofstream file(folder_ / name);
      for (const auto time : times) file << fmt::format("{{\"t\": {}, \"login\": \"{}\"}}\n", time, name);
      file << behind;
    }
    auto input = LogInput::open((folder_ / name).string(), terms_);
    ASSERT_TRUE(input) << input.error().message;
    (*input)->rest();
    inputs_.push_back(std::move(*input));
  }

  /// The times as they come; false from take() at `last`.
  std::vector<unsigned> run(unsigned last = 0) {
    std::vector<unsigned> out;
    const auto take = [&](LogInput& /*input*/, const login::Report& report) {
      out.push_back(static_cast<unsigned>(report.t));
      return out.back() != last;
    };
    const bool whole = LogMerge(inputs_).run(take, [this](const auto& error) { errors_.push_back(error.message); });
    EXPECT_EQ(whole, last == 0);
    return out;
  }

  fs::path folder_;
  const schedule::LocalZone zone_;
  std::map<std::string, LogPlace> known_;
  LogInput::Terms terms_{.zone = zone_, .now = 2000 * history::second, .known = [this](const std::string& first) {
                           const auto at = known_.find(first);
                           return at == known_.end() ? std::nullopt : std::optional(at->second);
                         }};
  std::vector<std::unique_ptr<LogInput>> inputs_;
  std::vector<std::string> errors_;
};

TEST_F(LogMergeTest, TakesFilesOneAfterTheOtherOrSideBySide) {
  add("third", {70, 80});
  add("first", {10, 40, 30, 60});  // its own order stays
  add("second", {20, 50, 90});
  EXPECT_THAT(run(), ElementsAre(10, 20, 40, 30, 50, 60, 70, 80, 90));
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(LogMergeTest, MoreFilesThanAreOpenAtOnceComeAllTheSame) {
  constexpr unsigned files = 3 * most_side_by_side;
  for (unsigned i = 0; i < files; ++i) add(std::to_string(i), {i + 1, i + 500, i + 1000});
  const auto times = run();
  EXPECT_THAT(times, SizeIs(3 * files));
  EXPECT_TRUE(std::is_sorted(times.begin(), times.begin() + most_side_by_side));
  EXPECT_EQ(std::set(times.begin(), times.end()).size(), 3 * files);
}

TEST_F(LogMergeTest, EndsWhenNoMoreIsWanted) {
  add("a", {1, 3});
  add("b", {2, 4});
  EXPECT_THAT(run(2), ElementsAre(1, 2));
}

TEST_F(LogMergeTest, EmptyFilesAndFilesOfNoLoginAreNothing) {
  add("empty", {});
  add("other", {}, "{\"x\": 1}\n");
  add("a", {1});
  EXPECT_THAT(run(), ElementsAre(1));
  EXPECT_FALSE(inputs_[0]->has_lines());
}

TEST_F(LogMergeTest, APlaceIsFoundAgain) {
  add("a", {1, 2, 3});
  add("b", {1, 2, 3});
  EXPECT_THAT(run(2), ElementsAre(1, 1, 2));
  // The line that was not taken to its end does not count.
  const auto a = inputs_[0]->place();
  const auto b = inputs_[1]->place();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->lines + b->lines, 3U);
  known_ = {{a->first, *a}, {b->first, *b}};
  inputs_.clear();
  add("a", {1, 2, 3});
  add("b", {1, 7, 8});  // it only begins like the other
  const auto times = run();
  EXPECT_EQ(std::count(times.begin(), times.end(), 7), 1);
  EXPECT_EQ(inputs_[0]->counts().again, a->lines);
  EXPECT_EQ(inputs_[1]->counts().again, b->lines == 1 ? 1U : 0U);
  EXPECT_EQ(times.size(), 6 - a->lines - (b->lines == 1 ? 1 : 0));
}

}  // namespace
}  // namespace trackalert::app
