// SPDX-License-Identifier: Apache-2.0
// Login reports as the webhook of wforce posts them, built before the clock runs: the same headers in the same order,
// every key in every body, a mix of mail clients, browsers and apps. Logins and addresses are drawn from a Zipf
// distribution, as few users and few addresses make most of the logins of a real service.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"

namespace trackalert::bench {

struct ReportOptions {
  std::string host = "127.0.0.1:8085";          ///< for the Host header
  std::string target = "/?command=report";      ///< of the request line
  std::string authorization = "wforce:secret";  ///< user:password
  std::size_t count = 4096;                     ///< different requests
  std::size_t logins = 100'000;                 ///< to draw from
  std::size_t addresses = 50'000;               ///< to draw from, at most 2^24
  std::uint64_t seed = 1;                       ///< the same seed, the same reports
  base::WallTime first;                         ///< `t` of the first; 1 ms between two
};

/// Complete requests, head and body.
[[nodiscard]] std::vector<std::string> build_reports(const ReportOptions& options);
/// The same heads around bodies that somebody else made, one request for each.
[[nodiscard]] std::vector<std::string> build_requests(const ReportOptions& options,
                                                      std::span<const std::string> bodies);

}  // namespace trackalert::bench
