// SPDX-License-Identifier: Apache-2.0
// What a reader found in a line, checked, on its way to the reports.
#pragma once

#include <string_view>
#include <vector>

#include "logs/format.h"

namespace trackalert::logs {

/// The texts are borrowed.
struct Attempt {
  history::Time time = 0;
  std::string_view login;
  std::string_view remote;  ///< an address; empty: not known
  std::string_view protocol;
  std::string_view session_id;
  std::string_view device_id;
  std::string_view fail_type;  ///< of a failure
  std::string_view pwhash;
  bool success = false;
  bool tls = false;
  unsigned repeats = 1;  ///< cut at max_repeats
};

inline constexpr std::string_view wrong_credentials = "credentials";

/// Puts it behind `out`, so often as it says, if it makes sense.
Reading put(const Attempt& attempt, std::vector<login::Report>& out);

}  // namespace trackalert::logs
