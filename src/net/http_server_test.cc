// SPDX-License-Identifier: Apache-2.0
// Requests and answers over real sockets: framing, keep-alive, pipelining, the two phases, Reply.
#include "net/http_server.h"

#include <gmock/gmock.h>

#include <thread>

#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class HttpServerTest : public ServerFixture {};

std::string post(std::string_view body, std::string_view headers = "") {
  return fmt::format("POST /r HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", headers, body.size(), body);
}

TEST_F(HttpServerTest, AnswersWithTheHeadersOfTheOriginal) {
  start();
  RawClient client = connect();
  client.send(post("abc", "Authorization: Basic Zm9v\r\nContent-Type: application/json\r\n"));
  const std::string answer = client.read_response();
  EXPECT_EQ(
      undated(answer),
      "HTTP/1.1 200 OK\r\ncontent-length: 11\r\ncontent-type: text/plain\r\nserver: trackalert\r\n\r\nPOST /r abc");
  EXPECT_THAT(answer, MatchesRegex("(.|\r|\n)*\r\ndate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                                   "[0-9:]{8} GMT\r\n\r\n.*"));
  const auto seen = script.requests();
  ASSERT_EQ(seen.size(), 1);
  EXPECT_EQ(seen[0].authorization, "Basic Zm9v");
  EXPECT_EQ(seen[0].content_type, "application/json");
  EXPECT_EQ(seen[0].peer, "127.0.0.1");
  EXPECT_FALSE(seen[0].secure);
}

TEST_F(HttpServerTest, KeepsTheConnectionAlive) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 100; ++i) {
    client.send(post(std::to_string(i)));
    EXPECT_EQ(body_of(client.read_response()), fmt::format("POST /r {}", i));
  }
  EXPECT_EQ(server->counts().accepted, 1);
}

}  // namespace
}  // namespace trackalert::net
