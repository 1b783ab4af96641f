// SPDX-License-Identifier: Apache-2.0
// More guesses in ten minutes than this hour of the week usually has, that no other alert explains (GuessLevels).
// Thread: the engine's.
#pragma once

#include "detect/room.h"

namespace trackalert::detect {

class SurgeJudge {
 public:
  /// `observed_since`: when counting began.
  void sweep(Room& room, Seconds now, Seconds observed_since);

 private:
  std::uint32_t told_slot_ = 0;
};

}  // namespace trackalert::detect
