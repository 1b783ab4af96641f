// SPDX-License-Identifier: Apache-2.0
// The bodies of http_server_testing.h.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

class ScriptedService final : public Service {
 public:
  explicit ScriptedService(Script& script) : script_(script) {}

  std::optional<Response> admit(const RequestHead& head, Admission& admission) override {
    admission.vouched = script_.vouch && script_.vouch(head);
    return script_.admit ? script_.admit(head) : std::nullopt;
  }
  void serve(const RequestHead& head, std::string_view body, Reply reply) override {
    {
      const std::scoped_lock lock(script_.mutex);
      script_.seen.push_back({std::string(head.method), std::string(head.target), std::string(body),
                              std::string(head.authorization), std::string(head.content_type), head.peer.to_string(),
                              head.secure});
      script_.changed.notify_all();
    }
    if (script_.serve) {
      script_.serve(head, body, std::move(reply));
    } else {
      reply.send({.content_type = "text/plain", .body = fmt::format("{} {} {}", head.method, head.target, body)});
    }
  }
  void end_of_turn() override {
    if (script_.end_of_turn) script_.end_of_turn();
  }

 private:
  Script& script_;
};

}  // namespace

RawClient::RawClient(std::uint16_t port, bool v6)
    : descriptor_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{.tv_sec = test_patience.count(), .tv_usec = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int result = -1;
  if (v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    result = ::connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = ::connect(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  EXPECT_EQ(result, 0) << std::strerror(errno);
}

bool RawClient::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::send(std::string_view bytes) {
  EXPECT_TRUE(try_send(bytes)) << std::strerror(errno);
}

void RawClient::shutdown_send() {
  ::shutdown(fd(), SHUT_WR);
}

bool RawClient::fill() {
  char piece[64 * 1024];
  const ssize_t got = ::recv(fd(), piece, sizeof piece, 0);
  if (got > 0) {
    received_.append(piece, static_cast<std::size_t>(got));
    return true;
  }
  if (got < 0) {
    EXPECT_TRUE(errno == ECONNRESET || errno == EPIPE) << std::strerror(errno);
    reset_ = true;
  }
  return false;
}

std::string RawClient::read_exactly(std::size_t count) {
  while (received_.size() < count && fill()) {
  }
  std::string out = received_.substr(0, count);
  received_.erase(0, count);
  return out;
}

std::string RawClient::read_response(bool without_body) {
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::exchange(received_, {});
  }
  end += 4;
  std::size_t length = 0;
  constexpr std::string_view name = "\r\ncontent-length: ";
  if (const auto at = received_.find(name); at < end && !without_body) {
    const char* const digits = received_.data() + at + name.size();
    std::from_chars(digits, received_.data() + end, length);
  }
  return read_exactly(end + length);
}

std::string RawClient::read_all() {
  while (fill()) {
  }
  if (reset_) received_ += "<reset>";
  return std::exchange(received_, {});
}

bool RawClient::quiet() {
  char byte = 0;
  return received_.empty() && ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void Script::hold(Reply reply) {
  const std::scoped_lock lock(mutex);
  held.push_back(std::move(reply));
  changed.notify_all();
}

Reply Script::take_held() {
  std::unique_lock lock(mutex);
  const bool there = changed.wait_for(lock, test_patience, [this] { return !held.empty(); });
  EXPECT_TRUE(there);
  if (!there) return {};
  Reply reply = std::move(held.front());
  held.pop_front();
  return reply;
}

std::vector<SeenRequest> Script::requests() {
  const std::scoped_lock lock(mutex);
  return seen;
}

void ServerFixture::start() {
  if (options.listeners.empty()) options.listeners.push_back(loopback());
  auto opened = HttpServer::open(options, [this] { return std::make_unique<ScriptedService>(script); }, log_);
  ASSERT_TRUE(opened) << opened.error().message;
  server = *std::move(opened);
  server->start();
}

std::string ServerFixture::exchange(std::string_view bytes) {
  RawClient client = connect();
  client.send(bytes);
  client.shutdown_send();
  return client.read_all();
}

std::string ServerFixture::logged() {
  const std::scoped_lock lock(log_mutex_);
  return logged_;
}

std::string post(std::string_view body, std::string_view headers) {
  return fmt::format("POST /r HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", headers, body.size(), body);
}

std::string undated(std::string response) {
  for (auto at = response.find("date: "); at != response.npos; at = response.find("date: ", at))
    response.erase(at, response.find("\r\n", at) + 2 - at);
  return response;
}

std::string status_of(std::string_view response) {
  return response.starts_with("HTTP/1.") ? std::string(response.substr(9, 3)) : "";
}

std::string body_of(std::string_view response) {
  const auto end = response.find("\r\n\r\n");
  return end == response.npos ? "" : std::string(response.substr(end + 4));
}

}  // namespace trackalert::net
