// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_watch.h"

namespace trackalert::app {

CertificateWatch::CertificateWatch(const net::HttpServer& server, const base::Clock& clock, base::Log& log,
                                   metrics::Registry& registry)
    : server_(server), clock_(clock), log_(log) {
  for (const auto& certificate : server.certificates()) {
    const auto left = [&server, &clock, endpoint = certificate.endpoint] {
      for (const auto& now : server.certificates()) {
        if (now.endpoint == endpoint) return std::chrono::duration<double>(now.expires - clock.now()).count();
      }
      return 0.0;
    };
    registry.gauge("http_certificate_seconds_left", "Time until the certificate of a listener ends; below 0: it has",
                   left, {{"listener", certificate.endpoint.to_string()}});
  }
}

void CertificateWatch::look() {
  for (const auto& [endpoint, expires] : server_.certificates()) {
    const auto name = endpoint.to_string();
    const auto left = expires - clock_.now();
    const auto state = left <= left.zero() ? State::over : left <= notice ? State::ending : State::good;
    auto& told = told_[name];
    if (state > told) {
      if (state == State::over) {
        log_.error("The certificate of {} has expired", name);
      } else {
        log_.warning("The certificate of {} expires in {} days", name,
                     std::chrono::round<std::chrono::days>(left).count());
      }
    }
    told = state;
  }
}

}  // namespace trackalert::app
