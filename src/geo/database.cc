// SPDX-License-Identifier: Apache-2.0
#include "geo/database.h"

#include <maxminddb.h>

#include <cstring>

namespace trackalert::geo {
namespace {

constexpr std::string_view metadata_marker = "\xab\xcd\xefMaxMind.com";
/// The metadata stands in the last 128 KiB of a file; of this many values at most, lest it be a bomb.
constexpr std::size_t max_metadata_bytes = 128 << 10;
constexpr std::uint32_t max_metadata_values = 4096;
/// Zeros between search tree and data.
constexpr std::uint64_t separator_bytes = 16;
constexpr std::size_t max_type_length = 128;

std::unexpected<base::Error> fail_with(int mmdb_error) {
  return base::fail("{}", MMDB_strerror(mmdb_error));
}

/// Whether libmaxminddb, which expands the metadata with all pointers in it, may be let near it.
base::Result<void> check_metadata(const Snapshot& snapshot) {
  const auto tail = snapshot.tail(max_metadata_bytes);
  if (!tail) return std::unexpected(tail.error());
  const auto marker = tail->rfind(metadata_marker);
  if (marker == tail->npos) return fail_with(MMDB_INVALID_METADATA_ERROR);
  const auto metadata = std::string_view(*tail).substr(marker + metadata_marker.size());
  const Field::Bytes bytes(reinterpret_cast<const std::uint8_t*>(metadata.data()), metadata.size());
  if (!Field::is_sound(bytes, 0, max_metadata_values)) return fail_with(MMDB_INVALID_METADATA_ERROR);
  return {};
}

/// Between the separator behind the search tree and the metadata; empty pointer where the file has no room for it.
Field::Bytes data_section(const MMDB_s& mmdb) {
  const auto metadata_at = static_cast<std::uint64_t>(mmdb.metadata_section - mmdb.file_content);
  const auto data_end = metadata_at - std::min<std::uint64_t>(metadata_at, metadata_marker.size());
  const auto data_at = std::uint64_t{mmdb.metadata.node_count} * mmdb.full_record_byte_size + separator_bytes;
  if (data_at > data_end) return {};
  return {mmdb.file_content + data_at, data_end - data_at};
}

}  // namespace

void Database::Close::operator()(MMDB_s* file) const {
  MMDB_close(file);
  delete file;
}

Database::Database(Mmdb mmdb, Field::Bytes data, const FileStamp& stamp)
    : mmdb_(std::move(mmdb)), data_(data), stamp_(stamp) {
  const auto& from = mmdb_->metadata;
  metadata_ = {.type = std::string(from.database_type, strnlen(from.database_type, max_type_length)),
               .version = fmt::format("{}.{}", from.binary_format_major_version, from.binary_format_minor_version),
               .build_epoch = from.build_epoch,
               .ip_version = from.ip_version};
}

base::Result<std::unique_ptr<const Database>> Database::open(const std::string& file) {
  const auto snapshot = Snapshot::take(file);
  if (!snapshot) return base::fail("Cannot open {}: {}", file, snapshot.error().message);
  auto database = open(*snapshot);
  if (!database) return base::fail("Cannot open {}: {}", file, database.error().message);
  return database;
}

base::Result<std::unique_ptr<const Database>> Database::open(const Snapshot& snapshot) {
  if (const auto sound = check_metadata(snapshot); !sound) return std::unexpected(sound.error());
  auto opened = std::make_unique<MMDB_s>();
  if (const int error = MMDB_open(snapshot.path().c_str(), MMDB_MODE_MMAP, opened.get()); error != MMDB_SUCCESS) {
    return fail_with(error);
  }
  Mmdb mmdb(opened.release());
  const auto data = data_section(*mmdb);
  if (data.data() == nullptr) return fail_with(MMDB_INVALID_METADATA_ERROR);
  return std::unique_ptr<const Database>(new Database(std::move(mmdb), data, snapshot.stamp()));
}

base::Result<Field> Database::find(const base::Address& address) const {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const sockaddr* wanted = nullptr;
  if (address.is_v4()) {
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, address.bytes().data(), sizeof v4.sin_addr);
    wanted = reinterpret_cast<const sockaddr*>(&v4);
  } else {
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
    wanted = reinterpret_cast<const sockaddr*>(&v6);
  }
  int error = MMDB_SUCCESS;
  const auto result = MMDB_lookup_sockaddr(mmdb_.get(), wanted, &error);
  if (error != MMDB_SUCCESS) {
    return base::fail("MMDB_lookup_string({}) failed: {}", address.to_string(), MMDB_strerror(error));
  }
  if (!result.found_entry) return Field();
  const auto record = Field::at(data_, result.entry.offset);
  if (!record) {
    return base::fail("MMDB_lookup_string({}) failed: {}", address.to_string(), MMDB_strerror(MMDB_INVALID_DATA_ERROR));
  }
  return record;
}

}  // namespace trackalert::geo
