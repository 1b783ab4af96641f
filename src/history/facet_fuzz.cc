// SPDX-License-Identifier: Apache-2.0
// Any text as the value of any facet: what is accepted is short, and its text means the same value. Any bytes as a
// value have a text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "history/facet.h"

namespace {

using namespace trackalert::history;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (int i = 0; i <= static_cast<int>(Facet::hour_of_week); ++i) {
    const auto facet = static_cast<Facet>(i);
    (void)value_to_text(facet, text);
    const auto value = value_from_text(facet, text);
    if (!value) {
      require(!value.error().message.empty());
      continue;
    }
    require(value->size() <= max_value_bytes);
    const auto again = value_from_text(facet, value_to_text(facet, *value));
    require(again && *again == *value);
  }
  return 0;
}
