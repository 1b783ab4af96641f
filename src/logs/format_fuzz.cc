// SPDX-License-Identifier: Apache-2.0
// Any lines as every format: what comes out is within its limits, and an attempt has a subject.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "logs/format_for_tests.h"

namespace {

using namespace trackalert;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const logs::FormatRow& row, std::string_view text) {
  const logs::FixedZone zone{std::chrono::hours(1)};
  const auto format = row.make({zone, logs::reference_for_tests});
  std::vector<login::Report> found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    found.clear();
    const auto reading = format->read(line, found);
    require((reading.kind == logs::Reading::Kind::attempts) == !found.empty());
    require(reading.kind != logs::Reading::Kind::bad || !reading.reason.empty());
    require(found.size() <= logs::max_repeats);
    for (const auto& report : found) require(report.login.size() <= logs::max_login_bytes);
  }
}

}  // namespace

/// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto rows = logs::formats();
  check(rows[data[0] % rows.size()], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
