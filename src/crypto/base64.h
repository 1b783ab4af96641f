// SPDX-License-Identifier: Apache-2.0
// Base64 with the standard alphabet (RFC 4648, section 4). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trackalert::crypto {

/// With padding, without line breaks.
[[nodiscard]] std::string base64_encode(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// The one spelling that base64_encode() would have written: exact padding, no blanks, unused bits zero. Else nullopt.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// As base64_decode(), but spaces and tabs are skipped and the padding may be missing. For HTTP basic authentication,
/// where clients of the original got away with both.
[[nodiscard]] std::optional<std::string> base64_decode_blanks_and_no_padding(std::string_view text);

}  // namespace trackalert::crypto
