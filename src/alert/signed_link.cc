// SPDX-License-Identifier: Apache-2.0
#include "alert/signed_link.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/base64.h"
#include "crypto/constant_time.h"
#include "crypto/hmac.h"

namespace trackalert::alert {
namespace {

constexpr char version = 1;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t language_bytes = 2;
constexpr std::size_t signed_bytes = 1 + 3 * id_bytes + sizeof(std::uint64_t) + language_bytes + 1;
constexpr std::size_t mac_bytes = 32;
constexpr std::string_view hex_digits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
  }
  return out;
}

/// Nothing unless it is id_bytes in small hex digits.
std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() != 2 * id_bytes) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digits.find(text[i]);
    const auto low = hex_digits.find(text[i + 1]);
    if (high == hex_digits.npos || low == hex_digits.npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string_view key_text(const crypto::Key& key) {
  return {reinterpret_cast<const char*>(key.bytes().data()), key.bytes().size()};
}

std::string mac(const crypto::Key& key, std::string_view data) {
  const auto digest = crypto::hmac_sha256(key_text(key), data);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// What hashes are for stands before what they are of, so that none can pass for another.
std::string short_mac(const crypto::Key& key, std::string_view purpose, std::string_view data) {
  return hex(mac(key, std::string(purpose) + '\0' + std::string(data)).substr(0, id_bytes));
}

}  // namespace

bool is_language(std::string_view text) {
  return text.size() == language_bytes && std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string LinkSigner::login_hash(std::string_view login) const {
  return short_mac(key_, "login", login);
}

std::string LinkSigner::link_id(std::string_view delivery_id, std::string_view login) const {
  return short_mac(key_, "link", std::string(delivery_id) + '\0' + std::string(login));
}

std::string LinkSigner::token(const Link& link) const {
  const auto alert = from_hex(link.alert);
  const auto login = from_hex(link.login_hash);
  const auto id = from_hex(link.id);
  if (!alert || !login || !id || !is_language(link.language) || link.expires < 0) return {};
  std::string bytes(1, version);
  bytes += *alert + *login;
  const auto seconds = static_cast<std::uint64_t>(link.expires / history::second);
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(seconds >> shift & 0xff);
  bytes += link.language;
  bytes += static_cast<char>(std::to_underlying(link.proposed));
  bytes += *id;
  bytes += mac(key_, bytes);
  auto text = crypto::base64_encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::optional<Link> LinkSigner::read(std::string_view token, history::Time now) const {
  if (token.size() != token_size || token.find_first_of("+/=") != token.npos) return std::nullopt;
  std::string text(token);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text += '=';
  const auto decoded = crypto::base64_decode(text);
  if (!decoded || decoded->size() != signed_bytes + mac_bytes) return std::nullopt;
  const std::string_view bytes = *decoded;
  const auto content = bytes.substr(0, signed_bytes);
  if (!crypto::equal_in_constant_time(mac(key_, content), bytes.substr(signed_bytes))) return std::nullopt;
  if (content[0] != version) return std::nullopt;
  Link out;
  std::size_t at = 1;
  const auto take = [&](std::size_t size) { return content.substr(std::exchange(at, at + size), size); };
  out.alert = hex(take(id_bytes));
  out.login_hash = hex(take(id_bytes));
  std::uint64_t seconds = 0;
  for (const char c : take(sizeof seconds)) seconds = seconds << 8 | static_cast<unsigned char>(c);
  out.language = take(language_bytes);
  const auto proposed = static_cast<unsigned char>(take(1).front());
  out.id = hex(take(id_bytes));
  if (proposed > std::to_underlying(Verdict::forget) || !is_language(out.language)) return std::nullopt;
  if (std::cmp_less_equal(seconds, now / history::second)) return std::nullopt;
  out.proposed = static_cast<Verdict>(proposed);
  out.expires = static_cast<history::Time>(seconds) * history::second;
  return out;
}

}  // namespace trackalert::alert
