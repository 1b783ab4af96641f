// SPDX-License-Identifier: Apache-2.0
// What the server refuses: too much, too slow, too many, and what two readers could understand differently.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "net/gzip_testing.h"
#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HttpServerLimitsTest : public ServerFixture {
 protected:
  /// Sends, keeps its end open, and expects the server to close.
  std::string refused(std::string_view bytes) {
    RawClient client = connect();
    client.try_send(bytes);
    return client.read_all();
  }
};

/// Waits for what another thread brings about.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + test_patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(HttpServerLimitsTest, RefusesWhatIsNotHttpAndCloses) {
  start();
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {"FOO\r\n\r\n", "400"},
      {"\x16\x03\x01", "400"},
      {"GET /command/livez HTTP/1.1\nHost: x\n\n", "400"},
      {"GET / HTTP/2.0\r\n\r\n", "400"},
      {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
      {"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
      {"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", "405"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n{}", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}", "413"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{}", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;\na\r\nb", "400"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}", "415"},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8bx", "400"},
  };
  for (const auto& [request, status] : cases) {
    // A request smuggled in behind it must not be answered.
    const std::string answer = refused(std::string(request) + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(status_of(answer), status) << request;
    EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n")) << request;
    EXPECT_THAT(answer, EndsWith("GMT\r\n\r\n")) << request;
  }
  EXPECT_EQ(server->counts().bad_requests, cases.size());
  EXPECT_TRUE(script.requests().empty());
}

TEST_F(HttpServerLimitsTest, AnswersWhatCameBeforeABadRequest) {
  start();
  const std::string answers = refused(post("a") + "FOO\r\n\r\n" + post("b"));
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answers, HasSubstr("HTTP/1.1 400"));
  EXPECT_EQ(script.requests().size(), 1);
}

TEST_F(HttpServerLimitsTest, HoldsHeadersToTheirLimitExactly) {
  start();
  const auto request = [](std::size_t size) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
    head.append(size - head.size() - 4, 'x');
    return head + "\r\n\r\n";
  };
  RawClient client = connect();
  client.send(request(16384) + request(16384));
  EXPECT_EQ(status_of(client.read_response()), "200");
  EXPECT_EQ(status_of(client.read_response()), "200");
  EXPECT_EQ(status_of(refused(request(16385))), "431");
  EXPECT_EQ(status_of(refused("GET /" + std::string(16384, 'x'))), "431");
  EXPECT_EQ(status_of(refused(request(1'000'000))), "431");
}

TEST_F(HttpServerLimitsTest, HoldsBodiesToTheirLimitExactly) {
  options.max_body_bytes = 1000;
  script.admit = [](const RequestHead& head) -> std::optional<Response> {
    if (head.target == "/never") return Response{.status = 401};
    return std::nullopt;
  };
  start();
  RawClient client = connect();
  const auto chunked = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" + std::string(500, 'x') +
           fmt::format("\r\n{:x}\r\n", size - 500) + std::string(size - 500, 'x') + "\r\n0\r\n\r\n";
  };
  client.send(post(std::string(1000, 'x')));
  EXPECT_EQ(status_of(client.read_response()), "200");
  client.send(chunked(1000));
  EXPECT_EQ(status_of(client.read_response()), "200");
  client.send(post(compressed(std::string(1000, 'x')), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(status_of(client.read_response()), "200");
  const std::size_t served = script.requests().size();

  EXPECT_EQ(
      undated(refused(post(std::string(1001, 'x')))),
      "HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\nconnection: close\r\nserver: trackalert\r\n\r\n");
  // Before the Service is asked whether it wants the request at all.
  EXPECT_EQ(status_of(refused("POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")), "413");
  EXPECT_EQ(status_of(refused(chunked(1001))), "413");
  EXPECT_EQ(status_of(refused(post(compressed(std::string(1001, 'x')), "Content-Encoding: gzip\r\n"))), "413");
  EXPECT_EQ(script.requests().size(), served);
}

TEST_F(HttpServerLimitsTest, DeliversTheRefusalToAClientThatIsStillSending) {
  start();
  RawClient client = connect();
  // More than the sockets hold, so the client is in the middle of it when it is refused.
  client.try_send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n" + std::string(6'000'000, 'x'));
  EXPECT_EQ(status_of(client.read_all()), "413");
}

TEST_F(HttpServerLimitsTest, StopsBombs) {
  start();
  const std::string bomb = compressed(std::string(500'000'000, '\0'));
  ASSERT_LT(bomb.size(), 1'000'000);
  EXPECT_EQ(status_of(refused(post(bomb, "Content-Encoding: gzip\r\n"))), "413");
  EXPECT_TRUE(script.requests().empty());
}

TEST_F(HttpServerLimitsTest, ClosesSlowAndSilentConnectionsAndServesOthersMeanwhile) {
  options.header_timeout = std::chrono::seconds{1};
  options.idle_timeout = std::chrono::seconds{1};
  start();
  RawClient silent = connect();
  RawClient half_head = connect();
  half_head.send("POST / HTTP/1.1\r\nHost: x\r\nContent-");
  RawClient half_body = connect();
  half_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
  RawClient half_chunk = connect();
  half_chunk.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
  RawClient finished = connect();
  finished.send(post("x"));
  EXPECT_EQ(status_of(finished.read_response()), "200");
  for (RawClient* client : {&silent, &half_head, &half_body, &half_chunk, &finished}) EXPECT_EQ(client->read_all(), "");
  EXPECT_EQ(server->counts().timed_out, 3);
  EXPECT_TRUE(eventually([&] { return server->counts().active_connections == 0; }));
}

TEST_F(HttpServerLimitsTest, HasNoTimeLimitForTheService) {
  options.header_timeout = std::chrono::seconds{1};
  options.idle_timeout = std::chrono::seconds{1};
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start();
  RawClient working = connect();
  working.send(post("x"));
  Reply reply = script.take_held();
  RawClient silent = connect();
  EXPECT_EQ(silent.read_all(), "");  // its second has passed
  reply.send({.body = "late"});
  EXPECT_EQ(body_of(working.read_response()), "late");
}

TEST_F(HttpServerLimitsTest, DropsAReaderThatStandsStill) {
  options.idle_timeout = std::chrono::seconds{1};
  script.vouch = [](const RequestHead&) { return true; };
  script.serve = [](const RequestHead&, std::string_view, Reply reply) {
    reply.send({.body = std::string(50'000'000, 'x')});
  };
  start();
  RawClient client = connect();
  client.send(post("x"));
  EXPECT_TRUE(eventually([&] { return server->counts().timed_out == 1; }));
  EXPECT_LT(client.read_all().size(), 50'000'000);
}

TEST_F(HttpServerLimitsTest, AStrangersAnswerHasOneTimeLimit) {
  options.header_timeout = std::chrono::seconds{1};
  options.idle_timeout = std::chrono::seconds{60};
  script.vouch = [](const RequestHead& head) { return head.authorization == "known"; };
  script.serve = [](const RequestHead&, std::string_view, Reply reply) {
    reply.send({.body = std::string(50'000'000, 'x')});
  };
  start();
  RawClient known = connect();
  known.send(post("x", "Authorization: known\r\n"));
  RawClient stranger = connect();
  stranger.send(post("x"));
  // It takes some of it every millisecond, and is closed all the same.
  EXPECT_TRUE(eventually([&] {
    ::poll(nullptr, 0, 1);
    stranger.read_exactly(4000);
    return server->counts().timed_out == 1;
  }));
  EXPECT_EQ(body_of(known.read_response()).size(), 50'000'000);
  EXPECT_EQ(server->counts().timed_out, 1);
}

TEST_F(HttpServerLimitsTest, ResetsConnectionsBeyondTheLimitWhereAllAreKnown) {
  options.max_connections = 2;
  options.threads = 2;
  script.vouch = [](const RequestHead&) { return true; };
  start();
  RawClient first = connect();
  RawClient second = connect();
  for (auto* client : {&first, &second}) {
    client->send(post("x"));
    EXPECT_EQ(status_of(client->read_response()), "200");
  }
  RawClient third = connect();
  EXPECT_EQ(third.read_all(), "<reset>");
  EXPECT_EQ(server->counts().refused_over_limit, 1);
  EXPECT_EQ(server->counts().made_room, 0);
  EXPECT_EQ(server->counts().active_connections, 2);
  first.close();
  EXPECT_TRUE(eventually([&] { return server->counts().active_connections == 1; }));
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  server->set_max_connections(0);
  EXPECT_EQ(refused(""), "<reset>");
  second.send(post("x"));  // what is open stays
  EXPECT_EQ(status_of(second.read_response()), "200");
}

TEST_F(HttpServerLimitsTest, TheOldestStrangerMakesRoom) {
  options.max_connections = 3;
  script.vouch = [](const RequestHead& head) { return head.authorization == "known"; };
  start();
  RawClient known = connect();
  known.send(post("x", "Authorization: known\r\n"));
  EXPECT_EQ(status_of(known.read_response()), "200");
  RawClient older = connect();
  older.send("P");
  RawClient younger = connect();
  younger.send("P");
  EXPECT_TRUE(eventually([&] { return server->counts().active_connections == 3; }));
  RawClient newest = connect();
  EXPECT_EQ(older.read_all(), "");
  newest.send(post("x"));
  EXPECT_EQ(status_of(newest.read_response()), "200");
  younger.send("OST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(status_of(younger.read_response()), "200");
  known.send(post("x", "Authorization: known\r\n"));
  EXPECT_EQ(status_of(known.read_response()), "200");
  EXPECT_EQ(server->counts().made_room, 1);
  EXPECT_EQ(server->counts().refused_over_limit, 0);
}

TEST_F(HttpServerLimitsTest, WhoIsNotKnownAnyMoreIsAStranger) {
  options.max_connections = 1;
  script.vouch = [](const RequestHead& head) { return head.authorization == "known"; };
  start();
  RawClient client = connect();
  for (const auto* authorization : {"Authorization: known\r\n", ""}) {
    client.send(post("x", authorization));
    EXPECT_EQ(status_of(client.read_response()), "200");
  }
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpServerLimitsTest, NoRequestThatIsServedMakesRoom) {
  options.max_connections = 1;
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start();
  RawClient client = connect();
  client.send(post("x"));
  Reply reply = script.take_held();
  EXPECT_EQ(refused(""), "<reset>");
  reply.send({});
  EXPECT_EQ(status_of(client.read_response()), "200");
}

TEST_F(HttpServerLimitsTest, AnAnswerThatNobodyReadsMakesRoom) {
  options.max_connections = 1;
  script.serve = [](const RequestHead& head, std::string_view, Reply reply) {
    reply.send({.body = std::string(head.target == "/large" ? 50'000'000 : 1, 'x')});
  };
  start();
  RawClient deaf = connect();
  deaf.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return script.requests().size() == 1; }));
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  EXPECT_EQ(server->counts().made_room, 1);
}

TEST_F(HttpServerLimitsTest, ManyThatAreServedDoNotHideOneThatCanMakeRoom) {
  constexpr std::size_t served = 100;
  options.max_connections = served + 1;
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start();
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < served; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x"));
  }
  std::vector<Reply> replies;
  while (replies.size() < served) replies.push_back(script.take_held());
  RawClient silent = connect();
  EXPECT_TRUE(eventually([&] { return server->counts().active_connections == served + 1; }));
  RawClient newest = connect();
  EXPECT_EQ(silent.read_all(), "");
  newest.send(post("x"));
  script.take_held().send({});
  EXPECT_EQ(status_of(newest.read_response()), "200");
  replies.clear();
  for (RawClient& client : clients) EXPECT_EQ(status_of(client.read_response()), "500");
}

TEST_F(HttpServerLimitsTest, FewWaitForRoomAtOnce) {
  options.max_connections = 8;
  options.threads = 2;
  script.vouch = [](const RequestHead& head) { return head.authorization == "known"; };
  std::promise<void> release;
  script.serve = [until = release.get_future().share()](const RequestHead& head, std::string_view, Reply reply) {
    if (head.target == "/block") until.wait();
    reply.send({});
  };
  start();
  // In turn to the two threads. The second has more strangers then, and is to make room: once it can.
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < options.max_connections; ++i) {
    clients.push_back(connect());
    EXPECT_TRUE(eventually([&] { return server->counts().accepted == i + 1; }));
  }
  RawClient& known = clients[0];
  const auto ask_first_thread = [&] {
    known.send(post("x", "Authorization: known\r\n"));
    EXPECT_EQ(status_of(known.read_response()), "200");
  };
  ask_first_thread();
  clients[1].send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return script.requests().size() == 2; }));
  std::vector<RawClient> waiting;
  for (int i = 0; i < 30; ++i) waiting.push_back(connect());
  for (int i = 0; i < 3; ++i) ask_first_thread();  // which accepts in between
  EXPECT_EQ(server->counts().active_connections, options.max_connections + most_beyond_limit(options.max_connections));
  release.set_value();
  EXPECT_TRUE(eventually([&] { return server->counts().accepted == options.max_connections + waiting.size(); }));
}

TEST_F(HttpServerLimitsTest, AStrangersBodyHasOneTimeLimit) {
  options.header_timeout = std::chrono::seconds(1);
  options.idle_timeout = std::chrono::seconds(60);
  script.vouch = [](const RequestHead& head) { return head.authorization == "known"; };
  start();
  RawClient known = connect();
  known.send("POST /r HTTP/1.1\r\nHost: x\r\nAuthorization: known\r\nContent-Length: 100000\r\n\r\n");
  RawClient stranger = connect();
  stranger.send("POST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  // It sends on and on, a byte a millisecond, and is closed all the same.
  EXPECT_TRUE(eventually([&] {
    pollfd closed{.fd = stranger.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&closed, 1, 1) > 0 || !stranger.try_send("x");
  }));
  known.send(std::string(100000, 'x'));
  EXPECT_EQ(status_of(known.read_response()), "200");
  EXPECT_EQ(server->counts().timed_out, 1);
}

TEST_F(HttpServerLimitsTest, OutlivesAShortageOfDescriptors) {
  start();
  // UndefinedBehaviorSanitizer opens descriptors of its own when a class is called for the first time.
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  EXPECT_EQ(base::error_text(EMFILE), "Too many open files");
  const base::Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{.rlim_cur = 128, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<base::Descriptor> fillers;
  for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) fillers.emplace_back(fd);

  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(eventually([&] { return logged().find("cannot accept connections") != std::string::npos; }));
  fillers.clear();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(eventually([&] { return server->counts().accepted == 2; }));
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  EXPECT_EQ(logged(), fmt::format("cannot accept connections on 127.0.0.1:{}: Too many open files\n", port()));
}

}  // namespace
}  // namespace trackalert::net
