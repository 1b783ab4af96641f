// SPDX-License-Identifier: Apache-2.0
// Compressed texts, files that have no name, and all that a line source says.
#pragma once

#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <string>
#include <vector>

#include "logs/line_source.h"
#include "net/gzip_testing.h"

namespace trackalert::logs {

inline std::string gzipped(std::string_view text) {
  return net::compressed(text);
}

inline std::string zstd_frame(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  auto* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);  // as the zstd program does
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

/// An open file of these bytes, at its start.
inline base::Descriptor file_of(std::string_view bytes) {
  base::Descriptor file(memfd_create("lines", MFD_CLOEXEC));
  while (!bytes.empty()) {
    const auto wrote = ::write(file.get(), bytes.data(), bytes.size());
    if (wrote <= 0) return {};
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

struct AllLines {
  std::vector<std::string> lines;
  std::string error;  ///< empty: it ended well
  std::uint64_t too_long = 0;
  std::uint64_t counted = 0;
  std::uint64_t bytes_used = 0;
  bool operator==(const AllLines&) const = default;
};

inline AllLines all_lines(base::Descriptor file, std::size_t most_line_bytes = usual_line_bytes) {
  AllLines out;
  const auto source = LineSource::from(std::move(file), "it", most_line_bytes);
  if (!source) return {.error = source.error().message};
  for (;;) {
    const auto line = (*source)->next();
    if (!line) out.error = line.error().message;
    if (!line || !*line) break;
    out.lines.emplace_back(**line);
  }
  out.too_long = (*source)->too_long();
  out.counted = (*source)->lines();
  out.bytes_used = (*source)->bytes_used();
  return out;
}

}  // namespace trackalert::logs
