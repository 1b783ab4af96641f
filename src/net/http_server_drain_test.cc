// SPDX-License-Identifier: Apache-2.0
// How the server ends.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <future>

#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

using testing::HasSubstr;

class HttpServerDrainTest : public ServerFixture {
 protected:
  void hold_all() {
    script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  }
  std::future<std::size_t> drain() {
    return std::async(std::launch::async,
                      [this] { return server->drain(std::chrono::steady_clock::now() + test_patience); });
  }
};

TEST_F(HttpServerDrainTest, FinishesWhatIsInFlightAndClosesWhatIsIdle) {
  options.threads = 2;
  hold_all();
  start();
  // Connections go to the two threads in turn: one idle each.
  RawClient idle = connect();
  RawClient busy = connect();
  busy.send(post("x") + post("never served"));
  Reply reply = script.take_held();
  RawClient half = connect();
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
  // A request complete on another connection says that the bytes of `half`, sent before, are there as well.
  RawClient sign = connect();
  sign.send(post("x"));
  Reply sign_reply = script.take_held();
  RawClient idle_too = connect();
  RawClient other_idle = connect();

  auto unanswered = drain();
  for (RawClient* client : {&idle, &idle_too, &other_idle}) EXPECT_EQ(client->read_all(), "");
  reply.send({.body = "done"});
  const std::string answer = busy.read_all();
  EXPECT_THAT(answer, HasSubstr("\r\nconnection: close\r\n"));
  EXPECT_EQ(body_of(answer), "done");
  sign_reply.send({});
  half.send("abc");
  script.take_held().send({.body = "half"});
  EXPECT_EQ(body_of(half.read_all()), "half");
  EXPECT_EQ(unanswered.get(), 0);
  EXPECT_EQ(script.requests().size(), 3);
}

TEST_F(HttpServerDrainTest, GivesUpAtTheDeadlineAndSaysHowMany) {
  hold_all();
  start();
  RawClient first = connect();
  first.send(post("x"));
  RawClient second = connect();
  second.send(post("x"));
  Reply kept = script.take_held();
  Reply other = script.take_held();
  EXPECT_EQ(server->drain(std::chrono::steady_clock::now() + std::chrono::milliseconds{10}), 2);
  kept.send({.body = "in time"});
  EXPECT_EQ(body_of(first.read_all()), "in time");
  EXPECT_EQ(server->drain(std::chrono::steady_clock::now() + std::chrono::milliseconds{10}), 1);
  server->stop();
  EXPECT_EQ(second.read_all(), "");
  other.send({.body = "too late"});
}

TEST_F(HttpServerDrainTest, AcceptsNothingMore) {
  start();
  const std::uint16_t closed_port = port();
  EXPECT_EQ(drain().get(), 0);
  base::Log log({.stdout_level = 0, .syslog = false});
  HttpServer::Options same{.listeners = {{.address = {base::Address::v4({127, 0, 0, 1}), closed_port}, .tls = {}}}};
  EXPECT_TRUE(HttpServer::open(same, [] { return nullptr; }, log)) << "the port is free";
}

TEST_F(HttpServerDrainTest, RepliesMayOutliveTheServer) {
  hold_all();
  start();
  std::vector<RawClient> clients;
  std::vector<Reply> replies;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x"));
    replies.push_back(script.take_held());
  }
  server->stop();
  replies[0].send({.body = "x"});
  server.reset();
  replies[1].send({.body = "x"});
  replies.clear();
  for (RawClient& client : clients) EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpServerDrainTest, StopsWhileAnswersArrive) {
  options.threads = 2;
  hold_all();
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connect());
    clients.back().send(post("x"));
  }
  std::vector<Reply> replies;
  for (int i = 0; i < 50; ++i) replies.push_back(script.take_held());
  std::thread answering([&] {
    for (Reply& reply : replies) reply.send({.body = "x"});
  });
  server.reset();
  answering.join();
}

TEST_F(HttpServerDrainTest, MayNeverHaveStarted) {
  base::Log log({.stdout_level = 0, .syslog = false});
  options.listeners = {loopback()};
  auto opened = HttpServer::open(options, [] { return nullptr; }, log);
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->drain(std::chrono::steady_clock::now()), 0);
  (*opened)->stop();
}

TEST_F(HttpServerDrainTest, LeavesNoDescriptorToChildren) {
  constexpr int some = 256;
  std::vector<bool> inherited;
  for (int fd = 0; fd < some; ++fd) inherited.push_back(::fcntl(fd, F_GETFD) >= 0);
  start();
  RawClient client = connect();
  client.send(post("x"));
  EXPECT_EQ(status_of(client.read_response()), "200");
  int ours = 0;
  for (int fd = 0; fd < some; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || inherited[static_cast<std::size_t>(fd)]) continue;
    ++ours;
    EXPECT_TRUE(flags & FD_CLOEXEC) << fd;
  }
  EXPECT_GE(ours, 4);  // listener, connection, the client's end, epoll
}

}  // namespace
}  // namespace trackalert::net
