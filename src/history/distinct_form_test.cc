// SPDX-License-Identifier: Apache-2.0
#include "history/distinct_form.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

using namespace std::string_view_literals;

TEST(DistinctForm, IsWhatItsHeaderSays) {
  std::string bytes = "<>";
  std::size_t size = 0;
  for (const std::uint32_t hash : {0x01020304U, 0xfffefdfcU, 0x00000001U, 0x01020304U}) {
    size = distinct_form::insert(bytes, 1, size, hash);
  }
  EXPECT_EQ(bytes, "<\x03\x01\0\0\0\x04\x03\x02\x01\xfc\xfd\xfe\xff>"sv);
  EXPECT_EQ(size, 13);
  EXPECT_EQ(distinct_form::size(bytes[1]), 13);
}

TEST(DistinctForm, ASketchKeepsTheGreatestRankOfEachRegister) {
  std::string bytes;
  std::size_t size = 0;
  for (std::uint32_t i = 0; i < 129; ++i) size = distinct_form::insert(bytes, 0, size, 0x80000000U | i << 8);
  ASSERT_EQ(size, distinct_form::max_bytes);
  size = distinct_form::insert(bytes, 0, size, 0);           // register 0, all 23 bits zero: rank 24
  size = distinct_form::insert(bytes, 0, size, 0x00c00000);  // register 1, the first bit set: rank 1
  EXPECT_EQ(size, distinct_form::max_bytes);
  EXPECT_EQ(bytes[0], '\xff');
  EXPECT_EQ(bytes[1], 24);
  EXPECT_EQ(bytes[2], 1);
  EXPECT_EQ(bytes[1 + 256], 24);
  EXPECT_EQ(distinct_form::check(bytes), size);
}

TEST(DistinctForm, TakesNoOtherBytes) {
  EXPECT_EQ(distinct_form::check("\x01\x01\x02\x03\x04 and more"sv), 5);
  for (const auto bytes : {""sv, "\0"sv, "\x01"sv, "\x01\0\0\0"sv, "\x02\0\0\0\0\0\0\0\0"sv /* twice the same */,
                           "\x02\0\0\0\x01\x01\0\0\0"sv /* descending */, "\x81"sv, "\xff"sv}) {
    EXPECT_EQ(distinct_form::check(bytes), std::nullopt);
  }
  EXPECT_EQ(distinct_form::check("\x81" + std::string(516, 'x')), std::nullopt);
  EXPECT_EQ(distinct_form::check("\xff" + std::string(511, '\1')), std::nullopt);
  EXPECT_EQ(distinct_form::check("\xff" + std::string(512, '\1')), 513);
  EXPECT_EQ(distinct_form::check("\xff" + std::string(512, '\0')), std::nullopt) << "of no hash";
  EXPECT_EQ(distinct_form::check("\xff" + std::string(512, '\x19')), std::nullopt) << "rank 25";
}

TEST(DistinctForm, CountsTheFullestSketchWithoutOverflow) {
  EXPECT_GT(distinct_form::count("\xff" + std::string(512, '\x18')), 4'000'000'000);
  EXPECT_EQ(distinct_form::count("\xff" + std::string(511, '\0') + '\1'), 129) << "never less than what was exact";
}

}  // namespace
}  // namespace trackalert::history
