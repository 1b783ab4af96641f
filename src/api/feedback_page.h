// SPDX-License-Identifier: Apache-2.0
// PUBLIC_URL/feedback/TOKEN: where the links of mails to owners lead. The token is all the permission that there is: no
// ACL, since the peer is the operator's proxy, and no password. GET shows and changes nothing, for mail scanners follow
// links too; POST acts, once.
#pragma once

#include <optional>
#include <string>

#include "alert/signed_link.h"
#include "api/route.h"
#include "channel/feedback_pages.h"
#include "metrics/registry.h"
#include "net/http_server.h"

namespace trackalert::api {

struct Backend;

/// Who gives the verdicts that come by a link. Nobody else may say so.
inline constexpr std::string_view by_owner = "owner";

/// Immutable; outlives the server.
struct FeedbackDoor {
  const alert::LinkSigner& signer;
  channel::FeedbackPages pages;
  std::string public_path;  ///< of the public URL: "" or "/prefix"
  metrics::Counter& shown;
  metrics::Counter& answered;
  metrics::Counter& refused;
};

/// The page for a link that we have not made, or that has ended: before any of the body is read, since here everybody
/// may send one. Any thread.
[[nodiscard]] std::optional<net::Response> refuse_feedback(const Backend& backend, const Route& route);

/// What asks history and store is left to the query threads. Any thread.
void answer_feedback(const Backend& backend, const Route& route, std::string_view body, net::Reply reply);

}  // namespace trackalert::api
