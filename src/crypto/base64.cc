// SPDX-License-Identifier: Apache-2.0
#include "crypto/base64.h"

#include <sodium.h>

namespace trackalert::crypto {
namespace {

std::optional<std::string> decode(std::string_view text, const char* ignore, int variant) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  // Without a place for the end of the text, libsodium insists on having consumed all of it.
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), ignore,
                        &size, nullptr, variant) != 0) {
    sodium_memzero(out.data(), out.size());
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  // The length that libsodium names includes a terminating NUL.
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

std::string base64_encode(std::string_view bytes) {
  return base64_encode(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::optional<std::string> base64_decode(std::string_view text) {
  return decode(text, nullptr, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::string> base64_decode_blanks_and_no_padding(std::string_view text) {
  unsigned padding = 0;
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '=')) {
    if (text.back() == '=' && ++padding > 2) return std::nullopt;
    text.remove_suffix(1);
  }
  return decode(text, " \t", sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

}  // namespace trackalert::crypto
