// SPDX-License-Identifier: Apache-2.0
// Beast's parser does the grammar. It takes some things that we refuse, and is told so in its callbacks: obs-fold,
// transfer codings other than "chunked" alone, Transfer-Encoding in HTTP/1.0, a second Authorization.
#include "net/request_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <limits>

namespace trackalert::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr bool is_alpha(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

ContentCoding coding_named(beast::string_view name) {
  if (name.empty() || beast::iequals(name, "identity")) return ContentCoding::identity;
  if (beast::iequals(name, "gzip") || beast::iequals(name, "x-gzip")) return ContentCoding::gzip;
  if (beast::iequals(name, "deflate")) return ContentCoding::deflate;
  return ContentCoding::unknown;
}

class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(std::string_view head) : head_(head) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the limit is the caller's, on `head`
    body_limit(boost::none);
  }

  ParsedHead out;

 private:
  Slice slice(beast::string_view piece) const {
    return {static_cast<std::uint32_t>(piece.data() - head_.data()), static_cast<std::uint32_t>(piece.size())};
  }

  /// Beast joins folded lines, in a buffer of its own if need be; an unfolded value stands right behind its name.
  bool folded(beast::string_view name, beast::string_view value) const {
    const char* const after_name = name.data() + name.size();
    if (value.data() < after_name || value.data() > head_.data() + head_.size()) return true;
    return std::find(after_name, value.data(), '\r') != value.data();
  }

  void on_request_impl(http::verb verb, beast::string_view method, beast::string_view target, int version,
                       error_code&) override {
    out.method = slice(method);
    out.target = slice(target);
    out.http_1_0 = version == 10;
    out.is_head = verb == http::verb::head;
    switch (verb) {
      case http::verb::get:
      case http::verb::head:
      case http::verb::post:
      case http::verb::put:
      case http::verb::delete_:
      case http::verb::patch:
      case http::verb::options:
        out.known_method = true;
        break;
      default:
        break;
    }
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view value, error_code& ec) override {
    if (folded(name, value)) {
      ec = http::error::bad_field;
      return;
    }
    switch (field) {
      case http::field::transfer_encoding:
        if (out.http_1_0 || !beast::iequals(value, "chunked")) ec = http::error::bad_transfer_encoding;
        break;
      case http::field::authorization:
        if (has_authorization_) ec = http::error::bad_field;
        has_authorization_ = true;
        out.authorization = slice(value);
        break;
      case http::field::content_type:
        if (out.content_type.size == 0) out.content_type = slice(value);
        break;
      case http::field::content_encoding:
        // Two fields are a list of two codings: none that we know.
        out.coding = has_coding_ ? ContentCoding::unknown : coding_named(value);
        has_coding_ = true;
        break;
      case http::field::expect:
        out.expects_continue = beast::iequals(value, "100-continue");
        break;
      default:
        break;
    }
  }

  void on_header_impl(error_code&) override {
    if (out.http_1_0) out.expects_continue = false;
    out.keep_alive = keep_alive();
    if (chunked()) {
      out.framing = BodyFraming::chunked;
    } else if (const auto length = content_length(); length && *length > 0) {
      out.framing = BodyFraming::length;
      out.content_length = *length;
    }
  }

  // The body is not the parser's.
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  const std::string_view head_;
  bool has_authorization_ = false;
  bool has_coding_ = false;
};

/// Whether a Content-Length that Beast would not read is a number all the same: negative, or beyond 64 bits.
bool length_out_of_range(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at)) {
    ++at;
    const std::string_view line = head.substr(at, head.find('\r', at) - at);
    if (line.size() < name.size() || !beast::iequals(line.substr(0, name.size()), name)) continue;
    std::string_view value = line.substr(name.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t") + 1);
    const bool negative = value.starts_with('-');
    if (negative) value.remove_prefix(1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return end == value.data() + value.size() &&
           (error == std::errc::result_out_of_range || (negative && error == std::errc{}));
  }
  return false;
}

}  // namespace

HeadScanner::Outcome HeadScanner::scan(std::string_view data) {
  if (!data.empty() && !is_alpha(data.front())) return Outcome::bad;
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
  HeadParser parser(head);
  error_code ec;
  const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
  if (ec == http::error::bad_content_length && length_out_of_range(head)) return std::unexpected(413U);
  if (ec || !parser.is_header_done() || used != head.size()) return std::unexpected(400U);
  return parser.out;
}

}  // namespace trackalert::net
