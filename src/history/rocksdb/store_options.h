// SPDX-License-Identifier: Apache-2.0
// How RocksDB is to keep each family, and why.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <functional>
#include <memory>
#include <string_view>

#include "history/rocksdb/store.h"

namespace trackalert::history::rocksdb {

[[nodiscard]] std::shared_ptr<::rocksdb::Cache> make_cache(std::size_t bytes);
[[nodiscard]] ::rocksdb::DBOptions make_database_options(::rocksdb::Env* env, std::size_t write_buffer_bytes,
                                                         const std::shared_ptr<::rocksdb::Cache>& cache);
/// A store that is soon thrown away is compressed little: large files in place of long work.
[[nodiscard]] ::rocksdb::ColumnFamilyOptions make_family_options(Family family, const Store::Options& options,
                                                                 const std::shared_ptr<::rocksdb::Cache>& cache);

}  // namespace trackalert::history::rocksdb
