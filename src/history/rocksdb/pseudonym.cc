// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/pseudonym.h"

#include "crypto/base64.h"
#include "crypto/hmac.h"

namespace trackalert::history::rocksdb {

std::string Pseudonym::operator()(std::string_view login) const {
  if (!key_ || login.empty()) return std::string(login);
  constexpr std::size_t kept_bytes = 18;
  const auto digest = crypto::hmac_sha256(*key_, login);
  return "~" + crypto::base64_encode(std::span(digest).first(kept_bytes));
}

}  // namespace trackalert::history::rocksdb
