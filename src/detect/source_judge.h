// SPDX-License-Identifier: Apache-2.0
// Rules about one source: an address, and the networks around it. What an address alone explains is told of the address
// and not of its network as well. A source that an alert names is marked for a day; whoever's account it enters is
// taken.
#pragma once

#include "detect/room.h"

namespace trackalert::detect {

/// A guess, after judge_guess(): `fresh` says whether the password is new for the login, `fired` what found the address
/// guessing. Returns whether the source was marked before: then it is explained already.
bool judge_sources(const Sighting& sighting, Room& room, bool fresh, std::span<const std::size_t> fired);
/// A success: whether it is a taken account, or makes the crowd's share.
void judge_entry(Sighting& sighting, Room& room);

/// Whether a success of a login that was not known from there looks like somebody else's: with a device or from a
/// network that is new for the login; where neither is known, behind guesses. What is said of a login whose profile is
/// not mature is the caller's choice.
[[nodiscard]] bool looks_foreign(const Sighting& sighting, unsigned guesses_from_there, bool if_immature);
/// One alert for a login that was entered from a source that another alert names. `guesses`: from there.
struct Entry {
  std::string login;
  base::Address remote;
  history::Time time = 0;
  unsigned guesses = 0;
};
void report_taken(Room& room, const Entry& entry, const std::string& because_of, history::Time now);

/// How near the rules about one source are, as of `now`: an address, or one of the networks that are judged.
void add_standings_of_source(const base::Prefix& source, Seconds now, Room& room, Standings& out);

}  // namespace trackalert::detect
