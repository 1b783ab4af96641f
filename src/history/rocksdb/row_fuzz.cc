// SPDX-License-Identifier: Apache-2.0
// Pages of any bytes, as a damaged file might hold: each row that can be read must come back the same when written.
#include <cstdlib>

#include "history/rocksdb/row.h"

using namespace trackalert::history;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rocksdb::PageReader reader({reinterpret_cast<const char*>(data), size});
  while (const auto* event = reader.next()) {
    std::string row;
    rocksdb::write_row(row, *event, Event{});
    rocksdb::Reader again(row);
    Event read;
    if (!rocksdb::read_row(again, read) || read.report.login != event->report.login || read.time != event->time)
      std::abort();
  }
  return 0;
}
