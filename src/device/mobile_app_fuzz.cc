// SPDX-License-Identifier: Apache-2.0
// Whatever the text: every field is a part of it, and a version is both numbers or none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "device/mobile_app.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto app = trackalert::device::parse_mobile_app(text);
  const std::less_equal<const char*> not_after;
  for (const auto field :
       {app.brand, app.name, app.major, app.minor, app.os_family, app.os_major, app.os_minor, app.device}) {
    require(field.empty() ||
            (not_after(text.data(), field.data()) && not_after(field.data() + field.size(), text.data() + size)));
  }
  require(app.major.empty() == app.minor.empty());
  require(app.os_major.empty() == app.os_minor.empty());
  return 0;
}
