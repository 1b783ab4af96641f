// SPDX-License-Identifier: Apache-2.0
// The chunked transfer coding, as a state machine over single bytes: it does not matter how the bytes are cut. Stricter
// than most: CRLF only, no control characters in extensions, everything bounded. Extensions and trailers are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace trackalert::net {

class ChunkDecoder {
 public:
  enum class Outcome : std::uint8_t { more, done, bad, too_large };

  static constexpr std::size_t max_size_digits = 64;       ///< leading zeros are digits
  static constexpr std::size_t max_extension_bytes = 256;  ///< in one chunk's line
  static constexpr std::size_t max_trailer_bytes = 4096;

  /// Appends what `input` holds of the body to `body`, which never grows beyond `limit`. `used` is how much of `input`
  /// belongs to the body: all of it, unless done.
  Outcome feed(std::string_view input, std::string& body, std::size_t limit, std::size_t& used);
  void reset() { *this = ChunkDecoder{}; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    size_blank,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    last_lf,
  };

  Outcome step(char c);
  Outcome on_size(char c);
  Outcome on_size_end(char c);

  std::uint64_t remaining_ = 0;  ///< of the chunk
  std::size_t line_bytes_ = 0;   ///< of digits or extensions in this line, or of all trailers
  State state_ = State::size_first;
};

}  // namespace trackalert::net
