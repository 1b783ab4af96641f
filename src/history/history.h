// SPDX-License-Identifier: Apache-2.0
// The memory of every login: an event log, profiles and trends, behind one interface whatever engine keeps them.
//
// The log is the truth; profiles and trends are derived from it and can be rebuilt. Nothing here points into an engine:
// answers are values. An engine may be remote, so a look-up may take a while and may fail; callers batch where they
// can.
//
// Threads: append() is called by one thread at a time (the intake); everything else from any thread, beside it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "history/event.h"
#include "history/profile.h"
#include "history/query.h"
#include "history/trend.h"

namespace trackalert::history {

/// A report on its way in. `report` is borrowed for the call; the rest comes back filled.
struct Arrival {
  const login::Report* report = nullptr;
  geo::Place place;
  Sequence sequence = 0;
  Time time = 0;
  Novelty novelty;
  Familiarity before;  ///< what the profile knew of its values until now
};

struct QueryError {
  enum class Kind {
    bad_query,  ///< it makes no sense; the message says what
    limit,      ///< it would cost more than its limits allow; the message names the limit
    storage,    ///< the engine could not read; the message says what
  };
  Kind kind = Kind::storage;
  std::string message;
};
template <class T>
using QueryResult = std::expected<T, QueryError>;

/// How the history does. Sizes in bytes.
struct Status {
  std::uint64_t reports = 0;  ///< in the log
  Sequence last_sequence = 0;
  std::optional<Time> oldest;  ///< report in the log
  std::optional<Time> newest;
  std::uint64_t disk_bytes = 0;
  std::uint64_t memory_bytes = 0;
  bool accepting = true;  ///< append() works
  std::string trouble;    ///< why not
};

/// A stop between two steps of a long walk: whether to go on.
using EachEvent = std::function<bool(const Event&)>;

class History {
 public:
  virtual ~History() = default;

  /// Takes reports in, in their order, all or none: into the log (from here on they survive the end of the process),
  /// then into profiles and trends. Each arrival gets its sequence, its time (time_of()), and what was new about it. An
  /// error (disk full, the log fell behind) names the reason; the reports are then in nothing.
  virtual base::Result<void> append(std::span<Arrival> arrivals) = 0;

  [[nodiscard]] virtual QueryResult<Answer> query(const Query& query) const = 0;
  /// Empty for a login that was never seen.
  [[nodiscard]] virtual QueryResult<Profile> profile(std::string_view login) const = 0;
  /// What the buckets that touch [since, until) hold of a value (facet.h's value_from_text()); `facet` is one of
  /// trend_facets.
  [[nodiscard]] virtual QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                                     Time until) const = 0;
  /// Every report that the filter takes, in no particular order of time but each once, as of the call. For export: it
  /// may take as long as it takes. Ends early, without an error, when `each` returns false.
  [[nodiscard]] virtual QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const = 0;

  /// Forgets a login: its reports, its profile, its trends. Afterwards no query finds anything under it, nor after a
  /// restart. It stays counted in the aggregates of others. Returns how many reports went.
  virtual base::Result<std::uint64_t> erase(std::string_view login) = 0;
  /// Writes a copy of everything as of now into `folder`, which must not exist: to restore, copy it back.
  virtual base::Result<void> backup(const std::string& folder) = 0;

  [[nodiscard]] virtual Status status() const = 0;
};

}  // namespace trackalert::history
