// SPDX-License-Identifier: Apache-2.0
#include "logs/tail_file.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace trackalert::logs {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TailFileTest : public testing::Test {
 protected:
  TailFileTest() {
    std::string name = (fs::temp_directory_path() / "tail-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    log_ = (folder_ / "log").string();
  }
  ~TailFileTest() override { fs::remove_all(folder_); }

  void write(const std::string& text) const { std::ofstream(log_, std::ios::app) << text; }
  void rotate(const std::string& to = "log.1") const { fs::rename(log_, folder_ / to); }

  static std::vector<std::string> rest(TailFile& tail) {
    std::vector<std::string> out;
    for (;;) {
      const auto line = tail.next();
      EXPECT_TRUE(line) << line.error().message;
      if (!line || !*line) return out;
      out.emplace_back(**line);
    }
  }

  fs::path folder_;
  std::string log_;
};

TEST_F(TailFileTest, BeginsAtTheEndOrAtTheBegin) {
  write("one\n");
  TailFile end(log_, {});
  TailFile begin(log_, {.place = {}, .at_begin = true});
  EXPECT_THAT(rest(end), IsEmpty());
  EXPECT_THAT(rest(begin), ElementsAre("one"));
  write("two\r\nthr");
  EXPECT_THAT(rest(end), ElementsAre("two"));
  EXPECT_THAT(rest(begin), ElementsAre("two"));
  write("ee\n");
  EXPECT_THAT(rest(end), ElementsAre("three"));
}

TEST_F(TailFileTest, KnowsItsPlaceBeforeTheFirstLine) {
  write("one\n");
  const auto place = TailFile(log_, {.place = {}, .at_begin = true}).place();
  const auto end = TailFile(log_, {}).place();
  ASSERT_TRUE(place && end);
  EXPECT_EQ(place->offset, 0U);
  EXPECT_EQ(end->offset, 4U);
  rotate();
  write("two\n");
  TailFile tail(log_, {place});
  EXPECT_THAT(rest(tail), ElementsAre("one", "two"));
}

TEST_F(TailFileTest, WaitsForAFile) {
  TailFile tail(log_, {});
  EXPECT_THAT(rest(tail), IsEmpty());
  EXPECT_EQ(tail.place(), std::nullopt);
  write("one\n");
  EXPECT_THAT(rest(tail), ElementsAre("one")) << "it is new";
}

TEST_F(TailFileTest, ReadsARenamedFileToItsEnd) {
  write("one\n");
  TailFile tail(log_, {.place = {}, .at_begin = true});
  EXPECT_THAT(rest(tail), ElementsAre("one"));
  rotate();
  write("");  // made, and nobody writes to it yet
  std::ofstream(folder_ / "log.1", std::ios::app) << "two\nthree without an end";
  EXPECT_THAT(rest(tail), ElementsAre("two"));
  write("four\n");
  EXPECT_THAT(rest(tail), ElementsAre("three without an end", "four"));
}

TEST_F(TailFileTest, CatchesUpWithMoreThanOneRotation) {
  write("one\n");
  TailFile live(log_, {.place = {}, .at_begin = true});
  EXPECT_THAT(rest(live), ElementsAre("one"));
  const auto place = live.place();
  std::ofstream(log_, std::ios::app) << "two\n";
  // Times by hand: they may be the same otherwise.
  const auto now = fs::last_write_time(log_);
  rotate("log.3");
  for (const auto* name : {"log.2", "log.1", "log"}) {
    write(fmt::format("in {}\n", name));
    if (name != std::string("log")) rotate(name);
  }
  std::ofstream(folder_ / "log.bak") << "a copy\n";
  int seconds = 0;
  for (const auto* name : {"log.3", "log.2", "log.1", "log.bak", "log"}) {
    fs::last_write_time(folder_ / name, now + std::chrono::seconds(++seconds));
  }
  TailFile again(log_, {place});
  for (auto* tail : {&live, &again}) {
    EXPECT_THAT(rest(*tail), ElementsAre("two", "in log.2", "in log.1", "in log"));
  }
}

TEST_F(TailFileTest, NoticesThatItWasTruncated) {
  write("one\ntwo\n");
  TailFile tail(log_, {.place = {}, .at_begin = true});
  EXPECT_THAT(rest(tail), ElementsAre("one", "two"));
  fs::resize_file(log_, 0);
  write("three\n");
  EXPECT_THAT(rest(tail), ElementsAre("three"));
  fs::resize_file(log_, 0);
  write("longer than before\nand another\n");
  EXPECT_THAT(rest(tail), ElementsAre("longer than before", "and another"));
}

TEST_F(TailFileTest, GoesOnWhereItWas) {
  write("one\ntwo\nthree\n");
  TailFile first(log_, {.place = {}, .at_begin = true});
  EXPECT_EQ(**first.next(), "one");
  const auto place = first.place();
  ASSERT_TRUE(place);
  EXPECT_EQ(place->offset, 4U);
  TailFile again(log_, {place});
  EXPECT_THAT(rest(again), ElementsAre("two", "three"));
  rotate();
  write("four\n");
  TailFile renamed(log_, {place});
  EXPECT_THAT(rest(renamed), ElementsAre("two", "three", "four"));
  EXPECT_EQ(renamed.take_notice(), "");
  fs::remove(folder_ / "log.1");
  TailFile gone(log_, {place});
  EXPECT_THAT(rest(gone), ElementsAre("four"));
  EXPECT_THAT(gone.take_notice(), HasSubstr("is not the file that was followed"));
  EXPECT_EQ(gone.take_notice(), "");
}

TEST_F(TailFileTest, KnowsAFileByItsBegin) {
  write("one\ntwo\n");
  TailFile first(log_, {.place = {}, .at_begin = true});
  EXPECT_EQ(**first.next(), "one");
  const auto place = first.place();
  fs::resize_file(log_, 0);
  write("another\n");  // in a file of the same number
  TailFile again(log_, {place});
  EXPECT_THAT(rest(again), ElementsAre("another"));
  EXPECT_NE(again.take_notice(), "");
}

TEST_F(TailFileTest, PassesOverWhatIsTooLong) {
  write("12345678\n" + std::string(200'000, 'x'));
  TailFile tail(log_, {.place = {}, .at_begin = true}, 8);
  EXPECT_THAT(rest(tail), ElementsAre("12345678"));
  write("xx\nb\n123456789\nc\n");
  EXPECT_THAT(rest(tail), ElementsAre("b", "c"));
  EXPECT_EQ(tail.too_long(), 2U);
  EXPECT_EQ(tail.place()->offset, fs::file_size(log_));
}

TEST_F(TailFileTest, SaysWhatItCannotFollow) {
  TailFile tail(folder_.string(), {});
  const auto line = tail.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().message, fmt::format("cannot follow {}: it is no file", folder_.string()));
}

}  // namespace
}  // namespace trackalert::logs
