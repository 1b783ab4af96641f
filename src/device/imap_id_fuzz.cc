// SPDX-License-Identifier: Apache-2.0
// Whatever the text: every field is a part of it, and a version is both numbers or none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "device/imap_id.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = trackalert::device::parse_imap_id(text);
  const std::less_equal<const char*> not_after;
  for (const auto field : {id.family, id.major, id.minor, id.os_family, id.os_major, id.os_minor}) {
    require(field.empty() ||
            (not_after(text.data(), field.data()) && not_after(field.data() + field.size(), text.data() + size)));
  }
  require(id.major.empty() == id.minor.empty());
  require(id.os_major.empty() == id.os_minor.empty());
  return 0;
}
