// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA256 of bytes in memory. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace trackalert::crypto {

using Digest256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest256 sha256(std::string_view data);
/// `key` of any length, as RFC 2104 has it.
[[nodiscard]] Digest256 hmac_sha256(std::string_view key, std::string_view data);

}  // namespace trackalert::crypto
