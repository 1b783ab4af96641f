// SPDX-License-Identifier: Apache-2.0
// Reports as bytes. A row says how a report differs from the one before it: a mask of the fields that do, then these.
// Sorted by login, most of a row is "as before"; against an empty event, a row stands by itself.
//
//   row  := mask (2 bytes, little-endian), time difference, sequence difference (zigzag varints), changed fields
//   page := kind (1 byte: 0 each row stands by itself, 1 each follows the one before), varint number of rows, rows
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "history/event.h"
#include "history/rocksdb/varint.h"

namespace trackalert::history::rocksdb {

/// Appends the row of `event` after `before`.
void write_row(std::string& out, const EventView& event, const EventView& before);

/// Turns `event`, which holds the event before, into the next one. False: the bytes are no row.
bool read_row(Reader& reader, Event& event);

/// The login and time of a row that stands by itself.
struct RowStart {
  std::string_view login;
  Time time = 0;
  Sequence sequence = 0;
};
[[nodiscard]] RowStart read_row_start(std::string_view row);

/// And its remote: what tells, at a fraction of reading it all, most rows apart from those that are looked for.
struct RowHead {
  RowStart start;
  base::Address remote;
};
[[nodiscard]] RowHead read_row_head(std::string_view row);

enum class PageKind : std::uint8_t { apart, chained };
void write_page_head(std::string& out, PageKind kind, std::size_t rows);

/// Reads the rows of a page, one after the other. Any bytes may come.
class PageReader {
 public:
  explicit PageReader(std::string_view page) : reader_(page) {
    const auto kind = reader_.byte();
    chained_ = kind == static_cast<std::uint8_t>(PageKind::chained);
    if (kind > static_cast<std::uint8_t>(PageKind::chained)) reader_.fail();
    left_ = reader_.varint();
  }
  /// The next event, which lives until the next call; nullptr at the end, or if bad().
  const Event* next() {
    if (left_ == 0) return nullptr;
    --left_;
    if (!chained_) event_ = Event{};
    if (!read_row(reader_, event_)) {
      left_ = 0;
      return nullptr;
    }
    return &event_;
  }
  [[nodiscard]] bool bad() const { return reader_.bad(); }

 private:
  Reader reader_;
  std::uint64_t left_ = 0;
  bool chained_ = false;
  Event event_;
};

}  // namespace trackalert::history::rocksdb
