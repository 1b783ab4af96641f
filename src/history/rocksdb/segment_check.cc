// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/segment_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "history/rocksdb/row.h"

namespace trackalert::history::rocksdb {
namespace {

/// Findings of one kind come by the thousand; the first say enough.
constexpr std::size_t most_findings = 5;

void note(std::vector<std::string>& findings, std::string text) {
  if (findings.size() < most_findings) findings.push_back(std::move(text));
}

using Pages = std::set<Page>;

/// The entries that the indexes ought to have, by key.
struct Entries {
  std::map<std::string, Pages> logins;
  std::map<std::string, Pages> remotes;

  void add(const Hasher& hasher, const SegmentHeader& header, const Event& event, Page page) {
    const auto& report = event.report;
    if (!report.login.empty()) logins[login_key(header.era(), hasher(report.login), header.id)].insert(page);
    if (has_remote(report)) {
      remotes[remote_key(header.era(), report.remote.masked(report.remote.bits()), header.id)].insert(page);
    }
  }
};

/// Whether an entry of the index of logins (a range) or of remotes (steps) names all of the pages.
bool names(Family family, std::string_view entry, const Pages& pages) {
  Reader reader(entry);
  if (family == Family::logins) {
    const auto first = reader.varint();
    const auto count = reader.varint();
    return !reader.bad() && first <= *pages.begin() && *pages.rbegin() < first + count;
  }
  Pages named;
  unsigned page = 0;
  while (!reader.at_end() && !reader.bad())
    named.insert(static_cast<Page>(page += static_cast<unsigned>(reader.varint())));
  return !reader.bad() && std::ranges::includes(named, pages);
}

void check_index(const Store& store, Family family, const std::map<std::string, Pages>& entries, SegmentId id,
                 std::vector<std::string>& findings) {
  for (const auto& [key, pages] : entries) {
    const auto stored = store.get(family, key);
    if (!stored) {
      note(findings, fmt::format("segment {}: {}", id, stored.error().message));
      return;
    }
    if (const auto& entry = *stored; entry && names(family, *entry, pages)) continue;
    note(findings, fmt::format("segment {}: reports are not found through the index of {}", id, family_name(family)));
    return;
  }
}

std::string encode_entry(Family family, const Pages& pages) {
  std::string value;
  if (family == Family::logins) {
    put_varint(value, *pages.begin());
    put_varint(value, *pages.rbegin() - *pages.begin() + 1U);
    return value;
  }
  unsigned before = 0;
  for (const auto page : pages) {
    put_varint(value, page - before);
    before = page;
  }
  return value;
}

}  // namespace

base::Result<void> each_in_segment(const Store& store, const SegmentHeader& header,
                                   const std::function<void(const Event& event, Page page)>& visit) {
  for (unsigned page = 1; page <= header.pages; ++page) {
    const auto stored = store.get(Family::segments, page_key(header.id, static_cast<Page>(page)));
    if (!stored) return std::unexpected(stored.error());
    const auto& bytes = *stored;
    if (!bytes) return base::fail("history: page {} of segment {} is missing", page, header.id);
    PageReader reader(*bytes);
    while (const auto* event = reader.next()) visit(*event, static_cast<Page>(page));
    if (reader.bad()) return base::fail("history: page {} of segment {} cannot be read", page, header.id);
  }
  return {};
}

SegmentFindings check_segment(const Store& store, const Hasher& hasher, const SegmentHeader& header) {
  SegmentFindings findings;
  Entries entries;
  std::vector<Sequence> sequences;
  bool outside = false;
  const auto read = each_in_segment(store, header, [&](const Event& event, Page page) {
    sequences.push_back(event.sequence);
    outside = outside || event.sequence < header.first || event.sequence > header.last || event.time < header.oldest ||
              event.time > header.newest;
    entries.add(hasher, header, event, page);
  });
  const auto wrong = [&](std::string_view what) {
    note(findings.reports, fmt::format("segment {}: {}", header.id, what));
  };
  if (!read) {
    wrong(read.error().message);
    return findings;
  }
  if (sequences.size() != header.rows) {
    wrong(fmt::format("holds {} reports, its header says {}", sequences.size(), header.rows));
  }
  if (outside) wrong("holds reports beyond the numbers or times of its header");
  std::ranges::sort(sequences);
  if (std::ranges::adjacent_find(sequences) != sequences.end()) wrong("holds a report twice");
  check_index(store, Family::logins, entries.logins, header.id, findings.indexes);
  check_index(store, Family::remotes, entries.remotes, header.id, findings.indexes);
  return findings;
}

base::Result<void> write_indexes(Store& store, const Hasher& hasher, const SegmentHeader& header) {
  Entries entries;
  const auto read =
      each_in_segment(store, header, [&](const Event& event, Page page) { entries.add(hasher, header, event, page); });
  if (!read) return read;
  Store::Batch batch(store);
  for (const auto& [key, pages] : entries.logins) batch.put(Family::logins, key, encode_entry(Family::logins, pages));
  for (const auto& [key, pages] : entries.remotes) {
    batch.put(Family::remotes, key, encode_entry(Family::remotes, pages));
  }
  return batch.empty() ? base::Result<void>{} : store.write(batch, false);
}

}  // namespace trackalert::history::rocksdb
