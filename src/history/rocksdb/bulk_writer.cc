// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/bulk_writer.h"

#include <filesystem>

namespace trackalert::history::rocksdb {

BulkWriter::BulkWriter(const Store& store, Family family, unsigned number)
    : options_(store.bulk_options(family)), writer_({}, options_), file_{family, {}} {
  auto path = store.free_bulk_path(family, number);
  if (!path) {
    opened_ = std::unexpected(std::move(path).error());
    return;
  }
  file_.path = *std::move(path);
  status_ = writer_.Open(file_.path);
}

BulkWriter::~BulkWriter() {
  std::error_code ignored;
  std::filesystem::remove(file_.path, ignored);
}

void BulkWriter::put(std::string_view key, std::string_view value) {
  if (opened_ && status_.ok()) status_ = writer_.Put({key.data(), key.size()}, {value.data(), value.size()});
  ++count_;
}

base::Result<void> BulkWriter::finish() {
  if (!opened_) return opened_;
  if (status_.ok() && count_ > 0) status_ = writer_.Finish();
  if (!status_.ok()) return storage_error("write a sorted file", status_);
  return {};
}

}  // namespace trackalert::history::rocksdb
