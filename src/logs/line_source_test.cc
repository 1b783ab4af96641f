// SPDX-License-Identifier: Apache-2.0
#include "logs/line_source.h"

#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "logs/line_source_for_tests.h"

namespace trackalert::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Many lines, each different, that do not compress to nothing.
std::string numbered(std::size_t lines) {
  std::string out;
  std::minstd_rand dice(1);
  for (std::size_t i = 0; i < lines; ++i) out += fmt::format("{} {}\n", i, dice());
  return out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    out.emplace_back(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return out;
}

TEST(LineSource, GivesLinesWithoutTheirEnds) {
  EXPECT_THAT(all_lines(file_of("one\ntwo\r\n\nfour")).lines, ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(all_lines(file_of("one\n\n")).lines, ElementsAre("one", ""));
  const auto nothing = all_lines(file_of(""));
  EXPECT_THAT(nothing.lines, IsEmpty());
  EXPECT_EQ(nothing.error, "");
}

TEST(LineSource, PassesOverWhatIsTooLong) {
  for (const std::size_t length : {9U, 10U, 1000U, 1'000'000U}) {
    const std::string long_one(length, 'x');
    const auto read = all_lines(file_of("12345678\n" + long_one + "\nb\r\n" + long_one + "\nc\n" + long_one), 8);
    EXPECT_THAT(read.lines, ElementsAre("12345678", "b", "c")) << length;
    EXPECT_EQ(read.too_long, 3U) << length;
    EXPECT_EQ(read.counted, 6U) << length;
  }
  EXPECT_THAT(all_lines(file_of("12345678\r\n"), 8).lines, ElementsAre("12345678"));
}

TEST(LineSource, ReadsLongFilesOfAnyForm) {
  const auto text = numbered(200'000);
  const auto lines = split(text);
  const auto half = text.size() / 2;  // somewhere in a line
  const auto front = std::string_view(text).substr(0, half);
  const auto back = std::string_view(text).substr(half);
  for (const auto& bytes : {text, gzipped(text), zstd_frame(text), gzipped(front) + gzipped(back),
                            zstd_frame(front) + zstd_frame("") + zstd_frame(back)}) {
    const auto read = all_lines(file_of(bytes));
    EXPECT_EQ(read.lines, lines);
    EXPECT_EQ(read.error, "");
    EXPECT_EQ(read.bytes_used, bytes.size());
  }
}

TEST(LineSource, ZerosBehindAnArchiveAreNothing) {
  const auto read = all_lines(file_of(gzipped("one\n") + std::string(600'000, '\0')));
  EXPECT_THAT(read.lines, ElementsAre("one"));
  EXPECT_EQ(read.error, "");
}

TEST(LineSource, FramesToBeSkippedMayComeFirst) {
  const std::string skipped("\x52\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_THAT(all_lines(file_of(skipped + zstd_frame("one\n") + skipped + zstd_frame("two\n"))).lines,
              ElementsAre("one", "two"));
}

TEST(LineSource, WhatMerelyBeginsLikeAnArchiveIsALine) {
  EXPECT_THAT(all_lines(file_of("\x1f")).lines, ElementsAre("\x1f"));
  EXPECT_THAT(all_lines(file_of("\x28\xb5\x2f")).lines, ElementsAre("\x28\xb5\x2f"));
}

TEST(LineSource, AnArchiveThatBreaksOffGivesWhatItHas) {
  const auto text = numbered(50'000);
  const auto lines = split(text);
  for (const auto& whole : {gzipped(text), zstd_frame(text)}) {
    const auto cut = whole.substr(0, whole.size() - 5);
    const auto read = all_lines(file_of(cut));
    EXPECT_EQ(read.error,
              fmt::format("it is damaged at byte {}: it ends in the middle of the compressed data", cut.size()));
    ASSERT_GT(read.lines.size(), lines.size() / 2);
    EXPECT_TRUE(std::equal(read.lines.begin(), read.lines.end(), lines.begin()));
  }
}

TEST(LineSource, ADamagedArchiveGivesWhatIsBeforeTheDamage) {
  const auto text = numbered(50'000);
  const auto lines = split(text);
  for (const auto& part : {gzipped(text), zstd_frame(text)}) {
    auto bad = part + part + part;
    // What is inside is guarded by a checksum behind it: the second part's lines may come, wrong or right.
    for (std::size_t i = 0; i < 64; ++i) bad[part.size() * 3 / 2 + i] ^= '\x55';
    const auto source = LineSource::from(file_of(bad), "mail.log.1");
    ASSERT_TRUE(source);
    std::size_t same = 0;
    base::Result<std::optional<std::string_view>> line;
    while ((line = (*source)->next()) && *line) same += same < lines.size() && **line == lines[same] ? 1 : 0;
    ASSERT_FALSE(line);
    EXPECT_THAT(line.error().message, HasSubstr("mail.log.1 is damaged at byte "));
    EXPECT_EQ((*source)->next().error().message, line.error().message) << "asked again, it says the same";
    EXPECT_EQ(same, lines.size());
    EXPECT_GT((*source)->bytes_used(), part.size() * 3 / 2 - part.size() / 4);
    EXPECT_LE((*source)->bytes_used(), part.size() * 2);
  }
}

TEST(LineSource, RubbishBehindAGzipMemberIsDamage) {
  const auto member = gzipped("one\n");
  const auto read = all_lines(file_of(member + "rubbish"));
  EXPECT_THAT(read.lines, ElementsAre("one"));
  EXPECT_THAT(read.error, HasSubstr("it is damaged at byte "));
}

TEST(LineSource, PipesComeInPieces) {
  const auto text = numbered(2000);
  for (const auto& bytes : {text, gzipped(text), zstd_frame(text)}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    base::Descriptor in(ends[0]);
    std::thread writer([&bytes, out = base::Descriptor(ends[1])] {
      for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto piece = std::min<std::size_t>(3, bytes.size() - at);
        if (::write(out.get(), bytes.data() + at, piece) != static_cast<ssize_t>(piece)) return;
      }
    });
    const auto source = LineSource::from(std::move(in), "a pipe");
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->bytes_in_all(), std::nullopt);
    EXPECT_EQ((*source)->modified(), std::nullopt);
    std::string read;
    base::Result<std::optional<std::string_view>> line;
    while ((line = (*source)->next()) && *line) read.append(**line) += '\n';
    EXPECT_TRUE(line);
    EXPECT_EQ(read, text);
    writer.join();
  }
}

TEST(LineSource, KnowsTheSizeOfAFileAndWhenItWasWritten) {
  auto file = file_of("one\n");
  const std::array<timespec, 2> times{{{100, 0}, {1'795'780'800, 500'000}}};
  ASSERT_EQ(::futimens(file.get(), times.data()), 0);
  const auto source = LineSource::from(std::move(file), "it");
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->bytes_in_all(), 4U);
  EXPECT_EQ((*source)->modified(), 1'795'780'800 * history::second + 500);
}

TEST(LineSource, SaysWhyItCannotRead) {
  const auto missing = LineSource::open("/nowhere/mail.log");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot read /nowhere/mail.log: No such file or directory");
  const auto folder = LineSource::open("/");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().message, "cannot read /: Is a directory");
}

}  // namespace
}  // namespace trackalert::logs
