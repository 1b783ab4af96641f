// SPDX-License-Identifier: Apache-2.0
// The grammar of RFC 9112 without what it deprecates: no folded lines, no bare CR, no transfer coding but "chunked"
// alone, one Content-Length of plain digits, one Host. Our own reader because this is a fifth of what a report costs
// beyond the bare server; the fuzz target holds it to Boost.Beast's parser: what is accepted here means the same there.
#include "net/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include "base/ascii.h"

namespace trackalert::net {
namespace {

enum CharacterClass : std::uint8_t { token = 1, target = 2, text = 4 };

/// RFC 9110, section 5.6.2 (token) and 5.5 (field content, with obs-text); a target is anything visible, or foreign.
constexpr std::array<std::uint8_t, 256> character_classes = [] {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const char as_char = static_cast<char>(c);
    if (base::is_letter_or_digit(as_char) ||
        std::string_view("!#$%&'*+-.^_`|~").find(as_char) != std::string_view::npos)
      classes[c] |= token;
    if (c > ' ' && c != 0x7f) classes[c] |= target;
    if (c == '\t' || (c >= ' ' && c != 0x7f)) classes[c] |= text;
  }
  return classes;
}();

bool all_are(CharacterClass wanted, std::string_view piece) {
  unsigned common = wanted;
  for (const char c : piece) common &= character_classes[static_cast<unsigned char>(c)];
  return common != 0;
}

constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t high_bits = 0x80 * ones;

/// Whether all eight bytes are usual in a value: none is below a space, or DEL
/// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord).
bool usual_in_text(std::uint64_t word) {
  const std::uint64_t without_del = word ^ (0x7f * ones);
  const std::uint64_t suspects = ((word - ' ' * ones) & ~word) | ((without_del - ones) & ~without_del);
  return (suspects & high_bits) == 0;
}

/// The high bit of each byte that is at least `from`, and at most `to`. No byte has its own high bit set.
constexpr std::uint64_t between(std::uint64_t word, unsigned from, unsigned to) {
  return (word + (0x80 - from) * ones) & ~(word + (0x7f - to) * ones);
}

/// Whether all eight bytes are usual in a name: letters, digits and "-".
bool usual_in_token(std::uint64_t word) {
  if ((word & high_bits) != 0) return false;
  const std::uint64_t usual =
      between(word | (0x20 * ones), 'a', 'z') | between(word, '0', '9') | between(word, '-', '-');
  return (usual & high_bits) == high_bits;
}

/// all_are() of a piece that nearly always holds what is usual: eight bytes at a time, the last eight overlapping those
/// before. Words that hold anything else are looked at byte by byte.
template <class Usual>
bool nearly_all_are(CharacterClass wanted, std::string_view piece, Usual usual) {
  std::uint64_t word = 0;
  if (piece.size() < sizeof word) return all_are(wanted, piece);
  for (std::size_t at = 0;;) {
    std::memcpy(&word, piece.data() + at, sizeof word);
    if (!usual(word) && !all_are(wanted, piece.substr(at, sizeof word))) return false;
    if (at + sizeof word == piece.size()) return true;
    at = std::min(at + sizeof word, piece.size() - sizeof word);
  }
}

bool is_text(std::string_view piece) {
  return nearly_all_are(text, piece, usual_in_text);
}

bool is_token(std::string_view piece) {
  return nearly_all_are(token, piece, usual_in_token);
}

/// `lower_case` holds lower-case letters, digits and "-" only: bit 0x20 is set in all of them, and setting it in
/// `piece` changes nothing else into them but control characters, which a checked name or value has not got.
bool is_named(std::string_view piece, std::string_view lower_case) {
  if (piece.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < piece.size(); ++i)
    if ((piece[i] | 0x20) != lower_case[i]) return false;
  return true;
}

std::string_view trimmed(std::string_view piece) {
  while (!piece.empty() && (piece.front() == ' ' || piece.front() == '\t')) piece.remove_prefix(1);
  while (!piece.empty() && (piece.back() == ' ' || piece.back() == '\t')) piece.remove_suffix(1);
  return piece;
}

ContentCoding coding_named(std::string_view name) {
  if (name.empty() || is_named(name, "identity")) return ContentCoding::identity;
  if (is_named(name, "gzip") || is_named(name, "x-gzip")) return ContentCoding::gzip;
  if (is_named(name, "deflate")) return ContentCoding::deflate;
  return ContentCoding::unknown;
}

bool is_known_method(std::string_view method) {
  for (const std::string_view known : {"POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"})
    if (method == known) return true;
  return false;
}

/// Reads line by line into `out`; each step answers 0, or the status to refuse the request with.
class HeadReader {
 public:
  explicit HeadReader(std::string_view head) : head_(head), rest_(head) {}

  unsigned read() {
    const auto request_line = next_line();
    if (!request_line || !read_request_line(*request_line)) return 400;
    for (;;) {
      const auto line = next_line();
      if (!line) return 400;
      if (line->empty()) break;
      if (const unsigned refusal = read_field(*line)) return refusal;
    }
    return rest_.empty() ? conclude() : 400;
  }

  ParsedHead out;

 private:
  /// Without its CRLF.
  std::optional<std::string_view> next_line() {
    const std::size_t newline = rest_.find('\n');
    if (newline == rest_.npos || newline == 0 || rest_[newline - 1] != '\r') return std::nullopt;
    const std::string_view line = rest_.substr(0, newline - 1);
    rest_.remove_prefix(newline + 1);
    return line;
  }

  Slice slice(std::string_view piece) const {
    return {static_cast<std::uint32_t>(piece.data() - head_.data()), static_cast<std::uint32_t>(piece.size())};
  }

  bool read_request_line(std::string_view line) {
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (method_end == line.npos || method_end == 0 || target_end <= method_end + 1) return false;
    const std::string_view method = line.substr(0, method_end);
    const std::string_view target_text = line.substr(method_end + 1, target_end - method_end - 1);
    const std::string_view version = line.substr(target_end + 1);
    if (!all_are(token, method) || !all_are(target, target_text)) return false;
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
    out.method = slice(method);
    out.target = slice(target_text);
    out.known_method = is_known_method(method);
    out.is_head = method == "HEAD";
    out.http_1_0 = version == "HTTP/1.0";
    return true;
  }

  unsigned read_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos || colon == 0) return 400;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_token(name) || !is_text(value)) return 400;
    return take_field(name, value);
  }

  unsigned take_field(std::string_view name, std::string_view value) {
    switch (name.size()) {  // most names are none of ours: their length says so
      case 4:
        if (is_named(name, "host")) {
          ++hosts_;
          out.host = slice(value);
        }
        return 0;
      case 6:
        if (is_named(name, "origin")) out.origin = slice(value);
        if (is_named(name, "expect")) out.expects_continue = is_named(value, "100-continue");
        return 0;
      case 10:
        if (is_named(name, "connection")) take_connection(value);
        return 0;
      case 12:
        if (out.content_type.size == 0 && is_named(name, "content-type")) out.content_type = slice(value);
        return 0;
      case 13:
        return is_named(name, "authorization") ? take_authorization(value) : 0;
      case 14:
        if (is_named(name, "sec-fetch-site")) out.fetch_site = slice(value);
        return is_named(name, "content-length") ? take_content_length(value) : 0;
      case 16:
        if (is_named(name, "content-encoding")) take_content_encoding(value);
        return 0;
      case 17:
        return is_named(name, "transfer-encoding") ? take_transfer_encoding(value) : 0;
      default:
        return 0;
    }
  }

  void take_connection(std::string_view list) {
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string_view option = trimmed(list.substr(0, comma));
      says_close_ |= is_named(option, "close");
      says_keep_alive_ |= is_named(option, "keep-alive");
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }

  unsigned take_authorization(std::string_view value) {
    if (has_authorization_) return 400;
    has_authorization_ = true;
    out.authorization = slice(value);
    return 0;
  }

  unsigned take_content_length(std::string_view value) {
    const bool negative = value.starts_with('-');
    const std::string_view digits = value.substr(negative ? 1 : 0);
    if (has_length_ || digits.empty()) return 400;
    for (const char c : digits)
      if (!base::is_digit(c)) return 400;
    has_length_ = true;
    out.content_length_text = slice(value);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.content_length);
    return negative || error != std::errc{} ? 413 : 0;
  }

  void take_content_encoding(std::string_view value) {
    // Two fields are a list of two codings: none that we know.
    out.coding = has_coding_ ? ContentCoding::unknown : coding_named(value);
    has_coding_ = true;
  }

  unsigned take_transfer_encoding(std::string_view value) {
    if (out.http_1_0 || out.framing == BodyFraming::chunked || !is_named(value, "chunked")) return 400;
    out.framing = BodyFraming::chunked;
    return 0;
  }

  unsigned conclude() {
    // RFC 9112, section 3.2. HTTP/1.0 knows no Host, but two are one too many there as well.
    if (hosts_ > 1 || (hosts_ == 0 && !out.http_1_0)) return 400;
    if (has_length_ && out.framing == BodyFraming::chunked) return 400;
    if (out.content_length > 0) out.framing = BodyFraming::length;
    out.keep_alive = !says_close_ && (!out.http_1_0 || says_keep_alive_);
    if (out.http_1_0) out.expects_continue = false;
    return 0;
  }

  const std::string_view head_;
  std::string_view rest_;
  std::size_t hosts_ = 0;
  bool has_authorization_ = false;
  bool has_coding_ = false;
  bool has_length_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
};

}  // namespace

HeadScanner::Outcome HeadScanner::scan(std::string_view data) {
  if (!data.empty() && !base::is_letter(data.front())) return Outcome::bad;
  for (;;) {
    const std::size_t newline = data.find('\n', scanned_);
    if (newline == data.npos) break;
    if (newline == line_start_ || data[newline - 1] != '\r') return Outcome::bad;
    const bool empty_line = newline == line_start_ + 1;
    scanned_ = line_start_ = newline + 1;
    if (empty_line) return Outcome::complete;
  }
  scanned_ = data.size();
  return Outcome::more;
}

std::expected<ParsedHead, unsigned> parse_head(std::string_view head) {
  HeadReader reader(head);
  if (const unsigned refusal = reader.read()) return std::unexpected(refusal);
  return reader.out;
}

std::optional<HeadMemo::Recalled> HeadMemo::recall(std::string_view data) const {
  if (head_.empty() || data.size() < head_.size()) return std::nullopt;
  const std::string_view known = head_;
  const auto [number_at, digits] = parsed_.content_length_text;
  const std::size_t behind = number_at + digits;
  if (data.substr(0, number_at) != known.substr(0, number_at) ||
      data.substr(behind, known.size() - behind) != known.substr(behind)) {
    return std::nullopt;
  }
  Recalled out{parsed_, known.size()};
  if (digits == 0) return out;
  const char* const number = data.data() + number_at;
  const auto [end, error] = std::from_chars(number, number + digits, out.head.content_length);
  if (end != number + digits || error != std::errc{} || out.head.content_length == 0) return std::nullopt;
  return out;
}

void HeadMemo::remember(std::string_view head, const ParsedHead& parsed) {
  // A length of 0 is no framing by length: another number would change more than the number.
  const bool fits = head.size() <= max_bytes && (parsed.content_length_text.size == 0 || parsed.content_length > 0);
  head_ = fits ? head : std::string_view();
  parsed_ = parsed;
}

}  // namespace trackalert::net
