// SPDX-License-Identifier: Apache-2.0
#include "api/cross_site.h"

#include "base/ascii.h"

namespace trackalert::api {

bool is_cross_site(const net::RequestHead& head) {
  if (head.origin.empty() && head.fetch_site.empty()) return false;  // nearly all
  if (head.method == "GET" || head.method == "HEAD") return false;
  // "none": typed by a person
  if (!head.fetch_site.empty() && head.fetch_site != "same-origin" && head.fetch_site != "none") return true;
  if (head.origin.empty()) return false;
  // "null" has no host: a page that hides where it comes from.
  constexpr std::string_view before_host = "://";
  const auto scheme = head.origin.find(before_host);
  return scheme == head.origin.npos ||
         !base::equal_but_for_case(head.origin.substr(scheme + before_host.size()), head.host);
}

}  // namespace trackalert::api
