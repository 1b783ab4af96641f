// SPDX-License-Identifier: Apache-2.0
// Where an HTTP/1.1 message ends: as much of the protocol as both ends of the benchmark need, and no more. Bodies have
// a content-length or do not exist. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace trackalert::bench {

inline constexpr std::size_t max_head_bytes = 16 * 1024;
inline constexpr std::size_t max_body_bytes = 1024 * 1024;

struct Frame {
  enum class State { complete, partial, bad };
  State state = State::partial;
  std::size_t length = 0;  ///< of head and body, when complete
};

/// The message that `text` begins with; more may follow it.
[[nodiscard]] Frame frame_message(std::string_view text);

/// The status of an answer's first line, or 0 if it has none.
[[nodiscard]] unsigned status_of(std::string_view answer);

}  // namespace trackalert::bench
