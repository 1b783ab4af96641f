// SPDX-License-Identifier: Apache-2.0
// One question to the history, whatever engine answers it. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/prefix.h"
#include "history/event.h"
#include "history/facet.h"

namespace trackalert::history {

/// Which reports; what is not set takes all. Texts must be equal byte by byte; the empty text (and asn 0) takes the
/// reports that have no such value.
struct Filter {
  std::optional<Time> since;  ///< from here on
  std::optional<Time> until;  ///< before
  std::optional<std::string> login;
  std::optional<base::Prefix> remote;  ///< an address or a network; reports without an address are not in any
  std::optional<std::uint32_t> asn;
  std::optional<std::string> country;
  std::optional<std::string> device;  ///< device_text()
  std::optional<std::string> protocol;
  std::optional<std::string> fail_type;
  std::optional<std::string> pwhash;
  std::optional<bool> success;
  /// Each name must have this text in attrs, or among its texts in attrs_mv.
  std::vector<std::pair<std::string, std::string>> attrs;
};

/// Where a page of events ended: the next begins behind it.
struct Cursor {
  Time time = 0;
  Sequence sequence = 0;

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static std::optional<Cursor> parse(std::string_view text);
  bool operator==(const Cursor&) const = default;
};

/// The reports themselves, newest first (by time, then by arrival).
struct EventsQuery {
  std::size_t limit = 100;
  std::optional<Cursor> after;
};
struct CountQuery {};
/// How many different values.
struct DistinctQuery {
  Facet facet = Facet::login;
};
/// The values with most of something, most first, ties by the bytes of the value's text.
struct TopQuery {
  enum class By { count, failures, distinct };
  Facet facet = Facet::remote;
  std::size_t limit = 10;
  By by = By::count;
  Facet of = Facet::login;  ///< By::distinct: different values of this one
};
/// Counts by time, in buckets aligned to 1970 UTC: from the first that is not empty to the last, none left out.
struct SeriesQuery {
  Time bucket = hour;
};
/// Values that are more frequent in the filter than among all reports of the same time: JLH score, as Elasticsearch's
/// significant_terms: (p - q) * p / q, p and q the shares within and overall (of all reports, whether or not they have
/// a value). At least 3 reports within, p > q. Highest score first, ties as in TopQuery.
struct SignificantQuery {
  Facet facet = Facet::asn;
  std::size_t limit = 10;
};

/// What a query may cost; it ends with an error that names the limit it hit.
struct QueryLimits {
  std::chrono::milliseconds time{10'000};             ///< 0: ends at the first look at the clock
  std::size_t rows = 10'000;                          ///< in the answer: events, or values, or buckets
  std::size_t memory_bytes = std::size_t{256} << 20;  ///< while it is worked out: whatever is held of each value
};

struct Query {
  Filter filter;
  std::variant<CountQuery, EventsQuery, DistinctQuery, TopQuery, SeriesQuery, SignificantQuery> what;
  QueryLimits limits;
};

inline constexpr std::size_t max_filter_attrs = 32;

/// Why a query makes no sense, or nothing: "events.limit: must be at least 1". Every engine asks this first and answers
/// with QueryError::bad_query. Nonsense is: since later than until (equal times are an empty range, which is none); a
/// network longer than its addresses; more than max_filter_attrs; a limit of 0 (rows, memory, or of the answer) or a
/// negative one; a bucket of no time or less; values significant among Facet::all; different values of the facet itself
/// or of Facet::all, which are always one.
[[nodiscard]] std::optional<std::string> query_problem(const Query& query);

struct CountAnswer {
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  bool operator==(const CountAnswer&) const = default;
};
struct EventsAnswer {
  std::vector<Event> events;
  std::optional<Cursor> next;  ///< there are more
};
struct DistinctAnswer {
  std::uint64_t values = 0;
  bool operator==(const DistinctAnswer&) const = default;
};
struct TopAnswer {
  struct Row {
    std::string value;
    std::uint64_t score = 0;  ///< never 0
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;
  bool operator==(const TopAnswer&) const = default;
};
struct SeriesAnswer {
  struct Row {
    Time start = 0;
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;
  bool operator==(const SeriesAnswer&) const = default;
};
struct SignificantAnswer {
  struct Row {
    std::string value;
    double score = 0;
    std::uint64_t within = 0;   ///< reports of the filter
    std::uint64_t overall = 0;  ///< reports of the same time
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;
  bool operator==(const SignificantAnswer&) const = default;
};

struct Answer {
  std::variant<CountAnswer, EventsAnswer, DistinctAnswer, TopAnswer, SeriesAnswer, SignificantAnswer> rows;
  bool approximate = false;  ///< from sketches
};

}  // namespace trackalert::history
