// SPDX-License-Identifier: Apache-2.0
// Tests only: the API over a real server on the loopback, with a history or without, and a client for it.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "api/service.h"
#include "base/descriptor.h"
#include "base/socket_address.h"
#include "history/guarded_history_for_tests.h"
#include "policy/world_for_tests.h"

namespace trackalert::api {

struct Answer {
  unsigned status = 0;
  std::string head;
  std::string body;
};

/// A connection that is kept open.
class Client {
 public:
  explicit Client(const base::Endpoint& server) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = base::SocketAddress::from(server);
    EXPECT_EQ(::connect(socket_.get(), address.get(), address.size), 0);
  }

  void send(std::string_view method, std::string_view target, std::string_view body = {}) {
    const auto request =
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpzdXBlcg==\r\nContent-Length: {}\r\n\r\n{}",
                    method, target, body.size(), body);
    EXPECT_EQ(::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  /// `without_body`: to HEAD.
  Answer read(bool without_body = false) {
    while (got_.find("\r\n\r\n") == got_.npos && fill()) {
    }
    Answer answer;
    const auto end = got_.find("\r\n\r\n");
    if (end == got_.npos) return answer;
    answer.head = got_.substr(0, end + 2);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const auto length = answer.head.find("content-length: ");
    const auto size = without_body || length == answer.head.npos ? 0 : std::stoul(answer.head.substr(length + 16));
    while (got_.size() < end + 4 + size && fill()) {
    }
    answer.body = got_.substr(end + 4, size);
    got_.erase(0, end + 4 + size);
    return answer;
  }
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    send(method, target, body);
    return read(method == "HEAD");
  }

 private:
  bool fill() {
    char piece[4096];
    const auto got = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (got > 0) got_.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
  base::Descriptor socket_;
  std::string got_;
};

class ApiTest : public testing::Test {
 protected:
  /// `config` is Lua. The password is "super".
  void start(const std::string& config, bool with_history = true,
             policy::WorkerPool::Options options = {.threads = 2}) {
    policy = world.load("setWebserverPassword('super')\n" + config);
    ASSERT_TRUE(policy) << world.load_error;
    pool = std::make_unique<policy::WorkerPool>(options, policy, world.statistics, world.clock);
    devices = device::DeviceParser::load("", world.log).value();
    access.publish(std::make_shared<const Access>(Access::from(policy->settings()).value()));
    places.publish(std::shared_ptr<const geo::Databases>(policy, &world.geo));
    backend.emplace(world.log, world.clock, world.statistics, *pool, *devices, access, readiness, auth_log, guesses);
    if (with_history) turn_history_on();
    slow_auth = std::make_unique<SlowAuth>(*backend);
    net::HttpServer::Options http{.threads = 1};
    http.listeners.push_back({.address = {base::Address::v4({127, 0, 0, 1}), 0}, .tls = {}});
    server = net::HttpServer::open(
                 std::move(http), [this] { return std::make_unique<ApiService>(*backend, *slow_auth); }, world.log)
                 .value();
    pool->start();
    server->start();
  }
  void TearDown() override {
    history.let_go();
    if (server) server->stop();
  }
  Client connect() { return Client(server->endpoints().front()); }
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    return connect().ask(method, target, body);
  }
  Answer report(std::string_view body) { return ask("POST", "/?command=report", body); }
  std::uint64_t refused(const char* reason) { return refused_counter(world.statistics, reason).value(); }

  policy::World world;
  history::GuardedHistory history{world.clock};
  std::shared_ptr<policy::Policy> policy;
  std::unique_ptr<policy::WorkerPool> pool;
  std::unique_ptr<device::DeviceParser> devices;
  base::Published<const Access> access;
  base::Published<const geo::Databases> places;
  std::atomic<Readiness> readiness{Readiness::ready};
  AuthLog auth_log{world.log, world.clock, world.statistics.registry};
  GuessBrake guesses{world.log, world.clock, world.statistics.registry};
  std::optional<policy::RunningHistory> running;
  std::unique_ptr<ReportIntake> intake;
  std::optional<Backend> backend;
  std::unique_ptr<QueryThreads> queries;
  std::unique_ptr<SlowAuth> slow_auth;
  std::unique_ptr<net::HttpServer> server;

 private:
  void turn_history_on() {
    world.history = &running.emplace(history, history::Options{.folder = "/history"});
    intake = std::make_unique<ReportIntake>(
        ReportIntake::Surroundings{history, places, *pool, world.statistics, world.clock, world.log});
    queries = std::make_unique<QueryThreads>(world.log, world.statistics.registry);
    backend->history = &history;
    backend->intake = intake.get();
    backend->queries = queries.get();
  }
};

}  // namespace trackalert::api
