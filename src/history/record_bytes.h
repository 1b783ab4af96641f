// SPDX-License-Identifier: Apache-2.0
// How records grow, of which memory holds as many as fit.
#pragma once

#include <cstddef>
#include <string>

namespace trackalert::history {

/// Lets a record grow by `more` bytes without another allocation. A string that grows by itself doubles what it has,
/// half of which a record that grows by a few bytes now and then would not use for weeks: this is an eighth too much.
inline void make_room(std::string& record, std::size_t more) {
  const auto needed = record.size() + more;
  if (needed <= record.capacity()) return;
  std::string roomier;
  roomier.reserve(needed + needed / 8);
  roomier = record;
  record.swap(roomier);
}

}  // namespace trackalert::history
