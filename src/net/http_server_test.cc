// SPDX-License-Identifier: Apache-2.0
// Requests and answers over real sockets: keep-alive, the two phases, bodies, Reply.
#include "net/http_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "net/gzip_testing.h"
#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class HttpServerTest : public ServerFixture {};

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
  EXPECT_EQ(server->counts().active_connections, 1);
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
  start();
  RawClient client = connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(undated(client.read_all()),
            "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\ncontent-type: text/plain\r\n"
            "server: trackalert\r\n\r\nGET / ");
}

TEST_F(HttpServerTest, ClosesWhenTheServiceAsks) {
  script.serve = [](const RequestHead&, std::string_view, Reply reply) { reply.send({.body = "x", .close = true}); };
  start();
  RawClient client = connect();
  client.send(post("a") + post("b"));
  const std::string answers = client.read_all();
  EXPECT_THAT(answers, HasSubstr("connection: close\r\n"));
  EXPECT_THAT(answers, EndsWith("\r\n\r\nx"));
  EXPECT_EQ(script.requests().size(), 1);
}

TEST_F(HttpServerTest, SpeaksHttp10) {
  start();
  RawClient once = connect();
  once.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(once.read_all(), StartsWith("HTTP/1.0 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n"));
  RawClient keeping = connect();
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(keeping.read_response(),
                StartsWith("HTTP/1.0 200 OK\r\ncontent-length: 6\r\nconnection: Keep-Alive\r\n"));
  }
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthOfGet) {
  start();
  RawClient client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(undated(client.read_response(true)),
            "HTTP/1.1 200 OK\r\ncontent-length: 7\r\ncontent-type: text/plain\r\nserver: trackalert\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "GET /b ");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  std::string requests;
  std::string bodies;
  for (int i = 0; i < 200; ++i) {
    requests += post(std::to_string(i)) + "\r\n";  // an empty line too many, as some clients have it
    bodies += fmt::format("POST /r {};", i);
  }
  RawClient client = connect();
  client.send(requests);
  std::string got;
  for (int i = 0; i < 200; ++i) got += body_of(client.read_response()) + ";";
  EXPECT_EQ(got, bodies);
}

TEST_F(HttpServerTest, DoesNotMindWhereTheBytesAreCut) {
  start();
  const std::string request =
      "POST /r HTTP/1.1\r\nHost: x\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: "
      "x\r\n\r\n" +
      post("fgh");
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    RawClient client = connect();
    client.send(std::string_view(request).substr(0, cut));
    client.send(std::string_view(request).substr(cut));
    ASSERT_EQ(body_of(client.read_response()), "POST /r abcde") << cut;
    ASSERT_EQ(body_of(client.read_response()), "POST /r fgh") << cut;
  }
  RawClient client = connect();
  for (const char byte : request) client.send({&byte, 1});
  EXPECT_EQ(body_of(client.read_response()), "POST /r abcde");
  EXPECT_EQ(body_of(client.read_response()), "POST /r fgh");
}

TEST_F(HttpServerTest, TakesBodiesWithNulAndOfEverySize) {
  script.serve = [](const RequestHead&, std::string_view body, Reply reply) {
    reply.send({.body = std::string(body)});
  };
  start();
  RawClient client = connect();
  for (const std::size_t size : {1, 4095, 4096, 4097, 65536, 69632, 131072, 1048575, 1048576}) {
    std::string body(size, 'x');
    body[size / 2] = '\0';
    client.send(post(body));
    ASSERT_TRUE(body_of(client.read_response()) == body) << size;
  }
}

TEST_F(HttpServerTest, WritesLargeAnswersToSlowReaders) {
  const std::string large(20'000'000, 'y');
  script.serve = [&](const RequestHead&, std::string_view, Reply reply) { reply.send({.body = large}); };
  start();
  RawClient client = connect();
  client.send(post("a") + post("b"));
  // Others are served meanwhile: it blocks nobody that this client has not begun to read.
  RawClient other = connect();
  other.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(other.read_response(true)), "200");
  EXPECT_TRUE(body_of(client.read_response()) == large);
  EXPECT_TRUE(body_of(client.read_response()) == large);
}

TEST_F(HttpServerTest, DecodesChunkedAndCompressedBodies) {
  start();
  RawClient client = connect();
  const std::string zipped = compressed("hello");
  client.send(post(zipped, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(body_of(client.read_response()), "POST /r hello");
  client.send(post(compressed("hello", MAX_WBITS), "Content-Encoding: deflate\r\n"));
  EXPECT_EQ(body_of(client.read_response()), "POST /r hello");
  client.send("POST /r HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n" +
              zipped.substr(0, 1) + fmt::format("\r\n{:X}\r\n", zipped.size() - 1) + zipped.substr(1) +
              "\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "POST /r hello");
  // Labelled gzip and none: as the original had it.
  client.send(post("{}", "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(body_of(client.read_response()), "POST /r {}");
}

TEST_F(HttpServerTest, AsksForTheBodyWhenExpected) {
  start();
  RawClient client = connect();
  client.send("POST /r HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  EXPECT_EQ(body_of(client.read_response()), "POST /r {}");
  client.send("GET /r HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "GET /r ");
}

std::optional<Response> unauthorized(const RequestHead&) {
  return Response{.status = 401, .body = "no"};
}

TEST_F(HttpServerTest, ReadsOverTheSmallBodyOfARefusedRequest) {
  script.admit = unauthorized;
  start();
  RawClient client = connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), "401");
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\nabc");
  EXPECT_EQ(status_of(client.read_response()), "401");  // before the body is there
  client.send(std::string(65533, 'x') + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(client.read_all()), "401");
  EXPECT_TRUE(script.requests().empty());
}

TEST_F(HttpServerTest, ClosesAfterRefusingALargeBody) {
  script.admit = unauthorized;
  start();
  for (const std::string_view head :
       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"}) {
    RawClient client = connect();
    client.send(head);
    const std::string answer = client.read_all();
    EXPECT_EQ(status_of(answer), "401") << head;
    EXPECT_THAT(answer, HasSubstr("connection: close\r\n")) << head;
    EXPECT_THAT(answer, Not(HasSubstr("100 Continue"))) << head;
  }
}

TEST_F(HttpServerTest, SurvivesAServiceThatThrows) {
  std::atomic<bool> refuse = true;
  script.admit = [&](const RequestHead&) -> std::optional<Response> {
    if (refuse) throw std::runtime_error("no\nway");
    return std::nullopt;
  };
  script.serve = [](const RequestHead&, std::string_view, const Reply&) { throw std::runtime_error("broken"); };
  script.end_of_turn = [] { throw std::runtime_error("turned"); };
  start();
  EXPECT_EQ(status_of(exchange(post("x"))), "500");
  refuse = false;
  RawClient client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send(post("x"));
    EXPECT_EQ(status_of(client.read_response()), "500");
  }
  server->stop();
  EXPECT_THAT(logged(), HasSubstr("no\\nway"));
  EXPECT_THAT(logged(), HasSubstr("broken"));
  EXPECT_THAT(logged(), HasSubstr("turned"));
}

TEST_F(HttpServerTest, AnswersADroppedReplyWith500) {
  script.serve = [this](const RequestHead&, std::string_view body, Reply reply) {
    if (body == "hold") script.hold(std::move(reply));
  };
  start();
  RawClient client = connect();
  client.send(post("drop"));
  EXPECT_EQ(undated(client.read_response()),
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nserver: trackalert\r\n\r\n");
  client.send(post("hold"));
  {
    const Reply dropped = script.take_held();
  }
  EXPECT_EQ(status_of(client.read_response()), "500");
  client.send(post("hold"));
  Reply overwritten = script.take_held();
  overwritten = Reply{};
  EXPECT_EQ(status_of(client.read_response()), "500");
}

TEST_F(HttpServerTest, TakesAnswersFromOtherThreads) {
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  options.threads = 2;
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x") + post("y"));
  }
  std::thread answering([this] {
    for (int i = 0; i < 200; ++i) script.take_held().send({.body = std::to_string(i)});
  });
  for (RawClient& client : clients) {
    EXPECT_EQ(status_of(client.read_response()), "200");
    EXPECT_EQ(status_of(client.read_response()), "200");
  }
  answering.join();
}

TEST_F(HttpServerTest, TakesTheSameAnswerForMany) {
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  options.threads = 2;  // so that the Replies belong to either by turns
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x"));
  }
  std::vector<Reply> replies(1);  // one that belongs to nobody
  for (int i = 0; i < 50; ++i) replies.push_back(script.take_held());
  clients.front().close();
  Reply::send_all(replies, {.status = 200, .body = "all"});
  for (RawClient& client : std::span(clients).subspan(1)) EXPECT_EQ(body_of(client.read_response()), "all");
  Reply::send_all(replies, {.status = 500});  // used up: does nothing
  clients[1].send(post("y"));
  script.take_held().send({.body = "again"});
  EXPECT_EQ(body_of(clients[1].read_response()), "again");
}

TEST_F(HttpServerTest, NeverCallsTheServiceFromInsideSend) {
  // A batch is answered at the end of the turn, while the next requests are in the buffers already.
  std::vector<Reply> batch;
  bool answering = false;
  int batches = 0;
  bool reentered = false;
  script.serve = [&](const RequestHead&, std::string_view, Reply reply) {
    reentered = reentered || answering;
    batch.push_back(std::move(reply));
  };
  script.end_of_turn = [&] {
    ++batches;
    answering = true;
    for (Reply& reply : batch) reply.send({.body = "done"});
    answering = false;
    batch.clear();
  };
  start();
  RawClient client = connect();
  client.send(post("a") + post("b") + post("c"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(body_of(client.read_response()), "done");
  client.close();
  server->stop();
  EXPECT_FALSE(reentered);
  EXPECT_EQ(batches, 3);
}

TEST_F(HttpServerTest, EndsTheTurnOnceForAllThatWasReady) {
  std::vector<Reply> batch;
  std::vector<std::size_t> sizes;
  std::mutex gate;
  script.serve = [&](const RequestHead&, std::string_view body, Reply reply) {
    if (body == "first") const std::scoped_lock wait_until_all_have_sent(gate);
    batch.push_back(std::move(reply));
  };
  script.end_of_turn = [&] {
    sizes.push_back(batch.size());
    for (Reply& reply : batch) reply.send({.body = "done"});
    batch.clear();
  };
  std::unique_lock closed(gate);
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connect());
    clients.back().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(body_of(clients.back().read_response()), "done");
  }
  clients[0].send(post("first"));
  for (std::size_t i = 1; i < clients.size(); ++i) clients[i].send(post("x"));
  closed.unlock();
  for (RawClient& client : clients) EXPECT_EQ(body_of(client.read_response()), "done");
  server->stop();
  // 20 turns of one, then at most one for the first and one for the rest that had queued up behind it.
  EXPECT_LE(sizes.size(), 22);
}

TEST_F(HttpServerTest, ForgetsTheAnswerWhenTheClientHasGone) {
  script.serve = [this](const RequestHead&, std::string_view body, Reply reply) {
    if (body == "hold") return script.hold(std::move(reply));
    reply.send({});
  };
  start();
  RawClient gone = connect();
  gone.send(post("hold"));
  Reply reply = script.take_held();
  gone.close();
  reply.send({.body = std::string(1'000'000, 'x')});
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
}

TEST_F(HttpServerTest, AnswersAClientThatHasSentItsEnd) {
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start();
  RawClient client = connect();
  client.send(post("x"));
  client.shutdown_send();
  script.take_held().send({.body = "late"});
  EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\nlate"));
}

TEST_F(HttpServerTest, SpreadsConnectionsEvenly) {
  std::map<std::thread::id, int> by_thread;
  script.serve = [&](const RequestHead&, std::string_view, Reply reply) {
    {
      const std::scoped_lock lock(script.mutex);
      ++by_thread[std::this_thread::get_id()];
    }
    reply.send({});
  };
  options.threads = 4;
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x"));
  }
  for (RawClient& client : clients) EXPECT_EQ(status_of(client.read_response()), "200");
  const std::scoped_lock lock(script.mutex);
  EXPECT_EQ(by_thread.size(), 4);
  for (const auto& [thread, count] : by_thread) EXPECT_EQ(count, 16);
}

TEST_F(HttpServerTest, ListensOnBothFamilies) {
  options.listeners = {{.address = {base::Address::v6({}), 0}, .tls = {}}};
  start();
  for (const bool v6 : {true, false}) {
    RawClient client(port(), v6);
    client.send(post("x"));
    EXPECT_EQ(status_of(client.read_response()), "200");
  }
  const auto seen = script.requests();
  ASSERT_EQ(seen.size(), 2);
  EXPECT_EQ(seen[0].peer, "::1");
  EXPECT_EQ(seen[1].peer, "127.0.0.1");
}

TEST_F(HttpServerTest, NamesTheAddressItCannotHave) {
  start();
  base::Log log({.stdout_level = 0, .syslog = false});
  HttpServer::Options taken{.listeners = {{.address = server->endpoints()[0], .tls = {}}}};
  const auto second = HttpServer::open(taken, [] { return nullptr; }, log);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, fmt::format("cannot listen on 127.0.0.1:{}: Address already in use", port()));
}

TEST_F(HttpServerTest, HasIpv4AndIpv6ListenersOnOnePort) {
  start();
  base::Log log({.stdout_level = 0, .syslog = false});
  const std::uint16_t shared = port();
  server.reset();
  options.listeners = {{.address = {base::Address::v4({}), shared}, .tls = {}},
                       {.address = {base::Address::v6({}), shared}, .tls = {}}};
  start();
  RawClient v4(shared);
  v4.send(post("x"));
  EXPECT_EQ(status_of(v4.read_response()), "200");
  RawClient v6(shared, true);
  v6.send(post("x"));
  EXPECT_EQ(status_of(v6.read_response()), "200");
}

}  // namespace
}  // namespace trackalert::net
