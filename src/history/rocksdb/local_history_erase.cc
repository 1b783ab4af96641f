// SPDX-License-Identifier: Apache-2.0
// How a LocalHistory forgets a login: its rows go from the pages that hold them, in one batch with its profile and its
// trends, and the files are rewritten, so that nothing stays behind in them. The sequences stay covered.
#include <algorithm>

#include "history/rocksdb/local_history.h"
#include "history/rocksdb/row.h"

namespace trackalert::history::rocksdb {
namespace {

/// The page without the login's rows, and how many those were.
struct Remainder {
  std::string page;
  std::uint64_t erased = 0;
  bool same_hash = false;  ///< another login of the same hash has rows here
};

base::Result<Remainder> without(std::string_view page, std::string_view login, const Hasher& hasher) {
  Remainder out;
  std::string rows;
  std::size_t kept = 0;
  Event before;
  PageReader reader(page);
  const auto hash = hasher(login);
  while (const auto* event = reader.next()) {
    if (event->report.login == login) {
      ++out.erased;
      continue;
    }
    if (event->report.login != before.report.login && hasher(event->report.login) == hash) out.same_hash = true;
    write_row(rows, *event, before);
    before = *event;
    ++kept;
  }
  if (reader.bad()) return base::fail("history: a page cannot be read");
  write_page_head(out.page, PageKind::chained, kept);
  out.page += rows;
  return out;
}

KeyRange only(const std::string& key) {
  return {key, key + '\0'};
}

}  // namespace

base::Result<std::uint64_t> LocalHistory::erase_from_tail(const Tail& tail, std::string_view login, Store::Batch& batch,
                                                          TailPages& changed) {
  std::uint64_t erased = 0;
  for (const auto& page : tail.pages_of_login(static_cast<std::uint32_t>(hasher_(login)))) {
    TailPageBuilder builder;
    PageReader reader(page->bytes);
    while (const auto* event = reader.next()) {
      if (event->report.login != login) builder.add(*event, hasher_.of(*event));
    }
    if (reader.bad()) return base::fail("history: a page of the tail cannot be read");
    if (builder.rows() == page->offsets.size()) continue;
    erased += page->offsets.size() - builder.rows();
    changed.push_back(builder.take(page->first, page->span));
    batch.put(Family::tail, tail_key(page->first), encode_tail_page(*changed.back()));
  }
  return erased;
}

base::Result<std::uint64_t> LocalHistory::erase_from_segment(SegmentHeader& header, std::string_view login,
                                                             Erasure& erasure) {
  const auto key = login_key(header.era(), hasher_(login), header.id);
  const auto stored_entry = store_->get(Family::logins, key);
  if (!stored_entry) return std::unexpected(stored_entry.error());
  const auto& entry = *stored_entry;
  if (!entry) return 0;
  Reader value(*entry);
  const auto first = value.varint();
  const auto end = first + value.varint();
  std::uint64_t erased = 0;
  bool same_hash = false;
  for (auto page = first; !value.bad() && page < end; ++page) {
    const auto at = page_key(header.id, static_cast<Page>(page));
    const auto stored = store_->get(Family::segments, at);
    if (!stored) return std::unexpected(stored.error());
    const auto& bytes = *stored;
    if (!bytes) continue;
    const auto rest = without(*bytes, login, hasher_);
    if (!rest) return std::unexpected(rest.error());
    if (rest->erased > 0) erasure.batch.put(Family::segments, at, rest->page);
    erased += rest->erased;
    same_hash = same_hash || rest->same_hash;
  }
  if (erased == 0) return 0;
  header.rows -= erased;
  erasure.batch.put(Family::segments, page_key(header.id, 0), encode_header(header));
  erasure.rewrite.emplace_back(Family::segments, KeyRange{page_key(header.id, 0), page_key(header.id + 1, 0)});
  if (!same_hash) {
    erasure.batch.remove(Family::logins, key);
    erasure.rewrite.emplace_back(Family::logins, only(key));
  }
  return erased;
}

base::Result<std::uint64_t> LocalHistory::erase(std::string_view asked) {
  const auto login = pseudonym_(asked);
  if (login.empty()) return 0;
  const std::lock_guard held(upkeep_);  // nothing is sealed or written back meanwhile
  if (auto lies = check_place(); !lies) return std::unexpected(lies.error());
  Erasure erasure{.batch = Store::Batch(*store_), .rewrite = {}};
  const auto directory = std::make_shared<Directory>(*view_.lock()->directory);
  std::uint64_t erased = 0;
  for (auto& header : directory->segments) {
    const auto here = erase_from_segment(header, login, erasure);
    if (!here) return here;
    erased += *here;
  }
  {
    const std::lock_guard appending(append_);  // no report of the login may slip in between
    const auto view = *view_.lock();
    TailPages changed;
    for (const auto& tail : {view.active, view.frozen}) {
      if (!tail) continue;
      const auto here = erase_from_tail(*tail, login, erasure.batch, changed);
      if (!here) return here;
      erased += *here;
    }
    const Time now = clock_.now().time_since_epoch().count();
    const auto first = key_day(now - setup_.options.profile_retention);
    const auto touched = derived_->erase(login, first, key_day(now + 2 * day), erasure.batch);
    if (!touched) return std::unexpected(touched.error());
    for (const auto& [family, key] : *touched) erasure.rewrite.emplace_back(family, only(key));
    if (auto written = store_->write(erasure.batch, true); !written) return std::unexpected(written.error());
    for (const auto& page : changed) {
      view.active->replace(page);
      if (view.frozen) view.frozen->replace(page);
    }
    publish(directory);
  }
  // Out of the database's log and of its files too.
  if (auto flushed = store_->flush(); !flushed) return std::unexpected(flushed.error());
  for (const auto& [family, range] : erasure.rewrite) {
    if (auto done = store_->rewrite(family, range); !done) return std::unexpected(done.error());
  }
  return erased;
}

}  // namespace trackalert::history::rocksdb
