// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>

#include "base/clock.h"
#include "schedule/duration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto duration = trackalert::schedule::parse_duration(text);
  if (!duration) return 0;
  if (*duration < std::chrono::seconds{0}) std::abort();
  if (*duration > trackalert::base::WallTime::duration::max()) std::abort();
  return 0;
}
