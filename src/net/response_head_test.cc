// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.h"

#include <gtest/gtest.h>

namespace trackalert::net {
namespace {

std::string head_of(const Response& response, ResponseStyle style = {}) {
  std::string out;
  EXPECT_TRUE(append_response_head(out, response, style, "date: D\r\n"));
  return out;
}

TEST(ResponseHead, WritesTheOriginalsHeaders) {
  EXPECT_EQ(head_of({.body = "abc"}),
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-type: application/json; charset=utf-8\r\n"
            "server: trackalert\r\ndate: D\r\n\r\n");
  EXPECT_EQ(head_of({.status = 401, .content_type = "", .headers = {{"www-authenticate", "basic realm=\"wforce\""}}}),
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nserver: trackalert\r\n"
            "www-authenticate: basic realm=\"wforce\"\r\ndate: D\r\n\r\n");
  EXPECT_EQ(head_of({.status = 599, .content_type = ""}),
            "HTTP/1.1 599 Unknown\r\ncontent-length: 0\r\nserver: trackalert\r\ndate: D\r\n\r\n");
}

TEST(ResponseHead, SaysWhatBecomesOfTheConnection) {
  const Response empty{.content_type = ""};
  const std::string_view rest = "server: trackalert\r\ndate: D\r\n\r\n";
  EXPECT_EQ(head_of(empty, {.keep_alive = false}),
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n" + std::string(rest));
  EXPECT_EQ(head_of(empty, {.http_1_0 = true}),
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: Keep-Alive\r\n" + std::string(rest));
  EXPECT_EQ(head_of(empty, {.http_1_0 = true, .keep_alive = false}),
            "HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n" + std::string(rest));
}

TEST(ResponseHead, HasNoLengthWhereThereIsNoBody) {
  EXPECT_EQ(head_of({.status = 204, .content_type = ""}),
            "HTTP/1.1 204 No Content\r\nserver: trackalert\r\ndate: D\r\n\r\n");
}

TEST(ResponseHead, LeavesOutWhatWouldBreakTheFraming) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"x", "a\r\nb: c"},
                                                                                    {"x", "a\nb"},
                                                                                    {"x\r\ny", "a"},
                                                                                    {"x: y", "a"},
                                                                                    {"", "a"},
                                                                                    {"x", std::string(1, '\0')},
                                                                                    {"Content-Length", "5"},
                                                                                    {"transfer-encoding", "chunked"},
                                                                                    {"CONNECTION", "upgrade"}}) {
    std::string out;
    EXPECT_FALSE(append_response_head(out, {.content_type = "", .headers = {{name, value}, {"y", "z"}}}, {}, ""));
    EXPECT_EQ(out, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: trackalert\r\ny: z\r\n\r\n");
  }
}

TEST(DateLine, IsAnImfFixdate) {
  DateLine line;
  line.update(std::chrono::sys_days{std::chrono::year{2026} / 11 / 4} + std::chrono::seconds{3661});
  EXPECT_EQ(line.text(), "date: Wed, 04 Nov 2026 01:01:01 GMT\r\n");
}

}  // namespace
}  // namespace trackalert::net
