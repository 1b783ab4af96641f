// SPDX-License-Identifier: Apache-2.0
// A history over a plain vector of events: the oracle that engines are compared with (contract_for_tests.h).
//
// Everything is worked out anew from the events at each call, by the words of the headers and not by the code of the
// engines. Only Profile and TrendSums, which the interface wants, come from there; remembered() and counted() are the
// independent form, and compared with them. Not thread safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "history/history.h"

namespace trackalert::history {

/// What a profile says, by facet and the text of the value; under Facet::all and "" the login as a whole.
struct Remembered {
  Usage usage;
  /// The days with a success as they are; usage has not those that only late reports tell of.
  std::uint16_t success_days = 0;
};
using RememberedValues = std::map<std::pair<Facet, std::string>, Remembered>;

/// What a trend says, exactly.
struct Counted {
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  std::set<std::string> logins;
  std::set<std::string> remotes;
  std::set<std::string> guesses;
};

class ReferenceHistory : public History {
 public:
  /// What lies on the "disk".
  struct Memory {
    std::vector<Event> log;
    std::vector<Event> erased;  ///< which aggregates of others may go on counting
    Sequence last_sequence = 0;
  };

  /// Over what an earlier one left there.
  explicit ReferenceHistory(const base::Clock& clock, std::shared_ptr<Memory> memory = std::make_shared<Memory>());

  base::Result<void> append(std::span<Arrival> arrivals) override;
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override;
  [[nodiscard]] QueryResult<Profile> profile(std::string_view login) const override;
  [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                             Time until) const override;
  [[nodiscard]] QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override;
  base::Result<std::uint64_t> erase(std::string_view login) override;
  /// There is nothing to copy: always an error.
  base::Result<void> backup(const std::string& folder) override;
  [[nodiscard]] Status status() const override;

  /// As append(), under the sequence that somebody else gave.
  void add(Arrival& arrival);
  [[nodiscard]] RememberedValues remembered(std::string_view login) const;
  enum class Erased { left_out, counted };
  /// `text` as shown_value() gives it. [since, until) exactly.
  [[nodiscard]] Counted counted(Facet facet, std::string_view text, Time since, Time until,
                                Erased erased = Erased::left_out) const;
  [[nodiscard]] const Memory& memory() const { return *memory_; }

 private:
  [[nodiscard]] Time time_of(const login::Report& report) const;
  [[nodiscard]] Novelty novelty_of(const Event& event) const;
  [[nodiscard]] Familiarity familiarity_of(const Event& event) const;

  const base::Clock& clock_;
  std::shared_ptr<Memory> memory_;
};

/// The event's value as profiles and trends show it: a text that is too long for them is cut.
[[nodiscard]] std::string shown_value(Facet facet, const Event& event);

}  // namespace trackalert::history
