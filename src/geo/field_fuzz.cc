// SPDX-License-Identifier: Apache-2.0
// Any bytes as a data section: every question must end, without a step outside.
#include "geo/field.h"
#include "geo/lookups.h"
#include "geo/place.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using trackalert::geo::Field;
  const Field::Bytes data(bytes, size);
  (void)Field::is_sound(data, 0, 4096);
  for (std::size_t offset = 0; offset < size && offset < 4; ++offset) {
    const auto record = Field::at(data, offset);
    trackalert::geo::Place place;
    add_to_place(record, place);
    (void)city_of(record);
    (void)isp_of(record);
    (void)record.step("-1").step("a").text();
    (void)record.unsigned_integer();
    (void)record.boolean();
  }
  return 0;
}
