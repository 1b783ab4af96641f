// SPDX-License-Identifier: Apache-2.0
#include "app/replay_line.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static trackalert::app::ReplayLineReader reader;
  const auto line = reader.read({reinterpret_cast<const char*>(data), size});
  if (!line) {
    if (line.error().reason.empty()) __builtin_trap();
    return 0;
  }
  if (line->time <= 0) __builtin_trap();
  if (line->place && line->place->city.size() > trackalert::geo::max_name_bytes) __builtin_trap();
  if (line->label && line->label->attack.empty()) __builtin_trap();
  return 0;
}
