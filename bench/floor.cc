// SPDX-License-Identifier: Apache-2.0
// The yardstick: the least that any HTTP server on epoll must do. Accept, read whole requests, answer a constant of the
// size of trackalert's answer. It finds where a request ends and nothing else: no route, no password, no JSON, no
// clock.
//
// Each thread has its own listening socket on the one port, its own epoll and its own connections; they share nothing.
#include <getopt.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bench/message.h"
#include "bench/socket.h"

namespace trackalert::bench {
namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\n"
    "content-length: 15\r\n"
    "content-type: application/json; charset=utf-8\r\n"
    "server: trackalert\r\n"
    "date: Tue, 24 Nov 2026 02:38:28 GMT\r\n"
    "\r\n"
    "{\"status\":\"ok\"}";

class Server {
 public:
  explicit Server(base::Descriptor listener) : listener_(std::move(listener)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  [[noreturn]] void run() {
    if (!watch(epoll_, EPOLL_CTL_ADD, listener_.get(), EPOLLIN)) std::abort();
    std::array<epoll_event, 512> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int socket = events[i].data.fd;
        if (socket == listener_.get()) {
          accept_all();
        } else if (!((events[i].events & EPOLLOUT) != 0 ? flush(socket) : serve(socket))) {
          connections_[socket] = Connection{};
        }
      }
    }
  }

 private:
  struct Connection {
    base::Descriptor socket;
    std::string unread;  ///< the beginning of a request
    std::string unsent;  ///< the end of an answer; while there is one, nothing is read
  };

  void accept_all() {
    while (true) {
      base::Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      const int number = socket.get();
      if (number < 0) return;
      if (connections_.size() <= static_cast<std::size_t>(number)) connections_.resize(number + 1);
      if (watch(epoll_, EPOLL_CTL_ADD, number, EPOLLIN)) connections_[number].socket = std::move(socket);
    }
  }

  /// Reads once and answers every request that is now complete. False: close.
  bool serve(int socket) {
    const auto got = recv(socket, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    auto& unread = connections_[socket].unread;
    std::string_view text(buffer_.data(), got);
    if (!unread.empty()) text = unread.append(text);
    std::size_t requests = 0;
    auto rest = text;
    while (!rest.empty()) {
      const auto frame = frame_message(rest);
      if (frame.state == Frame::State::bad) return false;
      if (frame.state == Frame::State::partial) break;
      rest.remove_prefix(frame.length);
      ++requests;
    }
    if (rest.size() != unread.size()) unread = std::string(rest);
    return requests == 1 ? reply(socket, answer) : requests == 0 || reply(socket, repeated(requests));
  }

  static std::string repeated(std::size_t times) {
    std::string out;
    while (times-- > 0) out += answer;
    return out;
  }

  bool reply(int socket, std::string_view text) {
    const auto sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(text.size())) return true;
    if (sent < 0 && errno != EAGAIN) return false;
    connections_[socket].unsent = text.substr(sent < 0 ? 0 : sent);
    return watch(epoll_, EPOLL_CTL_MOD, socket, EPOLLOUT);
  }

  bool flush(int socket) {
    auto& unsent = connections_[socket].unsent;
    const auto sent = send(socket, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    unsent.erase(0, sent);
    return !unsent.empty() || watch(epoll_, EPOLL_CTL_MOD, socket, EPOLLIN);
  }

  base::Descriptor listener_;
  base::Descriptor epoll_;
  std::vector<Connection> connections_;  ///< by the number of the socket
  std::array<char, 64 * 1024> buffer_;
};

struct Options {
  std::string listen = "127.0.0.1:0";
  unsigned long threads = 1;
};

/// False if the command line is not one of ours.
bool parse(int argc, char** argv, Options& options) {
  const option names[] = {{"listen", required_argument, nullptr, 'l'},
                          {"threads", required_argument, nullptr, 't'},
                          {nullptr, 0, nullptr, 0}};
  int found = 0;
  while ((found = getopt_long(argc, argv, "", names, nullptr)) != -1) {  // NOLINT(concurrency-mt-unsafe)
    switch (found) {
      case 'l':
        options.listen = optarg;
        break;
      case 't':
        options.threads = std::strtoul(optarg, nullptr, 10);
        break;
      default:
        return false;
    }
  }
  return optind == argc && options.threads > 0 && options.threads <= 256;
}

base::Result<void> serve_for_ever(const Options& options) {
  auto endpoint = base::parse_endpoint(options.listen);
  if (!endpoint) return std::unexpected(endpoint.error());
  std::vector<std::unique_ptr<Server>> servers;
  for (unsigned long i = 0; i < options.threads; ++i) {
    auto listener = listen_on(*endpoint);
    if (!listener) return std::unexpected(listener.error());
    const auto port = port_of(*listener);
    if (!port) return std::unexpected(port.error());
    endpoint->port = *port;  // a free one was asked for: the other threads want the same
    servers.push_back(std::make_unique<Server>(std::move(*listener)));
  }
  std::printf("%u\n", unsigned{endpoint->port});
  std::fflush(stdout);
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < servers.size(); ++i) {
    threads.emplace_back([&server = *servers[i]] { server.run(); });
    pthread_setname_np(threads.back().native_handle(), "floor");
  }
  servers.front()->run();
}

}  // namespace
}  // namespace trackalert::bench

int main(int argc, char** argv) {
  trackalert::bench::Options options;
  if (!trackalert::bench::parse(argc, argv, options)) {
    std::fputs("usage: trackalert_bench_floor [--listen ADDRESS:PORT] [--threads N]\n", stderr);
    return 2;
  }
  const auto served = trackalert::bench::serve_for_ever(options);
  std::fprintf(stderr, "%s\n", served.error().message.c_str());
  return 1;
}
