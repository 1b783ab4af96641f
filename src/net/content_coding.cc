// SPDX-License-Identifier: Apache-2.0
#include "net/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace trackalert::net {
namespace {

constexpr int gzip_only = MAX_WBITS + 16;
constexpr int zlib_only = MAX_WBITS;
constexpr int raw_deflate = -MAX_WBITS;

class Inflater {
 public:
  explicit Inflater(int window_bits) { ready_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// One stream (gzip: member) from the front of `in`, which loses it.
  Inflated run(std::string_view& in, std::size_t limit, std::string& out) {
    if (!ready_ || inflateReset(&stream_) != Z_OK) return Inflated::bad;
    // zlib's interface is older than const.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    std::array<char, 16 * 1024> piece;
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = static_cast<uInt>(piece.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = piece.size() - stream_.avail_out;
      if (got > limit - std::min(limit, out.size())) return Inflated::too_large;
      out.append(piece.data(), got);
      if (result == Z_STREAM_END) break;
      // Without output there is no more input either: cut short.
      if (result != Z_OK || (got == 0 && stream_.avail_in == 0)) return Inflated::bad;
    }
    in.remove_prefix(in.size() - stream_.avail_in);
    return Inflated::ok;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

bool looks_zlib(std::string_view body) {
  if (body.size() < 2) return false;
  const auto first = static_cast<unsigned char>(body[0]);
  const auto second = static_cast<unsigned char>(body[1]);
  return (first & 0x0f) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
}

}  // namespace

bool looks_gzip(std::string_view body) {
  return body.starts_with("\x1f\x8b");
}

Inflated inflate_body(ContentCoding coding, std::string_view in, std::size_t limit, std::string& out) {
  const bool gzip = coding == ContentCoding::gzip;
  Inflater inflater(gzip ? gzip_only : looks_zlib(in) ? zlib_only : raw_deflate);
  do {
    if (const Inflated result = inflater.run(in, limit, out); result != Inflated::ok) return result;
  } while (gzip && !in.empty());
  return in.empty() ? Inflated::ok : Inflated::bad;
}

}  // namespace trackalert::net
