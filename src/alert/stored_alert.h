// SPDX-License-Identifier: Apache-2.0
// The form in which an alert is stored: all that it is, so that it comes back the same. Pure functions.
//
// Bound: a text that came from outside can be as long as a report's body, and there are hundreds in an alert. What is
// stored of one is bounded by the limits below, so that no alert is too large to be stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "alert/alert.h"
#include "base/result.h"

namespace trackalert::alert {

inline constexpr std::size_t max_stored_name_bytes = 1024;  ///< a longer one is not listed, only counted
inline constexpr std::size_t max_stored_text_bytes = 4096;  ///< messages, evidence, keys: cut
inline constexpr std::size_t max_stored_evidence = 64;      ///< the first of them
inline constexpr std::size_t max_stored_rules = 256;
inline constexpr std::size_t max_stored_bytes = std::size_t{16} << 20;  ///< of what alert_from_json() reads

/// `text`, cut to max_stored_text_bytes or a little less, never within a character.
[[nodiscard]] std::string_view stored_text(std::string_view text);

/// One JSON object. Not alert_json(), which leaves out what its readers do not need. Bytes that are no UTF-8 pass
/// through; times are whole microseconds; a number that JSON cannot say comes back as NaN.
[[nodiscard]] std::string stored_alert_json(const Alert& alert);
/// The alert again. Any other text is an error that names the member; unknown members are passed over.
[[nodiscard]] base::Result<Alert> alert_from_json(std::string_view text);

/// Takes a login out of an alert's lists, message and evidence ("(erased)" in texts); totals stay. Whether it was
/// there. The key is left: an alert about the login itself is to be dropped.
bool forget_login(Alert& alert, const std::string& login);

}  // namespace trackalert::alert
