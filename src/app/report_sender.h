// SPDX-License-Identifier: Apache-2.0
// Reports to a running daemon over HTTP, some at a time, those of one login one after the other.
//
// Threads: one.
#pragma once

#include <condition_variable>
#include <functional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "login/report.h"
#include "net/http_client.h"

namespace trackalert::app {

class ReportSender {
 public:
  struct Options {
    std::string url;       ///< "http://127.0.0.1:8084"
    std::string password;  ///< of its HTTP API
    net::TlsClientOptions tls;
  };
  explicit ReportSender(Options options);

  struct Outcome {
    std::size_t taken = 0;
    std::size_t refused = 0;  ///< as no reports, for good
    std::string refusal;      ///< what was said of the last of these
    std::string trouble;      ///< why those that are left were not taken; they may be later. Empty: none are left
  };
  /// Takes away those that were answered; the rest stays, in its order. An error: it is no use to try again, since the
  /// address or the password is wrong.
  base::Result<Outcome> send(std::vector<login::Report>& reports);

 private:
  struct Answers {
    std::size_t missing = 0;
    std::vector<base::Result<net::HttpClient::Response>> all;
  };
  std::vector<base::Result<net::HttpClient::Response>> post(const std::vector<const login::Report*>& reports);

  const Options options_;
  const std::string authorization_;
  base::Guarded<Answers> answers_;
  std::condition_variable answered_;
  net::HttpClient client_;  ///< last: its thread uses the rest
};

}  // namespace trackalert::app
