// SPDX-License-Identifier: Apache-2.0
#include "api/cross_site.h"

#include <algorithm>

namespace trackalert::api {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

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
         !std::ranges::equal(head.origin.substr(scheme + before_host.size()), head.host, {}, lower, lower);
}

}  // namespace trackalert::api
