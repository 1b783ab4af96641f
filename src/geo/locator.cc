// SPDX-License-Identifier: Apache-2.0
#include "geo/locator.h"

namespace trackalert::geo {
namespace {

constexpr unsigned place_bits = 12;
constexpr std::size_t most_records = std::size_t{1} << place_bits;

/// Multiplicative hashing by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
std::size_t slot_of(const Field& record) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>((record.position() * golden) >> (64 - place_bits));
}

template <class T>
bool is_same(const std::weak_ptr<T>& one, const std::shared_ptr<T>& other) {
  return !one.owner_before(other) && !other.owner_before(one);
}

}  // namespace

Place Locator::locate(const Databases& databases, const base::Address& address) {
  Place place;
  std::size_t index = 0;
  databases.each_open([&](const std::shared_ptr<const Database>& database) {
    auto& mine = known(index++, database);
    const auto record = database->find(address);
    if (record && *record) add_to_place(place_of(*record, mine), place);
  });
  return place;
}

Locator::Known& Locator::known(std::size_t index, const std::shared_ptr<const Database>& database) {
  if (index >= known_.size()) known_.resize(index + 1);
  auto& known = known_[index];
  if (!is_same(known.database, database)) {
    known.database = database;
    known.read.assign(most_records, {});
  }
  return known;
}

const Place& Locator::place_of(const Field& record, Known& known) {
  auto& slot = known.read[slot_of(record)];
  if (slot.record.is_same(record)) {
    remembered_.fetch_add(1, std::memory_order_relaxed);
    return slot.place;
  }
  read_.fetch_add(1, std::memory_order_relaxed);
  slot.record = {};  // until it is known: memory may run out amid reading
  slot.place = {};
  add_to_place(record, slot.place);
  slot.record = record;
  return slot.place;
}

}  // namespace trackalert::geo
