// SPDX-License-Identifier: Apache-2.0
#include "net/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace trackalert::net {
namespace {

using Outcome = HeadScanner::Outcome;

/// 0 when it is accepted.
unsigned refusal(std::string_view head) {
  HeadScanner scanner;
  if (scanner.scan(head) != Outcome::complete) return 400;
  EXPECT_EQ(scanner.length(), head.size());
  const auto parsed = parse_head(head);
  return parsed ? 0 : parsed.error();
}

unsigned refusal_with(std::string_view header) {
  return refusal("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(header) + "\r\n\r\n");
}

ParsedHead accepted(const std::string& head) {
  const auto parsed = parse_head(head);
  EXPECT_TRUE(parsed) << head;
  return parsed.value_or(ParsedHead{});
}

TEST(HeadScanner, FindsTheEndWhereverTheBytesAreCut) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  const std::string data = head + "body\r\n\r\n";
  for (std::size_t first = 0; first <= head.size(); ++first) {
    for (std::size_t second = first; second <= head.size(); ++second) {
      HeadScanner scanner;
      const auto at_first = scanner.scan(data.substr(0, first));
      ASSERT_EQ(at_first, first == head.size() ? Outcome::complete : Outcome::more) << first;
      if (at_first == Outcome::complete) continue;
      ASSERT_EQ(scanner.scan(data.substr(0, second)), second == head.size() ? Outcome::complete : Outcome::more);
      if (second == head.size()) continue;
      ASSERT_EQ(scanner.scan(data), Outcome::complete);
      ASSERT_EQ(scanner.length(), head.size());
    }
  }
}

TEST(HeadScanner, RefusesWhatIsNoHttpAsSoonAsItCan) {
  for (const std::string_view data :
       {"\x16\x03\x01", " GET / HTTP/1.1", "\n", "GET / HTTP/1.1\n", "G\r\nA: b\n", "{"}) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(data), Outcome::bad) << data;
  }
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r"), Outcome::more);
  EXPECT_EQ(scanner.scan("GET / HTTP/1.1\r\nHost: x\r\nA: b\n"), Outcome::bad);
}

TEST(ParseHead, ReadsWhoseBrowserAsks) {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x:1\r\nORIGIN: https://y\r\nSec-Fetch-Site: cross-site\r\nsec-fetch-mode: cors\r\n\r\n";
  const ParsedHead head = accepted(text);
  EXPECT_EQ(head.host.in(text.data()), "x:1");
  EXPECT_EQ(head.origin.in(text.data()), "https://y");
  EXPECT_EQ(head.fetch_site.in(text.data()), "cross-site");
}

TEST(ParseHead, ReadsWhatTheServerNeeds) {
  const std::string text =
      "POST /?command=report HTTP/1.1\r\nhost: x\r\nAUTHORIZATION:  Basic Zm9v \r\nContent-Type:\tapplication/json\r\n"
      "content-length: 12\r\nContent-Encoding: X-GZIP\r\nExpect: 100-Continue\r\n\r\n";
  const ParsedHead head = accepted(text);
  EXPECT_EQ(head.method.in(text.data()), "POST");
  EXPECT_EQ(head.target.in(text.data()), "/?command=report");
  EXPECT_EQ(head.authorization.in(text.data()), "Basic Zm9v");
  EXPECT_EQ(head.content_type.in(text.data()), "application/json");
  EXPECT_EQ(head.framing, BodyFraming::length);
  EXPECT_EQ(head.content_length, 12);
  EXPECT_EQ(head.coding, ContentCoding::gzip);
  EXPECT_TRUE(head.known_method);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.is_head);
  EXPECT_FALSE(head.http_1_0);
}

/// Words and their overlapping ends are looked at in another way than single bytes.
TEST(ParseHead, LooksAtEveryByteOfNamesAndValues) {
  const std::string_view marks = "!#$%&'*+-.^_`|~";
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool in_name = letter_or_digit || marks.find(c) != marks.npos;
    const bool in_value = byte == '\t' || (byte >= ' ' && byte != 0x7f);
    for (std::size_t length = 1; length < 20; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string piece(length, 'x');
        piece[at] = c;
        if (c != ':') {
          EXPECT_EQ(refusal_with(piece + ": v"), in_name ? 0 : 400) << byte << " at " << at;
        }
        if (c != '\n') {
          EXPECT_EQ(refusal_with("X: " + piece), in_value ? 0 : 400) << byte << " at " << at;
        }
      }
    }
  }
}

TEST(ParseHead, ReadsMethods) {
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
    EXPECT_TRUE(accepted(method + " / HTTP/1.1\r\nHost: x\r\n\r\n").known_method) << method;
  for (const std::string method : {"TRACE", "CONNECT", "FOO", "get", "PROPFIND", "M-SEARCH"})
    EXPECT_FALSE(accepted(method + " / HTTP/1.1\r\nHost: x\r\n\r\n").known_method) << method;
  EXPECT_TRUE(accepted("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").is_head);
}

TEST(ParseHead, ReadsConnection) {
  const auto keeps = [](const std::string& version, const std::string& connection) {
    return accepted("GET / HTTP/" + version + "\r\nHost: x\r\n" + connection + "\r\n").keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("1.1", "connection: foo, CLOSE\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: ,,close\r\n"));
  EXPECT_TRUE(keeps("1.1", "Connection: closed\r\n"));
}

TEST(ParseHead, ReadsCodings) {
  const auto coding = [](const std::string& headers) {
    return accepted("POST / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n").coding;
  };
  EXPECT_EQ(coding(""), ContentCoding::identity);
  EXPECT_EQ(coding("Content-Encoding: identity\r\n"), ContentCoding::identity);
  EXPECT_EQ(coding("Content-Encoding: deflate\r\n"), ContentCoding::deflate);
  EXPECT_EQ(coding("Content-Encoding: br\r\n"), ContentCoding::unknown);
  EXPECT_EQ(coding("Content-Encoding: gzip, gzip\r\n"), ContentCoding::unknown);
  EXPECT_EQ(coding("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"), ContentCoding::unknown);
}

TEST(ParseHead, ReadsFraming) {
  EXPECT_EQ(accepted("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n").framing, BodyFraming::chunked);
  EXPECT_EQ(accepted("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").framing, BodyFraming::none);
  EXPECT_EQ(accepted("POST / HTTP/1.1\r\nHost: x\r\n\r\n").framing, BodyFraming::none);
  EXPECT_FALSE(accepted("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").expects_continue);
}

TEST(ParseHead, RefusesBrokenRequestLines) {
  for (const std::string line : {"FOO", "GET /", "GET / HTTP/2.0", "GET / HTTP/0.9", "GET / http/1.1",
                                 "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/1.10", "GET /a b HTTP/1.1",
                                 "GET\t/ HTTP/1.1", "GET /\x01 HTTP/1.1", "GE(T / HTTP/1.1", "GET / HTTP/1.1\rX: y"}) {
    EXPECT_EQ(refusal(line + "\r\nHost: x\r\n\r\n"), 400) << line;
  }
}

TEST(ParseHead, RefusesWhatTwoReadersUnderstandDifferently) {
  for (const std::string_view header : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding: chunked\r\nContent-Length: 3",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
           "Transfer-Encoding: gzip, chunked",
           "Transfer-Encoding: chunked, identity",
           "Transfer-Encoding: identity",
           "Transfer-Encoding: xchunked",
           "Transfer-Encoding: ",
           "Transfer-Encoding: chunked;q=1",
           "Transfer-Encoding:\x0b"
           "chunked",
           "Transfer-Encoding\t: chunked",
           "Transfer-Encoding : chunked",
           "Content-Length : 3",
           "Content-Length: 3\r\nContent-Length: 4",
           "Content-Length: 3\r\nContent-Length: 3",
           "Content-Length: 3, 4",
           "Content-Length: 3, 3",
           "Content-Length: +3",
           "Content-Length: 0x3",
           "Content-Length: 3 3",
           "Content-Length: 3;",
           "Content-Length: x",
           "Content-Length: ",
           "Content-Length: -",
           "A: b\r\n folded",
           "A:\r\n\tfolded",
           "A: b\r\n \r\nC: d",
           "A: b\r\n ",
           " A: b",
           "A",
           ": b",
           "A B: c",
           "A: b\rC: d",
           "Authorization: a\r\nAuthorization: b",
       }) {
    EXPECT_EQ(refusal_with(header), 400) << header;
  }
  EXPECT_EQ(refusal_with(std::string_view("A: \0", 4)), 400);
  EXPECT_EQ(refusal_with(std::string_view("A\0: b", 5)), 400);
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(ParseHead, WantsOneHost) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n"
                    "\r\n"),
            400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n"
                    "X-Host: x\r\nHosts: x\r\nHose: x\r\n\r\n"),
            400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHOST:\r\n\r\n"), 0);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), 0);
  for (const std::string version : {"1.0", "1.1"})
    EXPECT_EQ(refusal("GET / HTTP/" + version + "\r\nHost: x\r\nA: b\r\nhost: x\r\n\r\n"), 400) << version;
}

TEST(ParseHead, CallsImpossibleLengthsTooLarge) {
  EXPECT_EQ(refusal_with("Content-Length: -1"), 413);
  EXPECT_EQ(refusal_with("A: b\r\ncontent-length:18446744073709551616 \r\nC: d"), 413);
  EXPECT_EQ(refusal_with("Content-Length: 99999999999999999999999999999999999"), 413);
  EXPECT_EQ(refusal_with("Content-Length: 18446744073709551615"), 0);
}

TEST(ParseHead, TakesManyFieldsAndForeignBytes) {
  std::string head = "GET /\xc3\xa4?x=\xff HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 1000; ++i) head += "X-" + std::to_string(i) + ": \xe2\x82\xac\t\"(y\r\n";
  EXPECT_EQ(refusal(head + "\r\n"), 0);
}

std::string with_length(const std::string& length) {
  return "POST /?command=report HTTP/1.1\r\nHost: x\r\nContent-Length: " + length +
         "\r\nAuthorization: Basic Zm9v\r\n\r\n";
}

HeadMemo memo_of(const std::string& head) {
  HeadMemo memo;
  memo.remember(head, accepted(head));
  return memo;
}

TEST(HeadMemo, KnowsTheSameHeadWithAnotherLength) {
  const auto memo = memo_of(with_length("123"));
  for (const std::string length : {"123", "999", "001"}) {
    const auto head = with_length(length);
    const auto known = memo.recall(head + "{body");
    ASSERT_TRUE(known) << length;
    EXPECT_EQ(known->length, head.size());
    EXPECT_EQ(known->head, accepted(head));
  }
  const std::string get = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(memo_of(get).recall(get + get).value().head, accepted(get));
}

TEST(HeadMemo, LeavesAllElseToTheReader) {
  const auto memo = memo_of(with_length("123"));
  for (const std::string length : {"12", "1234", "000", "-12", "+12", "12 ", " 12", "12a", "12\r"})
    EXPECT_FALSE(memo.recall(with_length(length))) << length;
  const auto head = with_length("123");
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    EXPECT_FALSE(memo.recall(std::string_view(head).substr(0, cut))) << cut;
    auto other = head;
    other[cut] = static_cast<char>(other[cut] ^ 0x20);
    EXPECT_FALSE(memo.recall(other)) << cut;
  }
  EXPECT_FALSE(HeadMemo().recall(head));
  EXPECT_FALSE(memo_of(with_length("0")).recall(with_length("1")));
  const auto large = "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(HeadMemo::max_bytes, 'a') + "\r\n\r\n";
  EXPECT_FALSE(memo_of(large).recall(large));
}

}  // namespace
}  // namespace trackalert::net
