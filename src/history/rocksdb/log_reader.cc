// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/log_reader.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include "history/rocksdb/row.h"

namespace trackalert::history::rocksdb {
namespace {

bool in_time(const Filter& filter, Time oldest, Time newest) {
  return (!filter.since || newest >= *filter.since) && (!filter.until || oldest < *filter.until);
}

bool has_attribute(const login::Report& report, const std::pair<std::string, std::string>& wanted) {
  for (const auto& [name, value] : report.attrs) {
    if (name == wanted.first && value == wanted.second) return true;
  }
  for (const auto& [name, values] : report.attrs_mv) {
    if (name == wanted.first && std::ranges::find(values, wanted.second) != values.end()) return true;
  }
  return false;
}

/// False: what the whole row holds cannot match.
bool may_match(const Filter& filter, const RowHead& row) {
  return in_time(filter, row.start.time, row.start.time) && (!filter.login || *filter.login == row.start.login) &&
         (!filter.remote || filter.remote->contains(row.remote));
}

template <class T>
bool agrees(const std::optional<T>& wanted, const T& value) {
  return !wanted || *wanted == value;
}

}  // namespace

bool matches(const Filter& filter, const EventView& event) {
  const auto& report = event.report;
  return (!filter.since || event.time >= *filter.since) && (!filter.until || event.time < *filter.until) &&
         agrees(filter.success, report.success) && agrees(filter.login, report.login) &&
         (!filter.remote || (has_remote(report) && filter.remote->contains(report.remote))) &&
         agrees(filter.asn, event.place.asn) && agrees(filter.country, event.place.country_code) &&
         agrees(filter.protocol, report.protocol) && agrees(filter.fail_type, report.fail_type) &&
         agrees(filter.pwhash, report.pwhash) &&
         (!filter.device || *filter.device == device_text(report.device_attrs)) &&
         std::ranges::all_of(filter.attrs, [&](const auto& wanted) { return has_attribute(report, wanted); });
}

struct LogReader::Walk {
  const Filter& filter;
  const Visit& visit;
  const Wanted& wanted;
  bool ended = false;
  Time login_from = 0;  ///< with a login: when the login's reports in the last page read begin

  /// Whose reports alone are wanted; null for everybody's.
  [[nodiscard]] const std::string* login() const {
    return filter.login && !filter.login->empty() ? &*filter.login : nullptr;
  }

  [[nodiscard]] bool wants(Time oldest, Time newest) const {
    return in_time(filter, oldest, newest) && (!wanted || wanted(newest));
  }
  /// False: the walk has ended.
  bool show(const Event& event) {
    ended = matches(filter, event) && !visit(event);
    return !ended;
  }
};

LogReader::LogReader(const Store& store, const Hasher& hasher, LogView view)
    : store_(store), hasher_(hasher), view_(std::move(view)) {}

base::Result<void> LogReader::each(const Filter& filter, const Visit& visit, const Wanted& wanted) const {
  Walk walk{filter, visit, wanted};
  if (auto done = walk_tails(walk); !done || walk.ended) return done;
  const auto* login = walk.login();
  const auto* remote = filter.remote ? &*filter.remote : nullptr;
  if (login == nullptr && remote == nullptr) return walk_segments(walk);
  const auto list = login != nullptr ? pages_of_login(filter, *login) : pages_of_remote(filter, *remote);
  if (!list) return std::unexpected(list.error());
  return walk_pages(walk, *list);
}

std::uint64_t LogReader::rows_in_time(const Filter& filter) const {
  std::uint64_t rows = 0;
  for (const auto& tail : view_.tails) rows += tail->size().rows;
  for (const auto& header : view_.directory->segments) {
    if (in_time(filter, header.oldest, header.newest)) rows += header.rows;
  }
  return rows;
}

base::Result<void> LogReader::walk_tails(Walk& walk) const {
  const auto* login = walk.login();
  for (const auto& tail : view_.tails) {
    TailPages pages;
    RowHash hash;
    if (login != nullptr) {
      hash = {&TailPage::login_hashes, static_cast<std::uint32_t>(hasher_(*login))};
      pages = tail->pages_of_login(hash.value);
    } else if (walk.filter.remote && walk.filter.remote->length == walk.filter.remote->address.bits()) {
      const Event probe{.report = {.remote = walk.filter.remote->address}};
      hash = {&TailPage::remote_hashes, hasher_.of(probe).remote};
      pages = tail->pages_of_remote(hash.value);
    } else {
      pages = tail->pages();
    }
    for (auto at = pages.rbegin(); at != pages.rend(); ++at) {
      const auto& page = **at;
      if (page.offsets.empty() || !walk.wants(page.oldest, page.newest)) continue;
      if (auto read = read_rows(walk, page, hash); !read || walk.ended) return read;
    }
  }
  return {};
}

base::Result<void> LogReader::read_rows(Walk& walk, const TailPage& page, const RowHash& hash) const {
  for (std::size_t i = 0; i < page.offsets.size(); ++i) {
    if (hash.of_page != nullptr && (page.*hash.of_page)[i] != hash.value) continue;
    const auto row = std::string_view(page.bytes).substr(page.offsets[i]);
    if (!may_match(walk.filter, read_row_head(row))) continue;
    Event event;
    Reader reader(row);
    if (!read_row(reader, event)) {
      return base::fail("history: the reports from number {} on cannot be read", page.first);
    }
    if (!walk.show(event)) return {};
  }
  return {};
}

base::Result<void> LogReader::read_page(Walk& walk, SegmentId segment, std::string_view bytes) const {
  PageReader reader(bytes);
  const auto* login = walk.login();
  bool login_begun = false;
  while (const auto* event = reader.next()) {
    if (login != nullptr) {
      if (event->report.login != *login) continue;
      if (!std::exchange(login_begun, true)) walk.login_from = event->time;
    }
    if (!walk.show(*event)) return {};
  }
  if (reader.bad()) return base::fail("history: a page of segment {} cannot be read", segment);
  return {};
}

base::Result<void> LogReader::walk_segments(Walk& walk) const {
  std::vector<const SegmentHeader*> order;
  for (const auto& header : view_.directory->segments) order.push_back(&header);
  std::ranges::sort(order, std::greater<>(), &SegmentHeader::newest);
  const auto it = store_.iterate(Family::segments, false);
  for (const auto* header : order) {
    if (header->rows == 0 || !walk.wants(header->oldest, header->newest)) continue;
    const auto end = page_key(header->id + 1, 0);
    for (it->Seek(page_key(header->id, 1)); it->Valid() && it->key().ToStringView() < end; it->Next()) {
      if (auto read = read_page(walk, header->id, it->value().ToStringView()); !read || walk.ended) return read;
    }
    if (!it->status().ok()) return storage_error("read the log", it->status());
  }
  return {};
}

base::Result<void> LogReader::walk_pages(Walk& walk, const PageList& list) const {
  for (const auto& [header, pages] : list) {
    if (!walk.wants(header->oldest, header->newest)) continue;
    // A login's reports lie by time: the last page first, until no earlier one can matter.
    for (const auto page : pages | std::views::reverse) {
      const auto stored = store_.get(Family::segments, page_key(header->id, page));
      if (!stored) return std::unexpected(stored.error());
      const auto& bytes = *stored;
      if (!bytes) break;  // has aged out meanwhile
      walk.login_from = header->newest;
      if (auto read = read_page(walk, header->id, *bytes); !read || walk.ended) return read;
      if (walk.login() != nullptr && !walk.wants(header->oldest, walk.login_from)) break;
    }
  }
  return {};
}

std::vector<Era> LogReader::eras(const Filter& filter) const {
  std::vector<Era> out;
  for (const auto& header : view_.directory->segments) {
    if (header.rows > 0 && in_time(filter, header.oldest, header.newest)) out.push_back(header.era());
  }
  std::ranges::sort(out, std::greater<>());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

base::Result<LogReader::PageList> LogReader::pages_of_login(const Filter& filter, std::string_view login) const {
  PageList list;
  const auto it = store_.iterate_prefix(Family::logins);
  const auto hash = hasher_(login);
  for (const auto era : eras(filter)) {
    const auto prefix = login_prefix(era, hash);
    for (it->Seek(prefix); it->Valid() && it->key().ToStringView().starts_with(prefix); it->Next()) {
      const auto* header = view_.directory->find(segment_in(it->key().ToStringView()));
      if (header == nullptr || !in_time(filter, header->oldest, header->newest)) continue;
      Reader value(it->value().ToStringView());
      const auto first = value.varint();
      const auto count = value.varint();
      if (value.bad() || first + count > header->pages + 1U)
        return base::fail("history: the index of logins is damaged");
      auto& pages = list.emplace_back(header, std::vector<Page>(count)).second;
      for (std::size_t i = 0; i < count; ++i) pages[i] = static_cast<Page>(first + i);
    }
    if (!it->status().ok()) return storage_error("read the index of logins", it->status());
  }
  std::ranges::stable_sort(list, std::greater<>(), [](const auto& entry) { return entry.first->newest; });
  return list;
}

base::Result<LogReader::PageList> LogReader::pages_of_remote(const Filter& filter, const base::Prefix& remote) const {
  std::map<SegmentId, std::pair<const SegmentHeader*, std::vector<bool>>> by_segment;
  const auto it = store_.iterate(Family::remotes);
  for (const auto era : eras(filter)) {
    const auto range = remote_range(era, remote);
    for (it->Seek(range.first); it->Valid() && it->key().ToStringView() < range.end; it->Next()) {
      const auto* header = view_.directory->find(segment_in(it->key().ToStringView()));
      if (header == nullptr || !in_time(filter, header->oldest, header->newest)) continue;
      auto& [found, pages] = by_segment[header->id];
      found = header;
      pages.resize(header->pages + 1U);
      unsigned page = 0;
      for (Reader value(it->value().ToStringView()); !value.at_end();) {
        page += static_cast<unsigned>(value.varint());
        if (value.bad() || page > header->pages) return base::fail("history: the index of remotes is damaged");
        pages[page] = true;
      }
    }
    if (!it->status().ok()) return storage_error("read the index of remotes", it->status());
  }
  PageList list;
  for (const auto& [id, entry] : by_segment) {
    auto& pages = list.emplace_back(entry.first, std::vector<Page>()).second;
    for (std::size_t i = 1; i < entry.second.size(); ++i) {
      if (entry.second[i]) pages.push_back(static_cast<Page>(i));
    }
  }
  std::ranges::stable_sort(list, std::greater<>(), [](const auto& entry) { return entry.first->newest; });
  return list;
}

}  // namespace trackalert::history::rocksdb
