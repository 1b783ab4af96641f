// SPDX-License-Identifier: Apache-2.0
// Rules about a success of one login: new things, travel, many countries. Functions without state of their own.
#pragma once

#include "detect/room.h"

namespace trackalert::detect {

/// Travel and countries, from the places of the last successes, which the report joins.
void judge_places(Sighting& sighting, Room& room);
/// After the rules whose findings are signs for these.
void judge_novelty(const Sighting& sighting, Room& room);

}  // namespace trackalert::detect
