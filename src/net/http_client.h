// SPDX-License-Identifier: Apache-2.0
// An HTTP(S) client for many short transfers at once: HTTP/1.1, connections are kept and used again, redirects are not
// followed, no other protocol is spoken. libcurl's environment variables (http_proxy, no_proxy, ...) apply.
//
// Threads: one thread of its own does all transfers. submit() may be called from any thread, that one included, and
// never blocks. Time limits are real time, never a Clock's.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace trackalert::net {

/// How the other side of an https URL is checked, and who we say we are.
struct TlsClientOptions {
  bool verify_peer = true;       ///< its chain, against the bundle
  bool verify_host = true;       ///< its name, against the URL's
  std::string ca_bundle_file;    ///< PEM; empty: the system's
  std::string client_cert_file;  ///< PEM; empty: none
  std::string client_key_file;   ///< PEM
};

class HttpClient {
 public:
  struct Options {
    std::string thread_name = "http-client";  ///< at most 15 characters
    std::size_t max_transfers = 50;           ///< at the same time; further ones wait in the queue
    std::size_t max_queued = 1000;            ///< further ones are refused
    TlsClientOptions tls;
  };

  struct Request {
    std::string method = "POST";
    std::string url;  ///< without a scheme: http
    /// Sent in this order after Host and Accept. An empty value keeps the header from being sent, libcurl's own too.
    /// A name that is no token, or a control character in a value, fails the request.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;                         ///< with its Content-Length; any bytes
    std::chrono::milliseconds timeout{2000};  ///< for the whole transfer, name look-up included; 0: none
    std::size_t keep_bytes = 0;               ///< of the answer's body; the rest is read and forgotten
    std::size_t max_answer_bytes = 1 << 20;   ///< heads and body; more fails the request
  };

  struct Response {
    unsigned status = 0;
    std::string body;  ///< its first Request::keep_bytes
  };

  /// Called once for each accepted request, on the client's thread, without any lock held. It must not block, throw, or
  /// call stop(). Any status is a Response; an error's text is libcurl's and has no control characters.
  using Completion = std::function<void(base::Result<Response>)>;

  explicit HttpClient(Options options);
  /// As stop() with a deadline in the past.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// False, without a completion: the queue is full or stop() was called.
  [[nodiscard]] bool submit(Request request, Completion done);

  /// Accepts no more, waits for what was accepted until the deadline, then fails the rest ("Aborted: shutting down").
  /// All completions have returned when it returns. From any thread but the client's own; a second call may only
  /// shorten the deadline.
  void stop(base::SteadyTime deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trackalert::net
