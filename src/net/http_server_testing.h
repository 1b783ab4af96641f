// SPDX-License-Identifier: Apache-2.0
// For the tests of the HTTP server: a scripted Service, a server around it, and a client that speaks bytes.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"
#include "net/listen_socket.h"

namespace trackalert::net {

/// Everything a test waits for comes well within this time, on a busy machine too.
constexpr std::chrono::seconds test_patience{30};

/// A TCP client on the loopback. Reading beyond test_patience fails the test.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, bool v6 = false);

  void send(std::string_view bytes);
  /// False if the server has closed or reset.
  bool try_send(std::string_view bytes);
  void shutdown_send();
  /// Head and body, by content-length; `without_body` for the answer to HEAD. Empty at the end of the stream.
  std::string read_response(bool without_body = false);
  /// To the end of the stream, or to a reset, which adds "<reset>".
  std::string read_all();
  /// Exactly so many bytes, fewer at the end of the stream.
  std::string read_exactly(std::size_t count);
  /// True if nothing can be read right now.
  bool quiet();
  void close() { descriptor_ = base::Descriptor{}; }
  [[nodiscard]] int fd() const { return descriptor_.get(); }

 private:
  bool fill();

  base::Descriptor descriptor_;
  std::string received_;
  bool reset_ = false;
};

/// What a request looked like to the Service.
struct SeenRequest {
  std::string method;
  std::string target;
  std::string body;
  std::string authorization;
  std::string content_type;
  std::string peer;
  bool secure = false;
};

/// Shared by the Services of all threads.
struct Script {
  std::function<std::optional<Response>(const RequestHead&)> admit;
  /// Whether the client of a request is known from then on. Nobody is unless given.
  std::function<bool(const RequestHead&)> vouch;
  /// Answers "METHOD TARGET BODY" unless given.
  std::function<void(const RequestHead&, std::string_view, Reply)> serve;
  std::function<void()> end_of_turn;

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<SeenRequest> seen;
  std::deque<Reply> held;

  /// For `serve`: keeps the Reply for later.
  void hold(Reply reply);
  /// Waits for one.
  Reply take_held();
  std::vector<SeenRequest> requests();
};

class ServerFixture : public testing::Test {
 protected:
  static Listener loopback() { return {.address = {base::Address::v4({127, 0, 0, 1}), 0}, .tls = {}}; }

  void TearDown() override { server.reset(); }
  /// With one plain listener on the loopback unless the options have some.
  void start();
  [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const { return server->endpoints().at(listener).port; }
  RawClient connect() { return RawClient(port()); }
  /// Sends, and reads to the end.
  std::string exchange(std::string_view bytes);
  std::string logged();

  HttpServer::Options options{.threads = 1};
  Script script;
  std::unique_ptr<HttpServer> server;

 private:
  std::mutex log_mutex_;
  std::string logged_;
  base::Log log_{base::Log::Options{.syslog = false, .sink = [this](base::Level, std::string_view line) {
                                      const std::scoped_lock lock(log_mutex_);
                                      logged_ += line;
                                      logged_ += '\n';
                                    }}};
};

/// "POST /r" with these further header lines.
std::string post(std::string_view body, std::string_view headers = "");
/// The bytes of an answer without its date line.
std::string undated(std::string response);
/// "200", or "" if there is none.
std::string status_of(std::string_view response);
std::string body_of(std::string_view response);

}  // namespace trackalert::net
