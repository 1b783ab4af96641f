// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON: a refusal says why; what is accepted, written and read again is the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json_value.h"
#include "base/json_writer.h"

namespace {

using namespace trackalert::base;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

void write(JsonWriter& out, const JsonValue& value) {
  if (const auto* object = value.as_object()) {
    out.begin_object();
    for (const auto& [name, member] : *object) write(out.key(name), member);
    out.end_object();
  } else if (const auto* array = value.as_array()) {
    out.begin_array();
    for (const auto& element : *array) write(out, element);
    out.end_array();
  } else if (const auto* text = value.as_string()) {
    out.value(*text);
  } else if (const auto* number = value.as_number()) {
    out.value(*number);
  } else if (const auto* flag = value.as_bool()) {
    out.value(*flag);
  } else {
    require(value.is_null());
    out.null();
  }
}

std::string written(const JsonValue& value) {
  JsonWriter out;
  write(out, value);
  return std::move(out).text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = parse_json(text);
  if (!value) {
    require(!value.error().message.empty());
    return 0;
  }
  const std::string once = written(*value);
  const auto again = parse_json(once);
  require(again.has_value());
  require(written(*again) == once);
  return 0;
}
