// SPDX-License-Identifier: Apache-2.0
// The API on one I/O thread: routes, asks for ACL and password, and hands on. Requests whose password takes long to
// check go to SlowAuth's thread and are handled there.
#pragma once

#include "api/handler.h"
#include "api/slow_auth.h"

namespace trackalert::api {

class ApiService final : public net::Service {
 public:
  ApiService(const Backend& backend, SlowAuth& slow_auth);

  std::optional<net::Response> admit(const net::RequestHead& head) override;
  void serve(const net::RequestHead& head, std::string_view body, net::Reply reply) override;
  void end_of_turn() override { handler_.end_of_turn(); }

 private:
  const Backend& backend_;
  SlowAuth& slow_auth_;
  base::Published<const Access>::Reader access_;
  Handler handler_;
};

/// The log line for a wrong password.
void log_auth_failure(base::Log& log, std::string_view target, const std::string& peer);

}  // namespace trackalert::api
