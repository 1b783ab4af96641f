// SPDX-License-Identifier: Apache-2.0
// Answers requests that have passed ACL and password. Used by one thread at a time; keeps the reports of a turn, so
// that a whole batch is queued at once.
#pragma once

#include <vector>

#include "api/backend.h"
#include "api/pending_report.h"
#include "api/route.h"
#include "net/http_server.h"

namespace trackalert::api {

class Handler {
 public:
  explicit Handler(const Backend& backend);

  void handle(const Route& route, const Access& access, const base::Endpoint& peer, std::string_view body,
              net::Reply reply);
  /// Queues the turn's reports and answers them, or with a history leaves both to the intake. Call it after each turn
  /// in which handle() was called.
  void end_of_turn();

 private:
  void report(const Access& access, std::string_view body, net::Reply reply);
  void count_reports();
  void custom(const std::string& name, std::string_view body, net::Reply reply);
  [[nodiscard]] net::Response read(const Route& route) const;
  [[nodiscard]] net::Response stats() const;
  [[nodiscard]] net::Response readyz() const;
  [[nodiscard]] net::Response metrics() const;

  const Backend& backend_;
  login::Parser parser_;
  std::vector<PendingReport> batch_;     ///< to be accepted at the end of the turn
  std::uint64_t uncounted_reports_ = 0;  ///< of this turn; counted before any of them is answered
  ReportAcceptance acceptance_;
  std::vector<metrics::Counter*> refusals_;  ///< by login::Refusal
  metrics::Counter& queue_full_;
};

/// What OpenAPI says of all this; docs/openapi.json, built in.
[[nodiscard]] std::string_view openapi_document();

}  // namespace trackalert::api
