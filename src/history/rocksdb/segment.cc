// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/segment.h"

#include <algorithm>
#include <array>
#include <compare>
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
  /// The login's first bytes behind what all have in common, as numbers that compare as they do: the logins themselves
  /// lie all over the tail, and looking at them is what a sort costs.
  std::array<std::uint64_t, 2> order{};
  bool is_whole = false;  ///< there is nothing of the login behind these
};

std::uint64_t as_number(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) number = number << 8 | static_cast<unsigned char>(c);
  return text.empty() ? 0 : number << 8 * (sizeof number - text.size());
}

void set_order(Row& row, std::size_t common) {
  constexpr std::size_t part = sizeof(std::uint64_t);
  const auto rest = row.start.login.substr(common);
  row.order = {as_number(rest.substr(0, part)), as_number(rest.substr(std::min(part, rest.size()), part))};
  row.is_whole = rest.size() <= row.order.size() * part;
}

std::size_t common_prefix(const std::vector<Row>& rows) {
  if (rows.empty()) return 0;
  std::string_view common = rows.front().start.login;
  for (const auto& row : rows) {
    const auto end = std::ranges::mismatch(common, row.start.login).in1;
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  return common.size();
}

bool comes_before(const Row& a, const Row& b) {
  if (a.order != b.order) return a.order < b.order;
  // A NUL at its end looks like no byte.
  const bool same = a.is_whole && b.is_whole && a.start.login.size() == b.start.login.size();
  if (const auto logins = same ? 0 : a.start.login.compare(b.start.login); logins != 0) return logins < 0;
  return std::tie(a.start.time, a.start.sequence) < std::tie(b.start.time, b.start.sequence);
}

std::vector<Row> sorted_rows(const TailPages& pages) {
  std::vector<Row> rows;
  for (const auto& page : pages) {
    for (std::size_t i = 0; i < page->offsets.size(); ++i) {
      const auto end = i + 1 < page->offsets.size() ? page->offsets[i + 1] : page->bytes.size();
      const std::string_view bytes(page->bytes.data() + page->offsets[i], end - page->offsets[i]);
      rows.push_back({read_row_start(bytes), bytes});
    }
  }
  const auto common = common_prefix(rows);
  for (auto& row : rows) set_order(row, common);
  std::ranges::sort(rows, comes_before);
  return rows;
}

/// Where a remote is found. Without its scope and ordered as keys of remotes are, the family first.
struct RemotePage {
  bool is_v6 = false;
  std::array<std::uint64_t, 2> bytes{};
  Page page = 0;

  static RemotePage of(const base::Address& address, Page page) {
    const auto half = [&](std::size_t at) {
      return as_number({reinterpret_cast<const char*>(address.bytes().data()) + at, sizeof(std::uint64_t)});
    };
    return {address.is_v6(), {half(0), half(sizeof(std::uint64_t))}, page};
  }
  [[nodiscard]] bool same_remote(const RemotePage& other) const { return is_v6 == other.is_v6 && bytes == other.bytes; }
  [[nodiscard]] base::Address address() const {
    std::string text;
    for (const auto half : bytes) put_big_endian(text, half);
    if (is_v6) return base::Address::v6(first_bytes<16>(text));
    return base::Address::v4(first_bytes<4>(text));
  }
  auto operator<=>(const RemotePage&) const = default;

 private:
  template <std::size_t count>
  static std::array<std::uint8_t, count> first_bytes(std::string_view text) {
    std::array<std::uint8_t, count> out{};
    std::ranges::copy(text.substr(0, count), out.begin());
    return out;
  }
};

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
    if (has_remote(event.report)) remotes_.push_back(RemotePage::of(event.report.remote, page));
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
    std::ranges::sort(remotes_);
    for (auto at = remotes_.begin(); at != remotes_.end();) {
      const auto& remote = *at;
      std::string value;
      unsigned before = 0;
      for (; at != remotes_.end() && at->same_remote(remote); ++at) {
        if (at->page == before) continue;
        put_varint(value, at->page - before);
        before = at->page;
      }
      out.put(remote_key(era, remote.address(), segment), value);
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
  std::vector<RemotePage> remotes_;
};

/// Cuts rows into pages.
class PageWriter {
 public:
  PageWriter(BulkWriter& out, SegmentId segment, Indexes& indexes) : out_(out), segment_(segment), indexes_(indexes) {}

  void add(const Row& row) {
    Reader reader(row.bytes);
    event_ = nothing;  // and not a new one: the room of its texts is used again
    if (!read_row(reader, event_)) {
      bad_ = true;
      return;
    }
    if (rows_ == 0) before_ = nothing;
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
