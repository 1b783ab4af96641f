// SPDX-License-Identifier: Apache-2.0
// The generator against a server of a few lines that answers what the test tells it to.
#include "bench/generator.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "bench/message.h"

namespace trackalert::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view good = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Answers each request with the pieces that `script` names for its number, each in a send of its own. No pieces:
/// closes.
class ScriptedServer {
 public:
  using Script = std::function<std::vector<std::string>(unsigned request)>;

  explicit ScriptedServer(Script script)
      : script_(std::move(script)), listener_(*listen_on({base::Address::v4({127, 0, 0, 1}), 0})) {
    endpoint_ = {base::Address::v4({127, 0, 0, 1}), *port_of(listener_)};
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    stop_ = true;
    const auto wake = connect_to(endpoint_);
    thread_.join();
  }

  [[nodiscard]] base::Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] unsigned requests() const { return requests_; }

 private:
  void serve() {
    const base::Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
    EXPECT_TRUE(watch(epoll, EPOLL_CTL_ADD, listener_.get(), EPOLLIN));
    while (!stop_) {
      epoll_event event{};
      if (epoll_wait(epoll.get(), &event, 1, -1) != 1) continue;
      if (event.data.fd != listener_.get()) {
        if (!answer(event.data.fd)) connections_.erase(event.data.fd);
        continue;
      }
      base::Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (socket.get() < 0 || !watch(epoll, EPOLL_CTL_ADD, socket.get(), EPOLLIN)) continue;
      const int number = socket.get();
      connections_[number] = std::move(socket);
    }
  }

  bool answer(int socket) {
    std::array<char, 4096> buffer;
    const auto got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    EXPECT_EQ(frame_message({buffer.data(), static_cast<std::size_t>(got)}).length, static_cast<std::size_t>(got))
        << "pipelined, or in pieces";
    const auto pieces = script_(requests_++);
    for (const auto& piece : pieces) send(socket, piece.data(), piece.size(), MSG_NOSIGNAL);
    return !pieces.empty();
  }

  Script script_;
  base::Descriptor listener_;
  base::Endpoint endpoint_;
  std::map<int, base::Descriptor> connections_;
  std::atomic<unsigned> requests_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

const std::vector<std::string>& requests() {
  static const std::vector<std::string> list{"GET /1 HTTP/1.1\r\n\r\n", "GET /2 HTTP/1.1\r\n\r\n"};
  return list;
}

base::Result<Tally> run(const ScriptedServer& server, const Traffic& traffic, unsigned connections = 4) {
  Generator generator(requests(), server.endpoint(), 0);
  if (auto connected = generator.connect(connections); !connected) return std::unexpected(connected.error());
  return generator.run(traffic);
}

TEST(Generator, SendsExactlyTheRequestsOfAClosedLoop) {
  ScriptedServer server([](unsigned) { return std::vector{std::string(good)}; });
  const auto tally = run(server, {.requests = 1001});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->answers, 1001U);
  EXPECT_EQ(tally->statuses[200], 1001U);
  EXPECT_EQ(tally->latency.count(), 1001U);
  EXPECT_EQ(tally->broken, 0U);
  EXPECT_EQ(server.requests(), 1001U);
}

TEST(Generator, PutsAnswersInPiecesTogether) {
  ScriptedServer server([](unsigned) {
    return std::vector<std::string>{"HTTP/1.1 5", "03 Busy\r\ncontent-length: 4\r\n", "\r\nno", "pe"};
  });
  const auto tally = run(server, {.requests = 50});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->statuses[503], 50U);
  EXPECT_EQ(tally->broken, 0U);
}

TEST(Generator, CountsWhatBreaksAndGoesOn) {
  ScriptedServer server([](unsigned request) -> std::vector<std::string> {
    if (request == 3) return {};                                                // closes
    if (request == 5) return {std::string(good) + std::string(good)};           // answers twice
    if (request == 7) return {"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"};  // no HTTP
    return {std::string(good)};
  });
  const auto tally = run(server, {.requests = 100});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->answers, 97U);
  EXPECT_EQ(tally->broken, 3U);
}

TEST(Generator, GivesUpOnAServerThatOnlyBreaks) {
  ScriptedServer server([](unsigned) { return std::vector<std::string>{}; });
  EXPECT_FALSE(run(server, {.requests = 1000}));
}

TEST(Generator, FailsWithoutAServer) {
  Generator generator(requests(), {base::Address::v4({127, 0, 0, 1}), 1}, 0);
  EXPECT_FALSE(generator.connect(1));
}

TEST(Generator, CountsLatencyFromTheMomentARequestFellDue) {
  ScriptedServer server([](unsigned) { return std::vector{std::string(good)}; });
  const auto tally = run(server, {.requests = 2000, .rate = 1e9});  // all due in the first microseconds
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->answers, 2000U);
  EXPECT_GT(tally->latency.max(), tally->elapsed * 9 / 10);
  EXPECT_GT(tally->latency.quantile(0.5), tally->elapsed / 4);
  EXPECT_LT(tally->lateness.quantile(0.5), tally->elapsed / 4);  // the waiting was the server's fault
}

TEST(Generator, KeepsThePace) {
  ScriptedServer server([](unsigned) { return std::vector{std::string(good)}; });
  const auto tally = run(server, {.duration = 500ms, .rate = 1000});
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->answers, 500U);
  EXPECT_GT(tally->elapsed, 350ms);  // 500 gaps of 1 ms on average: 22 ms of standard deviation
}

TEST(Generator, StopsAClosedLoopInTime) {
  ScriptedServer server([](unsigned) { return std::vector{std::string(good)}; });
  const auto tally = run(server, {.duration = 100ms});
  ASSERT_TRUE(tally);
  EXPECT_GT(tally->answers, 0U);
  EXPECT_EQ(tally->answers, server.requests());
  EXPECT_GT(tally->elapsed, 50ms);
}

}  // namespace
}  // namespace trackalert::bench
