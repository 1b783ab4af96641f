// SPDX-License-Identifier: Apache-2.0
#include "net/content_coding.h"

#include <gtest/gtest.h>

#include "net/gzip_testing.h"

namespace trackalert::net {
namespace {

constexpr std::size_t limit = 100'000;

std::string text_of(std::size_t size) {
  std::string out;
  while (out.size() < size) out += "{\"login\":\"user" + std::to_string(out.size()) + "\"}";
  out.resize(size);
  return out;
}

Inflated inflate_to(std::string& out, ContentCoding coding, std::string_view in) {
  out.clear();
  return inflate_body(coding, in, limit, out);
}

TEST(ContentCoding, UndoesGzipAndBothKindsOfDeflate) {
  std::string out;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{16 * 1024}, std::size_t{16 * 1024 + 1}, limit}) {
    const std::string text = text_of(size);
    EXPECT_EQ(inflate_to(out, ContentCoding::gzip, compressed(text)), Inflated::ok) << size;
    EXPECT_EQ(out, text);
    EXPECT_EQ(inflate_to(out, ContentCoding::deflate, compressed(text, MAX_WBITS)), Inflated::ok) << size;
    EXPECT_EQ(out, text);
    EXPECT_EQ(inflate_to(out, ContentCoding::deflate, compressed(text, -MAX_WBITS)), Inflated::ok) << size;
    EXPECT_EQ(out, text);
  }
}

TEST(ContentCoding, JoinsGzipMembers) {
  std::string out;
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, compressed("abc") + compressed("") + compressed("def")), Inflated::ok);
  EXPECT_EQ(out, "abcdef");
}

TEST(ContentCoding, StopsAtTheLimit) {
  std::string out;
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, compressed(std::string(limit + 1, 'x'))), Inflated::too_large);
  EXPECT_LE(out.size(), limit);
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, compressed(std::string(100'000'000, '\0'))), Inflated::too_large);
  EXPECT_LE(out.size(), limit);
  const std::string half = compressed(std::string(limit / 2, 'x'));
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, half + half), Inflated::ok);
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, half + half + compressed("x")), Inflated::too_large);
}

TEST(ContentCoding, RefusesDamage) {
  std::string out;
  const std::string good = compressed(text_of(5000));
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(inflate_to(out, ContentCoding::gzip, std::string_view(good).substr(0, size)), Inflated::bad) << size;
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, good + "x"), Inflated::bad);
  std::string wrong_sum = good;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  EXPECT_EQ(inflate_to(out, ContentCoding::gzip, wrong_sum), Inflated::bad);
  EXPECT_EQ(inflate_to(out, ContentCoding::deflate, "{}"), Inflated::bad);
  EXPECT_EQ(inflate_to(out, ContentCoding::deflate, compressed("abc", -MAX_WBITS) + "x"), Inflated::bad);
  EXPECT_EQ(inflate_to(out, ContentCoding::deflate, ""), Inflated::bad);
}

TEST(ContentCoding, KnowsGzipByItsFirstBytes) {
  EXPECT_TRUE(looks_gzip(compressed("x")));
  EXPECT_FALSE(looks_gzip("{}"));
  EXPECT_FALSE(looks_gzip("\x1f"));
}

}  // namespace
}  // namespace trackalert::net
