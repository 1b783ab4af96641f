// SPDX-License-Identifier: Apache-2.0
// Tells when the certificate of a listener is about to end, and when it has: once each, until there is a newer one.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/registry.h"
#include "net/http_server.h"

namespace trackalert::app {

/// One thread. All named must outlive it.
class CertificateWatch {
 public:
  /// A line is written so long before the end.
  static constexpr std::chrono::days notice{7};

  CertificateWatch(const net::HttpServer& server, const base::Clock& clock, base::Log& log,
                   metrics::Registry& registry);
  void look();

 private:
  enum class State { good, ending, over };

  const net::HttpServer& server_;
  const base::Clock& clock_;
  base::Log& log_;
  std::map<std::string, State> told_;  ///< by listener
};

}  // namespace trackalert::app
