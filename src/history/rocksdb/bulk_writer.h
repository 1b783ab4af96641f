// SPDX-License-Identifier: Apache-2.0
// A sorted file for one family, to be taken over by the store. It disappears with its writer unless that happened.
//
// Threads: one.
#pragma once

#include <rocksdb/sst_file_writer.h>

#include <string_view>

#include "base/result.h"
#include "history/rocksdb/store.h"

namespace trackalert::history::rocksdb {

class BulkWriter {
 public:
  /// `number` tells files of one family apart that are written at the same time.
  BulkWriter(const Store& store, Family family, unsigned number);
  ~BulkWriter();
  BulkWriter(const BulkWriter&) = delete;
  BulkWriter& operator=(const BulkWriter&) = delete;

  /// Keys must come in order. Errors come with finish().
  void put(std::string_view key, std::string_view value);
  /// Once, after the last put(). Without any there is no file.
  base::Result<void> finish();
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] const BulkFile& file() const { return file_; }

 private:
  const ::rocksdb::Options options_;
  ::rocksdb::SstFileWriter writer_;
  BulkFile file_;
  base::Result<void> opened_;
  ::rocksdb::Status status_;
  std::size_t count_ = 0;
};

}  // namespace trackalert::history::rocksdb
