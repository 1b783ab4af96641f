// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file, plain or compressed: it comes to an end, lines are within their limit, and what is put into an
// archive comes out again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "logs/line_source_for_tests.h"

namespace {

using namespace trackalert;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

logs::AllLines check(std::string_view bytes, std::size_t most_line_bytes) {
  auto read = logs::all_lines(logs::file_of(bytes), most_line_bytes);
  for (const auto& line : read.lines) require(line.size() <= most_line_bytes && line.find('\n') == line.npos);
  require(read.counted == read.lines.size() + read.too_long);
  require(read.bytes_used <= bytes.size());
  require(!read.error.empty() || read.bytes_used == bytes.size());
  read.bytes_used = 0;
  return read;
}

}  // namespace

/// The first byte is how long a line may be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t most_line_bytes = data[0];
  const auto as_it_is = check(bytes, most_line_bytes);
  const auto zipped = check(logs::gzipped(bytes), most_line_bytes);
  require(zipped.error.empty());
  require(zipped == check(logs::zstd_frame(bytes), most_line_bytes));
  const bool is_plain = as_it_is.error.empty() && !bytes.starts_with("\x1f\x8b") && bytes.find("\x2a\x4d\x18") != 1 &&
                        !bytes.starts_with("\x28\xb5\x2f\xfd");
  require(!is_plain || as_it_is == zipped);
  return 0;
}
