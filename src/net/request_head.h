// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.x request: finding its end while it arrives, and reading it strictly. What two readers could
// understand differently (request smuggling) is an error here. No I/O; only HeadMemo allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace trackalert::net {

/// Looks for a head's end in bytes that arrive piece by piece, each byte looked at once.
class HeadScanner {
 public:
  enum class Outcome : std::uint8_t { more, complete, bad };

  /// `data` is everything since the head's first byte, so never less than in the call before. Bad: a line that does not
  /// end in CRLF, or a first byte that starts no method (TLS on a plain port fails at once instead of at the time-out).
  Outcome scan(std::string_view data);
  /// With its empty line. Valid once complete.
  [[nodiscard]] std::size_t length() const { return line_start_; }
  /// The head is known to end there (HeadMemo).
  void complete_at(std::size_t length) { scanned_ = line_start_ = length; }
  void reset() { *this = HeadScanner{}; }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
};

enum class BodyFraming : std::uint8_t { none, length, chunked };
enum class ContentCoding : std::uint8_t { identity, gzip, deflate, unknown };

/// A piece of the head by its place, so that the buffer may move.
struct Slice {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  [[nodiscard]] std::string_view in(const char* head) const { return {head + offset, size}; }
  bool operator==(const Slice&) const = default;
};

struct ParsedHead {
  Slice method;
  Slice target;
  Slice authorization;
  Slice content_type;
  Slice content_length_text;
  Slice host;
  Slice origin;                      ///< what page of a browser asks
  Slice fetch_site;                  ///< the same: Sec-Fetch-Site
  std::uint64_t content_length = 0;  ///< with BodyFraming::length, never 0
  BodyFraming framing = BodyFraming::none;
  ContentCoding coding = ContentCoding::identity;
  bool known_method = false;  ///< GET, HEAD, POST, PUT, DELETE, PATCH or OPTIONS
  bool is_head = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;

  bool operator==(const ParsedHead&) const = default;
};

/// `head` is a whole head as HeadScanner found it. The error is the status to refuse it with: 400, or 413 for a
/// Content-Length that is no size at all (negative, beyond 64 bits).
[[nodiscard]] std::expected<ParsedHead, unsigned> parse_head(std::string_view head);

/// Knows the head again that came last: a client sends the same one each time, but for the number in Content-Length.
/// Comparing it costs a tenth of reading it.
class HeadMemo {
 public:
  struct Recalled {
    ParsedHead head;
    std::size_t length = 0;  ///< with its empty line
  };
  /// What HeadScanner and parse_head() would say of `data`, if that begins with the same head.
  [[nodiscard]] std::optional<Recalled> recall(std::string_view data) const;
  /// Heads over max_bytes are not kept.
  void remember(std::string_view head, const ParsedHead& parsed);

  static constexpr std::size_t max_bytes = 1024;

 private:
  std::string head_;
  ParsedHead parsed_;
};

}  // namespace trackalert::net
