// SPDX-License-Identifier: Apache-2.0
// Undoing Content-Encoding of request bodies. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/request_head.h"

namespace trackalert::net {

enum class Inflated : std::uint8_t { ok, bad, too_large };

/// Appends to `out`, which never grows beyond `limit`: a bomb stops there. gzip may have several members; deflate is
/// taken with and without zlib's wrapping; anything behind the stream's end is bad.
[[nodiscard]] Inflated inflate_body(ContentCoding coding, std::string_view in, std::size_t limit, std::string& out);

/// Whether `body` starts as gzip does. Clients that label plain JSON "gzip" have always been understood.
[[nodiscard]] bool looks_gzip(std::string_view body);

}  // namespace trackalert::net
