// SPDX-License-Identifier: Apache-2.0
#include "net/chunk_decoder.h"

#include <gtest/gtest.h>

namespace trackalert::net {
namespace {

using Outcome = ChunkDecoder::Outcome;

struct Decoded {
  Outcome outcome;
  std::string body;
  std::size_t used;
};

Decoded decode(std::string_view input, std::size_t limit = 1000) {
  ChunkDecoder decoder;
  Decoded out{};
  out.outcome = decoder.feed(input, out.body, limit, out.used);
  return out;
}

TEST(ChunkDecoder, IgnoresExtensionsAndTrailersAndStopsAtTheEnd) {
  const std::string_view text =
      "3;a=b;c=\"d \\\" e\"\r\nabc\r\n00A ; x\r\n0123456789\r\n000\r\nTrailer: x\r\nB: y\r\n\r\n";
  const Decoded decoded = decode(std::string(text) + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(decoded.outcome, Outcome::done);
  EXPECT_EQ(decoded.body, "abc0123456789");
  EXPECT_EQ(decoded.used, text.size());
  EXPECT_EQ(decode("0\r\n\r\n").outcome, Outcome::done);
}

TEST(ChunkDecoder, DoesNotMindWhereTheBytesAreCut) {
  const std::string text = "3;a=b\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ChunkDecoder decoder;
    std::string body;
    std::size_t used = 0;
    const Outcome first = decoder.feed(std::string_view(text).substr(0, cut), body, 1000, used);
    ASSERT_EQ(used, cut);
    ASSERT_EQ(first, cut == text.size() ? Outcome::done : Outcome::more) << cut;
    if (cut < text.size()) {
      ASSERT_EQ(decoder.feed(std::string_view(text).substr(cut), body, 1000, used), Outcome::done) << cut;
    }
    ASSERT_EQ(body, "abc0123456789");
  }
  ChunkDecoder bytewise;
  std::string body;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_EQ(bytewise.feed(std::string_view(text).substr(i, 1), body, 1000, used),
              i + 1 == text.size() ? Outcome::done : Outcome::more);
  }
  EXPECT_EQ(body, "abc0123456789");
}

TEST(ChunkDecoder, RefusesEverythingElse) {
  for (const std::string_view text : {"\r\n",           "x\r\n",           "-1\r\n",
                                      "+1\r\na",        "0x1\r\na",        " 1\r\na",
                                      ";a\r\n",         "1\na\r\n",        "1\r\ra",
                                      "1\r\nab",        "1\r\na\n",        "1\r\na\rx",
                                      "1\r\na\r\n\r\n", "1 2\r\na",        "1;a\nb\r\n",
                                      "1;\"a\nb\"\r\n", "1;a\rb\r\n",      "1\t\x01\r\n",
                                      "0\r\n\n",        "0\r\nA: b\n\r\n", "0\r\nA: \x01\r\n\r\n",
                                      "0\r\n\rx"}) {
    EXPECT_EQ(decode(text).outcome, Outcome::bad) << text;
  }
}

TEST(ChunkDecoder, StopsAtTheLimitBeforeTakingTheChunk) {
  EXPECT_EQ(decode("5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n", 10).outcome, Outcome::done);
  const Decoded over = decode("5\r\nabcde\r\n6\r\nabcdef\r\n0\r\n\r\n", 10);
  EXPECT_EQ(over.outcome, Outcome::too_large);
  EXPECT_EQ(over.body, "abcde");
  EXPECT_EQ(decode("ffffffffffffffff\r\n").outcome, Outcome::too_large);
  EXPECT_EQ(decode("fffffffffffffffff\r\n").outcome, Outcome::too_large);
  EXPECT_EQ(decode("00000000000000000000000000000000001\r\na").outcome, Outcome::more);
}

TEST(ChunkDecoder, BoundsExtensionsAndTrailers) {
  const auto extended = [](std::size_t size) { return "1;" + std::string(size, 'x') + "\r\na\r\n0\r\n\r\n"; };
  EXPECT_EQ(decode(extended(ChunkDecoder::max_extension_bytes)).outcome, Outcome::done);
  EXPECT_EQ(decode(extended(ChunkDecoder::max_extension_bytes + 1)).outcome, Outcome::bad);
  EXPECT_EQ(decode("1" + std::string(ChunkDecoder::max_extension_bytes + 1, ' ') + "\r\na").outcome, Outcome::bad);
  const auto trailing = [](std::size_t lines) {
    std::string text = "0\r\n";
    for (std::size_t i = 0; i < lines; ++i) text += "A: 567\r\n";  // 6 bytes that count
    return text + "\r\n";
  };
  EXPECT_EQ(decode(trailing(ChunkDecoder::max_trailer_bytes / 6)).outcome, Outcome::done);
  EXPECT_EQ(decode(trailing(ChunkDecoder::max_trailer_bytes / 6 + 1)).outcome, Outcome::bad);
  EXPECT_EQ(decode(std::string(100'000, '0')).outcome, Outcome::bad);
}

}  // namespace
}  // namespace trackalert::net
