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

  std::optional<net::Response> admit(const net::RequestHead& head, net::Admission& admission) override;
  void serve(const net::RequestHead& head, std::string_view body, net::Reply reply) override;
  void end_of_turn() override { handler_.end_of_turn(); }

 private:
  [[nodiscard]] std::optional<std::string_view> public_path() const;
  bool is_in_acl(const Access& access, const base::Address& peer);
  /// As Access::check_password(), but a client that sends what was right before is known by that.
  Access::Verdict check_password(const Access& access, const Route& route, std::string_view authorization);

  const Backend& backend_;
  SlowAuth& slow_auth_;
  const Access* known_under_ = nullptr;  ///< what known_ was right under
  std::string known_;                    ///< an Authorization header's value
  const Access* peer_under_ = nullptr;   ///< what peer_ is in the ACL of
  base::Address peer_;                   ///< who asked last; most reports come from one machine
  base::Published<const Access>::Reader access_;
  Handler handler_;
};

}  // namespace trackalert::api
