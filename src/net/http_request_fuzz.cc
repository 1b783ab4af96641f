// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends: head, chunks and compression, cut where the input's first byte says. Boost.Beast's parser is
// the second reader of the head: what ours accepts must mean the same to it.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "net/chunk_decoder.h"
#include "net/content_coding.h"
#include "net/request_head.h"

namespace trackalert::net {
namespace {

constexpr std::size_t limit = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

void compare_with_beast(const ParsedHead& ours, const std::string& head) {
  namespace http = boost::beast::http;
  http::request_parser<http::empty_body> beast;
  beast.header_limit(std::numeric_limits<std::uint32_t>::max());
  beast.body_limit(boost::none);
  boost::beast::error_code ec;
  const std::size_t used = beast.put(boost::asio::buffer(head), ec);
  if (ec == http::error::bad_value) return;  // a Connection that is no list of tokens, which changes no framing
  require(!ec && beast.is_header_done() && used == head.size());
  const auto& request = beast.get();
  require(request.method_string() == ours.method.in(head.data()) && request.target() == ours.target.in(head.data()));
  require(request.version() == (ours.http_1_0 ? 10U : 11U));
  require(beast.chunked() == (ours.framing == BodyFraming::chunked));
  require(beast.content_length().value_or(0) == ours.content_length);
}

/// The same head with another length, as the memo knows it again and as it is read.
void compare_with_memo(const ParsedHead& parsed, std::string head) {
  HeadMemo memo;
  memo.remember(head, parsed);
  for (const auto [at, digits] : {Slice{}, parsed.content_length_text}) {
    if (digits > 0) head[at] = head[at] == '9' ? '0' : static_cast<char>(head[at] + 1);
    const auto recalled = memo.recall(head);
    if (!recalled) continue;
    const auto read = parse_head(head);
    require(read && recalled->length == head.size() && recalled->head == *read);
  }
}

void fuzz_body(const ParsedHead& head, std::string_view input, std::size_t cut) {
  std::string body(input.substr(0, limit));
  if (head.framing == BodyFraming::chunked) {
    body.clear();
    ChunkDecoder decoder;
    auto outcome = ChunkDecoder::Outcome::more;
    while (outcome == ChunkDecoder::Outcome::more && !input.empty()) {
      std::size_t used = 0;
      outcome = decoder.feed(input.substr(0, cut), body, limit, used);
      require(used <= std::min(cut, input.size()));
      require(outcome != ChunkDecoder::Outcome::more || used == std::min(cut, input.size()));
      require(body.size() <= limit);
      input.remove_prefix(used);
    }
  }
  for (const ContentCoding coding : {ContentCoding::gzip, ContentCoding::deflate}) {
    std::string decoded;
    (void)inflate_body(coding, body, limit, decoded);
    require(decoded.size() <= limit);
  }
}

void fuzz_request(std::string_view data, std::size_t cut) {
  HeadScanner scanner;
  auto outcome = HeadScanner::Outcome::more;
  for (std::size_t end = std::min(cut, data.size()); outcome == HeadScanner::Outcome::more;
       end = std::min(end + cut, data.size())) {
    outcome = scanner.scan(data.substr(0, end));
    if (end == data.size()) break;
  }
  HeadScanner at_once;
  if (outcome == HeadScanner::Outcome::bad) require(at_once.scan(data) == HeadScanner::Outcome::bad);
  if (outcome != HeadScanner::Outcome::complete) return;
  require(at_once.scan(data) == HeadScanner::Outcome::complete && at_once.length() == scanner.length());

  // A copy of its own size, so that the sanitizer sees who reads beyond it.
  const std::string head(data.substr(0, scanner.length()));
  const auto parsed = parse_head(head);
  if (!parsed) {
    require(parsed.error() == 400 || parsed.error() == 413);
    return;
  }
  for (const Slice slice : {parsed->method, parsed->target, parsed->authorization, parsed->content_type})
    require(std::size_t{slice.offset} + slice.size <= head.size());
  require((parsed->framing == BodyFraming::length) == (parsed->content_length > 0));
  compare_with_beast(*parsed, head);
  compare_with_memo(*parsed, head);
  fuzz_body(*parsed, data.substr(scanner.length()), cut);
}

}  // namespace
}  // namespace trackalert::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  if (!data.empty()) trackalert::net::fuzz_request(data.substr(1), std::size_t{1} + bytes[0]);
  return 0;
}
