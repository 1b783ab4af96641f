// SPDX-License-Identifier: Apache-2.0
// Databases::locate() for those who ask for every report. Millions of addresses lie in a few thousand records, and
// reading a record, names in many languages with it, is most of what a look-up costs: what records said that came
// lately is remembered. Bounded: 4096 records of each database, about a megabyte.
//
// Threads: one; counts() by any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "geo/database.h"
#include "geo/databases.h"
#include "geo/place.h"

namespace trackalert::geo {

class Locator {
 public:
  /// What databases.locate(address) says. They may be other ones each time, and be replaced in between.
  [[nodiscard]] Place locate(const Databases& databases, const base::Address& address);

  struct Counts {
    std::uint64_t remembered = 0;  ///< records of which was known what they say
    std::uint64_t read = 0;        ///< ... that had to be read
  };
  [[nodiscard]] Counts counts() const { return {remembered_, read_}; }

 private:
  struct Read {
    Field record;
    Place place;
  };
  /// What is known of one database. A weak pointer: one that was replaced is not kept for this, and yet nothing else
  /// can come to lie at its address.
  struct Known {
    std::weak_ptr<const Database> database;
    std::vector<Read> read;
  };

  Known& known(std::size_t index, const std::shared_ptr<const Database>& database);
  const Place& place_of(const Field& record, Known& known);

  std::vector<Known> known_;  ///< in the order of the databases
  std::atomic<std::uint64_t> remembered_{0};
  std::atomic<std::uint64_t> read_{0};
};

}  // namespace trackalert::geo
