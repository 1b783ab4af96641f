// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/segment.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "history/rocksdb/bulk_writer.h"
#include "history/rocksdb/row.h"

namespace trackalert::history::rocksdb {
namespace {

const Event nothing;

/// A row of the tail, which stands by itself.
struct Row {
  RowStart start;
  std::string_view bytes;
};

std::vector<Row> sorted_rows(const TailPages& pages) {
  std::vector<Row> rows;
  for (const auto& page : pages) {
    for (std::size_t i = 0; i < page->offsets.size(); ++i) {
      const auto end = i + 1 < page->offsets.size() ? page->offsets[i + 1] : page->bytes.size();
      const std::string_view bytes(page->bytes.data() + page->offsets[i], end - page->offsets[i]);
      rows.push_back({read_row_start(bytes), bytes});
    }
  }
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::tie(a.start.login, a.start.time, a.start.sequence) <
           std::tie(b.start.login, b.start.time, b.start.sequence);
  });
  return rows;
}

/// As the keys of remotes are ordered: the family first.
auto order_of(const std::pair<base::Address, Page>& entry) {
  return std::make_tuple(entry.first.is_v6(), entry.first.bytes(), entry.second);
}

/// Which pages hold what; filled while the pages are written.
class Indexes {
 public:
  Indexes(const Hasher& hasher) : hasher_(hasher) {}

  void add(const Event& event, Page page) {
    if (!event.report.login.empty()) {
      if (last_login_ != event.report.login) {
        last_login_ = event.report.login;
        logins_.push_back({hasher_(last_login_), page, page});
      }
      logins_.back().last = page;
    }
    if (has_remote(event.report)) remotes_.emplace_back(event.report.remote, page);
  }

  void write_logins(BulkWriter& out, Era era, SegmentId segment) {
    std::ranges::sort(logins_, {}, [](const LoginPages& entry) { return std::tie(entry.hash, entry.first); });
    for (std::size_t i = 0; i < logins_.size(); ++i) {
      auto entry = logins_[i];
      // Two logins of one hash share an entry; readers look at the login itself.
      while (i + 1 < logins_.size() && logins_[i + 1].hash == entry.hash)
        entry.last = std::max(entry.last, logins_[++i].last);
      std::string value;
      put_varint(value, entry.first);
      put_varint(value, entry.last - entry.first + 1U);
      out.put(login_key(era, entry.hash, segment), value);
    }
  }

  void write_remotes(BulkWriter& out, Era era, SegmentId segment) {
    for (auto& [remote, page] : remotes_) remote = remote.masked(remote.bits());  // without its scope, as keys have it
    std::ranges::sort(remotes_, [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
    for (auto at = remotes_.begin(); at != remotes_.end();) {
      const auto remote = at->first;
      std::string value;
      unsigned before = 0;
      for (; at != remotes_.end() && at->first == remote; ++at) {
        if (at->second == before) continue;
        put_varint(value, at->second - before);
        before = at->second;
      }
      out.put(remote_key(era, remote, segment), value);
    }
  }

 private:
  struct LoginPages {
    std::uint64_t hash;
    Page first;
    Page last;
  };
  const Hasher& hasher_;
  std::string last_login_;
  std::vector<LoginPages> logins_;
  std::vector<std::pair<base::Address, Page>> remotes_;
};

/// Cuts rows into pages.
class PageWriter {
 public:
  PageWriter(BulkWriter& out, SegmentId segment, Indexes& indexes) : out_(out), segment_(segment), indexes_(indexes) {}

  void add(const Row& row) {
    Reader reader(row.bytes);
    event_ = Event{};
    if (!read_row(reader, event_)) {
      bad_ = true;
      return;
    }
    if (rows_ == 0) before_ = Event{};
    write_row(bytes_, event_, before_);
    indexes_.add(event_, static_cast<Page>(pages_ + 1U));
    std::swap(before_, event_);
    if (++rows_ >= max_page_rows || bytes_.size() >= full_page_bytes) flush();
  }
  void flush() {
    if (rows_ == 0) return;
    ++pages_;
    std::string page;
    write_page_head(page, PageKind::chained, rows_);
    page += bytes_;
    out_.put(page_key(segment_, pages_), page);
    bytes_.clear();
    rows_ = 0;
  }
  [[nodiscard]] Page pages() const { return pages_; }
  [[nodiscard]] bool bad() const { return bad_; }

 private:
  BulkWriter& out_;
  const SegmentId segment_;
  Indexes& indexes_;
  Event event_;
  Event before_;
  std::string bytes_;
  std::size_t rows_ = 0;
  Page pages_ = 0;
  bool bad_ = false;
};

}  // namespace

std::string encode_header(const SegmentHeader& header) {
  std::string out;
  put_varint(out, header.first);
  put_varint(out, header.last - header.first);
  put_varint(out, header.rows);
  put_varint(out, header.pages);
  put_signed(out, header.oldest);
  put_signed(out, header.newest);
  return out;
}

base::Result<SegmentHeader> decode_header(SegmentId id, std::string_view value) {
  Reader reader(value);
  SegmentHeader header;
  header.id = id;
  header.first = reader.varint();
  header.last = header.first + reader.varint();
  header.rows = reader.varint();
  header.pages = static_cast<Page>(reader.varint());
  header.oldest = reader.signed_varint();
  header.newest = reader.signed_varint();
  if (reader.bad()) return base::fail("history: the header of segment {} cannot be read", id);
  return header;
}

const SegmentHeader* Directory::find(SegmentId id) const {
  const auto at = std::ranges::lower_bound(segments, id, {}, &SegmentHeader::id);
  return at != segments.end() && at->id == id ? &*at : nullptr;
}

std::uint64_t Directory::rows() const {
  return std::accumulate(segments.begin(), segments.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const SegmentHeader& header) { return sum + header.rows; });
}

base::Result<std::shared_ptr<const Directory>> read_directory(const Store& store) {
  auto directory = std::make_shared<Directory>();
  const auto it = store.iterate(Family::segments);
  for (it->Seek(page_key(0, 0)); it->Valid();) {
    const auto id = get_big_endian<SegmentId>(it->key().ToStringView());
    const auto page = get_big_endian<Page>(it->key().ToStringView().substr(sizeof(SegmentId)));
    if (page != 0) return base::fail("history: segment {} has no header", id);
    auto header = decode_header(id, it->value().ToStringView());
    if (!header) return std::unexpected(header.error());
    directory->segments.push_back(*header);
    it->Seek(page_key(id + 1, 0));
  }
  if (!it->status().ok()) return storage_error("read the segments", it->status());
  return directory;
}

base::Result<SegmentHeader> seal(Store& store, const Hasher& hasher, SegmentId id, const TailPages& pages) {
  const auto rows = sorted_rows(pages);
  SegmentHeader header{.id = id,
                       .first = pages.front()->first,
                       .last = pages.back()->first + pages.back()->span - 1,
                       .rows = rows.size(),
                       .pages = 0};
  if (!rows.empty()) {
    const auto [oldest, newest] = std::ranges::minmax(rows, {}, [](const Row& row) { return row.start.time; });
    header.oldest = oldest.start.time;
    header.newest = newest.start.time;
  }
  // Page 0, the header, sorts before the pages but is known only after them: its file is one of its own.
  BulkWriter head(store, Family::segments, 0);
  BulkWriter body(store, Family::segments, 1);
  BulkWriter logins(store, Family::logins, 0);
  BulkWriter remotes(store, Family::remotes, 0);
  Indexes indexes(hasher);
  PageWriter writer(body, id, indexes);
  for (const auto& row : rows) writer.add(row);
  writer.flush();
  if (writer.bad()) return base::fail("history: a report of the tail cannot be read");
  header.pages = writer.pages();
  head.put(page_key(id, 0), encode_header(header));
  indexes.write_logins(logins, header.era(), id);
  indexes.write_remotes(remotes, header.era(), id);

  std::vector<BulkFile> files;
  for (auto* bulk : {&head, &body, &logins, &remotes}) {
    if (auto finished = bulk->finish(); !finished) return std::unexpected(finished.error());
    if (!bulk->empty()) files.push_back(bulk->file());
  }
  if (auto taken = store.take_over(files); !taken) return std::unexpected(taken.error());
  return header;
}

}  // namespace trackalert::history::rocksdb
