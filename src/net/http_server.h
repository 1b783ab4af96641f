// SPDX-License-Identifier: Apache-2.0
// The HTTP/1.x server: sockets, TLS, framing, limits and time-outs. What the requests mean is up to a Service.
//
// Threads: `Options::threads` I/O threads, each with an event loop, its own connections and its own Service made by the
// factory. All methods of a Service are called on its thread, one at a time, so it needs no locks. A Service must not
// block. An answer may come at once, at the end of the loop's turn, or later from any thread (Reply).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "base/result.h"

namespace trackalert::net {

class Connection;

struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< as sent: "/?command=report"
  base::Address peer;       ///< IPv4-mapped IPv6 has become IPv4
  std::uint16_t peer_port = 0;
  std::string_view authorization;  ///< the Authorization header's value, empty without one
  std::string_view content_type;
  std::string_view host;
  std::string_view origin;      ///< programs send none of these two
  std::string_view fetch_site;  ///< Sec-Fetch-Site
  bool secure = false;          ///< came over TLS
  /// What admit() left for serve() in Admission::note; 0 at first.
  std::uint64_t admitted = 0;
  bool vouched = false;  ///< as Admission::vouched was left by the connection's request before
};

/// What admit() finds out beside its answer.
struct Admission {
  std::uint64_t note = 0;  ///< comes back with the request in serve(): it need not be found out again
  /// The client has proven who it is. In: on this connection before; out: still, or now. Until it has, its requests
  /// must arrive and its answers be taken within the head's time limit, and where there are too many connections it
  /// makes room for others.
  bool vouched = false;
  /// Out: at most max_small_body bytes of body are read, 413 beyond, and none that is compressed, 415. For those who
  /// may ask without a proof of who they are: what everybody can make us keep in memory is to be little.
  bool small_body = false;
};
inline constexpr std::size_t max_small_body = 1024;

struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json; charset=utf-8";  ///< must outlive the call: a literal
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beyond those the server writes itself
  bool close = false;                                        ///< the connection, after this answer
};

/// The right to answer one request, once. Movable to any thread; dropping it unanswered answers 500. May outlive the
/// server.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  ~Reply();
  /// On the connection's own I/O thread the answer is written at once, from any other it is posted there. Does nothing
  /// if the client has gone. Never calls the Service: a request that waits behind this one is served in a later turn.
  void send(Response response);
  /// As Admission::vouched, for who takes longer than admit() to find out. Before send().
  void vouch();
  /// The same answer to each. Those that belong to one I/O thread and lie side by side are posted there together, which
  /// costs one lock and one wake-up.
  static void send_all(std::span<Reply> replies, const Response& response);

 private:
  std::shared_ptr<Connection> connection_;
};

/// What one I/O thread does with its requests. Made and destroyed on the threads that call start() and stop(). What its
/// methods throw is logged, and the request answered 500.
class Service {
 public:
  virtual ~Service() = default;
  /// When the head is complete and before any of the body is read: an answer refuses the request (its body is skipped
  /// if that is cheap, else the connection closes), nothing goes on to read the body. `head` dies with the call. Not
  /// asked about requests that the HTTP layer refuses. HEAD is to be treated as GET, its answer loses its body.
  virtual std::optional<Response> admit(const RequestHead& head, Admission& admission) = 0;
  /// The whole request, decompressed. Both arguments but `reply` die with the call.
  virtual void serve(const RequestHead& head, std::string_view body, Reply reply) = 0;
  /// After each turn of the loop in which serve() was called: the place to do a batch's work once.
  virtual void end_of_turn() {}
};

struct TlsOptions {
  std::string certificate_file;  ///< PEM, with its chain
  std::string key_file;          ///< PEM
  /// OpenSSL SSL_CONF commands by their configuration file names, in any case; min_protocol, minimum_protocol and the
  /// like too.
  std::vector<std::pair<std::string, std::string>> commands;
};

struct Listener {
  base::Endpoint address;
  std::optional<TlsOptions> tls;
};

/// Connections beyond Options::max_connections that there may be: they are on their way to a thread that makes room for
/// them or resets them, and each has its descriptor.
constexpr std::size_t most_beyond_limit(std::size_t max_connections) {
  return std::min<std::size_t>(256, max_connections / 8 + 1);
}

class HttpServer {
 public:
  struct Options {
    std::vector<Listener> listeners;
    unsigned threads = 4;
    /// Beyond it the oldest that nobody has vouched for makes room; if there is none, the new one is reset.
    std::size_t max_connections = 10'000;
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_body_bytes = 1024 * 1024;  ///< as sent and after decompression
    /// From a head's first byte to its last; for the TLS handshake too, and for a body, or an answer that is not read,
    /// while nobody has vouched.
    std::chrono::seconds header_timeout{10};
    std::chrono::seconds idle_timeout{60};  ///< between requests, and between two pieces of a body or an answer
  };

  /// Figures for metrics, readable from any thread.
  struct Counts {
    std::size_t active_connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused_over_limit = 0;  ///< reset over max_connections
    std::uint64_t made_room = 0;           ///< closed for others over max_connections
    std::uint64_t timed_out = 0;           ///< in the middle of a request, an answer or a handshake; not idle ones
    std::uint64_t bad_requests = 0;        ///< refused by the HTTP layer (400, 413, 431, ...)
    std::uint64_t tls_failures = 0;
  };

  using ServiceFactory = std::function<std::unique_ptr<Service>()>;

  /// Binds and listens on every address, loads certificates, starts nothing. Port 0 is any free one. An error names the
  /// address, the file or the TLS option.
  static base::Result<std::unique_ptr<HttpServer>> open(Options options, ServiceFactory factory, base::Log& log);
  ~HttpServer();

  /// Starts the threads and accepts.
  void start();
  /// Stops accepting and closes idle connections; requests in flight go on, their answers carry "connection: close".
  /// A request that has begun to arrive counts as in flight. Returns when all are answered or at the deadline, with the
  /// number of those that were not.
  std::size_t drain(std::chrono::steady_clock::time_point deadline);
  /// Closes what is left and joins the threads. Called by the destructor too.
  void stop();

  /// Reads certificates and keys again; new handshakes use them. On an error the old ones stay.
  base::Result<void> reload_certificates();

  /// The listeners with TLS, and when the certificates that new handshakes use end.
  struct Certificate {
    base::Endpoint endpoint;
    std::chrono::sys_seconds expires;
  };
  [[nodiscard]] std::vector<Certificate> certificates() const;
  /// Where it listens, with the real ports; in the order of Options::listeners.
  [[nodiscard]] std::vector<base::Endpoint> endpoints() const;
  [[nodiscard]] Counts counts() const;
  /// Effective for connections accepted from now on.
  void set_max_connections(std::size_t limit);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trackalert::net
