// SPDX-License-Identifier: Apache-2.0
// The fixed answers. Their bytes are what clients of the original compare.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/json_writer.h"
#include "net/http_server.h"

namespace trackalert::api {

inline net::Response ok() {
  return {.status = 200, .body = R"({"status":"ok"})"};
}

inline net::Response failure(unsigned status, std::string_view reason) {
  return {.status = status, .body = R"({"status":"failure", "reason":)" + base::json_string(reason) + "}"};
}

/// A client's text as it may stand in a log line: behind all that we say ourselves, for it may look like that.
inline std::string logged(std::string_view text) {
  constexpr std::size_t most = 256;
  return base::escape_control(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

inline net::Response empty(unsigned status) {
  return {.status = status};
}

/// `allow`: the methods that are, if the resource says so.
inline net::Response not_allowed(std::string_view allow) {
  net::Response response{.status = 405};
  if (!allow.empty()) response.headers.emplace_back("allow", allow);
  return response;
}

inline net::Response not_found() {
  return failure(404, "Not found");
}

inline net::Response unauthorized() {
  auto response = failure(401, "Unauthorized");
  response.headers.emplace_back("www-authenticate", "basic realm=\"wforce\"");
  return response;
}

inline net::Response not_in_acl(const base::Address& peer) {
  return {.status = 401,
          .body = R"({"status":"failure", "reason":"Source IP Address not in ACL", "ip":)" +
                  base::json_string(peer.to_string()) + "}"};
}

/// See api/cross_site.h.
inline net::Response cross_site() {
  return failure(403, "Refused: a browser sent this for a page of another site (Sec-Fetch-Site, Origin)");
}

/// Too many wrong passwords came from there.
inline net::Response too_many_guesses() {
  auto response = failure(429, "Too many wrong passwords from this address");
  response.headers.emplace_back("retry-after", "10");
  return response;
}

/// The client may come again when the queue has room.
inline net::Response busy(std::string_view reason) {
  auto response = failure(503, reason);
  response.headers.emplace_back("retry-after", "1");
  return response;
}

inline net::Response custom_failure(unsigned status, std::string_view reason) {
  return {.status = status, .body = R"({"success":false, "reason":)" + base::json_string(reason) + "}"};
}

}  // namespace trackalert::api
