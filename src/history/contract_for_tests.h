// SPDX-License-Identifier: Apache-2.0
// The contract that every engine passes: random streams of reports, random questions, erasures and restarts, and after
// each step the same answers as those of the reference (reference_history_for_tests.h).
//
//   TEST(MyEngine, KeepsTheContract) {
//     for (std::uint64_t seed = 1; seed <= 10; ++seed) {
//       TemporaryFolder folder;
//       base::FakeClock clock;
//       EXPECT_EQ(contract_violation(clock, [&] { return open_mine(folder, clock); }, {.seed = seed}), std::nullopt);
//     }
//   }
//
// Where history.h leaves it open, the contract decides:
// - `t` in answers is the event's time. Positions may be rounded, to 1e-4 degrees.
// - Sequences grow; a restart may leave some out.
// - Nobody ("" as the login) has no profile, is never new, and erase("") erases nothing. Filter::login "" does take the
//   reports without a login.
// - An answer has a cursor exactly when there are more events.
// - trend() of a facet outside trend_facets is a QueryError::bad_query. Sums that are not `cut` hold nothing outside
//   their time, and a time of whole days (UTC) cuts nothing.
// - Aggregates of others may go on counting what was erased, or not.
// - Limits: time 0 always fails; more rows in the answer than `rows` fails; one byte of memory is too little for any
//   value that distinct, top or significant come upon.
// - status(): the time of the oldest and the newest report may be that of an erased one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "history/history.h"

namespace trackalert::history {

struct ContractOptions {
  std::uint64_t seed = 1;
  unsigned steps = 120;         ///< each a batch of reports, and questions about all that came so far
  unsigned max_batch = 40;      ///< reports
  unsigned restart_chance = 4;  ///< per cent of the steps
};

/// Opens the store: empty the first time, later what the one before left when it was destroyed. Its clock is the one
/// that the contract moves.
using OpenHistory = std::function<std::unique_ptr<History>()>;

/// What is wrong: "seed 3, step 17: ..."; nothing for an engine that is right. Ends at the first violation.
[[nodiscard]] std::optional<std::string> contract_violation(base::FakeClock& clock, const OpenHistory& open,
                                                            const ContractOptions& options = {});

}  // namespace trackalert::history
