// SPDX-License-Identifier: Apache-2.0
// Any bytes as a time and a duration: a refusal says why, and a time that is taken, written and read again is the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "history/time_text.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trackalert::history;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr Time now = Time{1'795'000'000} * second;
  const auto duration = parse_duration(text);
  require(duration ? *duration >= 0 : !duration.error().message.empty());
  const auto time = parse_time(text, now);
  if (!time) {
    require(!time.error().message.empty());
    return 0;
  }
  const auto again = parse_time(format_time(*time), now);
  // Far outside the years with four digits a double does not hold microseconds.
  require(again.has_value() && (*again == *time || format_time(*time).find('T') == std::string::npos));
  return 0;
}
