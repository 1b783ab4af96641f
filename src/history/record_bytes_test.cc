// SPDX-License-Identifier: Apache-2.0
#include "history/record_bytes.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

TEST(MakeRoom, IsAnEighthMoreThanIsWanted) {
  std::string record(1000, 'x');
  record.shrink_to_fit();
  const auto wanted = record + "24 bytes more, and again";
  make_room(record, 24);
  EXPECT_GE(record.capacity(), 1024);
  EXPECT_LE(record.capacity(), 1024 + 1024 / 8);
  const auto* const place = record.data();
  record += "24 bytes more, and again";
  EXPECT_EQ(record, wanted);
  EXPECT_EQ(record.data(), place);
  make_room(record, 0);
  EXPECT_EQ(record.data(), place);
}

}  // namespace
}  // namespace trackalert::history
