// SPDX-License-Identifier: Apache-2.0
// Rules about guesses at one login. A guess is a password that is new for the login: a client that repeats an old one
// guesses once.
#pragma once

#include "detect/room.h"

namespace trackalert::detect {

/// What a failure with a wrong password was.
enum class TriedPassword : std::uint8_t {
  fresh,   ///< a guess
  stale,   ///< tried before, or without news
  retired  ///< it used to succeed
};

/// Remembers the guess, judges the login, and says what it was. `fired`: rules about the source, by index, that found
/// it guessing.
TriedPassword judge_guess(const Sighting& sighting, Room& room, std::vector<std::size_t>& fired);
/// A success behind guesses; counts them in the sighting.
void judge_after_guesses(Sighting& sighting, Room& room);

/// How near the rules about guesses at one login are, as of `now`.
void add_standings_of_login(std::string_view login, Seconds now, Room& room, Standings& out);

}  // namespace trackalert::detect
