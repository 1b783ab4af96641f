// SPDX-License-Identifier: Apache-2.0
// The files of a Store, one by one: what checks and repairs look at.
#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>

#include "history/rocksdb/store.h"
#include "history/rocksdb/store_options.h"

namespace trackalert::history::rocksdb {
namespace {

std::optional<Family> family_by_name(std::string_view name) {
  for (unsigned i = 0; i < family_count; ++i) {
    if (family_name(static_cast<Family>(i)) == name) return static_cast<Family>(i);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Store::TableFile> Store::table_files() const {
  std::vector<::rocksdb::LiveFileMetaData> known;
  database_->GetLiveFilesMetaData(&known);
  std::vector<TableFile> files;
  for (const auto& file : known) {
    if (const auto family = family_by_name(file.column_family_name)) {
      files.push_back({*family, file.level, file.db_path + file.name, file.smallestkey, file.largestkey});
    }
  }
  std::ranges::sort(files, {}, &TableFile::path);
  return files;
}

base::Result<void> Store::verify(const TableFile& file) const {
  ::rocksdb::SstFileReader reader(bulk_options(file.family));
  auto status = reader.Open(file.path);
  if (status.ok()) status = reader.VerifyChecksum();
  if (!status.ok()) return base::fail("{}", status.ToString());
  return {};
}

base::Result<void> Store::recreate(Family family) {
  auto*& current = handles_[static_cast<std::size_t>(family)];
  auto status = database_->DropColumnFamily(current);
  if (!status.ok()) return storage_error(fmt::format("empty {}", family_name(family)), status);
  database_->DestroyColumnFamilyHandle(current);
  current = nullptr;
  status = database_->CreateColumnFamily(make_family_options(family, options_, cache_),
                                         std::string(family_name(family)), &current);
  if (!status.ok()) return storage_error(fmt::format("empty {}", family_name(family)), status);
  return {};
}

}  // namespace trackalert::history::rocksdb
