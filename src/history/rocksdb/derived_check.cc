// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/derived_check.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "history/rocksdb/row.h"
#include "history/rocksdb/segment_check.h"
#include "history/time_text.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t rebuild_bytes = std::size_t{64} << 20;  // for profiles, and for trends
constexpr std::size_t most_findings = 20;
constexpr unsigned beside = 0x80;  // derived.h: in a key's facet
constexpr std::size_t value_at = sizeof(Day) + 1;

class ScratchFolder {
 public:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) { remove(); }
  ~ScratchFolder() { remove(); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  base::Result<void> make() {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) return base::fail("history: cannot make the directory {}: {}", path_, error.message());
    return {};
  }

 private:
  void remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path_;
};

/// What the log holds, and so what may be compared.
struct Extent {
  std::uint64_t missing = 0;  ///< sequences without a report: erased, or lost
  Time whole_from = 0;        ///< reports before this may have aged out
  Sequence last = 0;
};

Extent extent_of(const LogView& view) {
  Extent out;
  std::uint64_t reports = 0;
  Sequence first = 0;
  const auto part = [&](Sequence from, Sequence to, std::uint64_t rows, Time newest) {
    if (first == 0) {
      first = from;
      if (from > 1) out.whole_from = newest + max_ahead;
    }
    reports += rows;
    out.last = to;
  };
  for (const auto& header : view.directory->segments) part(header.first, header.last, header.rows, header.newest);
  for (auto tail = view.tails.rbegin(); tail != view.tails.rend(); ++tail) {
    for (const auto& page : (*tail)->pages()) {
      part(page->first, page->first + page->span - 1, page->offsets.size(), page->newest);
    }
  }
  if (first != 0) out.missing = out.last - first + 1 - reports;
  return out;
}

/// Counts every report of the log, in order of their sequence.
base::Result<void> replay(LocalHistory& history, const LogView& view, Derived& into) {
  std::vector<Event> events;
  const auto count = [&]() -> base::Result<void> {
    std::ranges::sort(events, {}, &Event::sequence);
    for (const auto& event : events) {
      Novelty ignored;
      if (auto done = into.count(event, history.hasher().of(event), ignored); !done) return done;
    }
    events.clear();
    return {};
  };
  const auto take = [&](const Event& event, Page /*page*/) { events.push_back(event); };
  for (const auto& header : view.directory->segments) {
    if (auto read = each_in_segment(history.store(), header, take); !read) return read;
    if (auto counted = count(); !counted) return counted;
  }
  for (auto tail = view.tails.rbegin(); tail != view.tails.rend(); ++tail) {
    for (const auto& page : (*tail)->pages()) {
      PageReader reader(page->bytes);
      while (const auto* event = reader.next()) events.push_back(*event);
      if (reader.bad()) return base::fail("history: a page of the tail cannot be read");
    }
    if (auto counted = count(); !counted) return counted;
  }
  return into.write_back(0);
}

class Comparison {
 public:
  Comparison(const Store& stored, const Store& rebuilt, const Extent& extent, Time oldest, DerivedFindings& out)
      : stored_(stored), rebuilt_(rebuilt), extent_(extent), oldest_(oldest), out_(out) {}

  base::Result<void> profiles() {
    const auto a = stored_.iterate(Family::profiles, false);
    const auto b = rebuilt_.iterate(Family::profiles, false);
    a->SeekToFirst();
    b->SeekToFirst();
    while (a->Valid() || b->Valid()) {
      const auto order = !a->Valid() ? 1 : !b->Valid() ? -1 : a->key().compare(b->key());
      const auto key = (order <= 0 ? a : b)->key().ToString();
      Profile is;
      Profile should;
      if (order <= 0) {
        auto value = WriteBackCache<Profile>::decode(a->value().ToStringView());
        if (!value) return std::unexpected(value.error());
        is = std::move(value->value);
        a->Next();
      }
      if (order >= 0) {
        auto value = WriteBackCache<Profile>::decode(b->value().ToStringView());
        if (!value) return std::unexpected(value.error());
        should = std::move(value->value);
        b->Next();
      }
      compare_profile(key, is, should);
    }
    if (!a->status().ok()) return storage_error("read profiles", a->status());
    return {};
  }

  base::Result<void> trends() {
    const auto first_day = std::min(first_day_of(stored_), first_day_of(rebuilt_));
    const auto last_day = std::max(last_day_of(stored_), last_day_of(rebuilt_));
    for (unsigned day = first_day; day <= last_day; ++day) {
      for (const auto facet : trend_facets) {
        Records is;
        Records should;
        if (auto read = collect(stored_, static_cast<Day>(day), facet, is); !read) return read;
        if (auto read = collect(rebuilt_, static_cast<Day>(day), facet, should); !read) return read;
        for (const auto& [value, record] : should) is.try_emplace(value);
        for (const auto& [value, record] : is)
          compare_trend(static_cast<Day>(day), facet, value, record, should[value]);
      }
    }
    return {};
  }

 private:
  using Records = std::map<std::string, TrendDay>;
  struct Sums {
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
  };

  void note(std::string text) {
    if (out_.damage.size() < most_findings) out_.damage.push_back(std::move(text));
  }

  /// Erased and lost reports may be counted still, and only those.
  [[nodiscard]] bool tolerable(const Sums& is, const Sums& should) const {
    return is.successes >= should.successes && is.failures >= should.failures &&
           is.successes + is.failures - should.successes - should.failures <= extent_.missing;
  }

  void compare_profile(const std::string& login, const Profile& is, const Profile& should) {
    const auto stored = is.total();
    const auto rebuilt = should.total();
    const auto first = is.empty() ? rebuilt.first : stored.first;
    // Days begin a day earlier for reports that came late; what is past its time may be gone already.
    if (first < extent_.whole_from || std::max(stored.last, rebuilt.last) < oldest_) {
      ++out_.left_out;
      return;
    }
    ++out_.compared;
    if (is == should) return;
    const bool same_total = stored.successes == rebuilt.successes && stored.failures == rebuilt.failures;
    if (!same_total && tolerable({stored.successes, stored.failures}, {rebuilt.successes, rebuilt.failures})) return;
    note(fmt::format("the profile of {:?} counts {} successes and {} failures, the log has {} and {}", login,
                     stored.successes, stored.failures, rebuilt.successes, rebuilt.failures));
  }

  static Sums sums_of(const TrendDay& record) {
    TrendDay::Counts counts;
    record.count(0, 0, history::day, counts);
    return {counts.successes, counts.failures};
  }

  void compare_trend(Day day, Facet facet, const std::string& value, const TrendDay& is, const TrendDay& should) {
    const Time start = day * history::day;
    if (start < extent_.whole_from || start < oldest_) {
      ++out_.left_out;
      return;
    }
    ++out_.compared;
    if (is == should) return;
    const auto stored = sums_of(is);
    const auto rebuilt = sums_of(should);
    const bool same = stored.successes == rebuilt.successes && stored.failures == rebuilt.failures;
    if (!same && tolerable(stored, rebuilt)) return;
    note(fmt::format("the trend of {} {:?} on {} counts {} successes and {} failures, the log has {} and {}",
                     facet_name(facet), value_to_text(facet, value), format_time(start).substr(0, 10), stored.successes,
                     stored.failures, rebuilt.successes, rebuilt.failures));
  }

  static unsigned first_day_of(const Store& store) {
    unsigned first = UINT16_MAX;
    for (const auto family : {Family::trends, Family::days}) {
      const auto it = store.iterate(family, false);
      it->SeekToFirst();
      if (it->Valid()) first = std::min<unsigned>(first, get_big_endian<Day>(it->key().ToStringView()));
    }
    return first;
  }
  static unsigned last_day_of(const Store& store) {
    unsigned last = 0;
    for (const auto family : {Family::trends, Family::days}) {
      const auto it = store.iterate(family, false);
      it->SeekToLast();
      if (it->Valid()) last = std::max<unsigned>(last, get_big_endian<Day>(it->key().ToStringView()));
    }
    return last;
  }

  /// All records of a facet's values on a day, in whatever parts they lie, folded.
  static base::Result<void> collect(const Store& store, Day day, Facet facet, Records& into) {
    const auto read = [&](Family family, unsigned kind) -> base::Result<void> {
      const auto prefix = number_key(day) + static_cast<char>(kind);
      const auto it = store.iterate(family, false);
      for (it->Seek(prefix); it->Valid() && it->key().ToStringView().starts_with(prefix); it->Next()) {
        auto record = decode(family, it->value().ToStringView());
        if (!record) return std::unexpected(record.error());
        record->fold();
        into[std::string(it->key().ToStringView().substr(value_at))].merge(*record);
      }
      if (!it->status().ok()) return storage_error("read trends", it->status());
      return {};
    };
    const auto kind = static_cast<unsigned>(facet);
    if (auto done = read(Family::days, kind); !done) return done;
    if (auto done = read(Family::trends, kind); !done) return done;
    return read(Family::trends, kind | beside);
  }

  static base::Result<TrendDay> decode(Family family, std::string_view bytes) {
    if (family == Family::days) return TrendDay::from_bytes(std::string(bytes));
    auto stored = WriteBackCache<TrendDay>::decode(bytes);
    if (!stored) return std::unexpected(stored.error());
    return std::move(stored->value);
  }

  const Store& stored_;
  const Store& rebuilt_;
  const Extent& extent_;
  const Time oldest_;
  DerivedFindings& out_;
};

}  // namespace

base::Result<DerivedFindings> check_derived(LocalHistory& history, const Options& options, Time now,
                                            const std::string& scratch, base::Log& log) {
  if (auto written = history.write_back(); !written) return std::unexpected(written.error());
  ScratchFolder folder(scratch);
  if (auto made = folder.make(); !made) return std::unexpected(made.error());
  auto store = Store::open({.folder = scratch + "/db"}, log);
  if (!store) return std::unexpected(store.error());
  const auto view = history.view();
  Derived rebuilt(**store, history.hasher(), rebuild_bytes, rebuild_bytes);
  if (auto done = replay(history, view, rebuilt); !done) return std::unexpected(done.error());
  DerivedFindings findings;
  const auto extent = extent_of(view);
  Comparison comparison(history.store(), **store, extent, now - options.profile_retention + 2 * day, findings);
  if (auto done = comparison.profiles(); !done) return std::unexpected(done.error());
  if (auto done = comparison.trends(); !done) return std::unexpected(done.error());
  return findings;
}

}  // namespace trackalert::history::rocksdb
