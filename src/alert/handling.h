// SPDX-License-Identifier: Apache-2.0
// What comes of a person's wish about an alert. Plain values.
#pragma once

#include <expected>
#include <string>

namespace trackalert::alert {

/// Who did something: a name for people, at most so long.
inline constexpr std::size_t max_by_bytes = 128;

struct Refusal {
  enum class Why {
    unknown,   ///< there is no such alert
    bad_wish,  ///< it makes no sense, or not now; the message says why
    storage,   ///< it cannot be kept; try again
  };
  Why why = Why::storage;
  std::string message;
};
template <class T>
using Handled = std::expected<T, Refusal>;

}  // namespace trackalert::alert
