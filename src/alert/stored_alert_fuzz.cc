// SPDX-License-Identifier: Apache-2.0
// Any bytes as a stored alert: a refusal says why, and what is taken is stored and comes back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alert/stored_alert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trackalert::alert;  // NOLINT(google-build-using-namespace)
  const auto alert = alert_from_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!alert) {
    if (alert.error().message.empty()) std::abort();
    return 0;
  }
  // What is too long is cut the first time, never again.
  const auto once = stored_alert_json(*alert);
  const auto read = alert_from_json(once);
  if (!read || stored_alert_json(*read) != once) std::abort();
  return 0;
}
