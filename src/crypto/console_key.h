// SPDX-License-Identifier: Apache-2.0
// The secret that a console client shares with its server.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trackalert::crypto {

/// 32 bytes, wiped when they go. A value: copies are independent. Has no output operator on purpose.
class Key {
 public:
  static constexpr std::size_t size = 32;

  /// Strict Base64 of exactly 32 bytes. The error does not repeat the text.
  static base::Result<Key> from_base64(std::string_view text);
  static Key random();

  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();

  /// For makeKey(), which shows it to the operator. Keep it out of logs.
  [[nodiscard]] std::string to_base64() const;
  [[nodiscard]] const std::array<std::uint8_t, size>& bytes() const { return bytes_; }

 private:
  Key() = default;
  std::array<std::uint8_t, size> bytes_{};
};

}  // namespace trackalert::crypto
