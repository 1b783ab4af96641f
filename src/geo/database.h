// SPDX-License-Identifier: Apache-2.0
// One MaxMind DB file, open. What its file becomes afterwards does not matter to it. Immutable: safe from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "geo/field.h"
#include "geo/snapshot.h"

struct MMDB_s;

namespace trackalert::geo {

class Database {
 public:
  struct Metadata {
    std::string type;     ///< such as "GeoLite2-City"
    std::string version;  ///< of the format: "2.0"
    std::uint64_t build_epoch = 0;
    unsigned ip_version = 0;  ///< 4: to look up an IPv6 address is an error
  };

  /// The error is "Cannot open FILE: REASON".
  static base::Result<std::unique_ptr<const Database>> open(const std::string& file);

  /// The record of the smallest network around the address, absent where there is none. It borrows from the database.
  /// IPv4 in IPv6 (::ffff:192.0.2.1) is looked up as what it is, IPv6: unmap before if that is not meant.
  /// The error is "MMDB_lookup_string(IP) failed: REASON".
  [[nodiscard]] base::Result<Field> find(const base::Address& address) const;
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }
  /// The file as it was when it was read.
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }

 private:
  struct Close {
    void operator()(MMDB_s* file) const;
  };
  using Mmdb = std::unique_ptr<MMDB_s, Close>;

  Database(Mmdb mmdb, Field::Bytes data, const FileStamp& stamp);
  static base::Result<std::unique_ptr<const Database>> open(const Snapshot& snapshot);

  Mmdb mmdb_;
  Field::Bytes data_;
  Metadata metadata_;
  FileStamp stamp_;
};

}  // namespace trackalert::geo
