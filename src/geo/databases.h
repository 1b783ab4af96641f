// SPDX-License-Identifier: Apache-2.0
// The databases that the operator opened, by name, and their replacement by newer files while lookups go on.
//
// Any thread may call any method. Lookups wait for no file: a new one is read and checked first, then put in the old
// one's place. If it cannot be opened, the old one stays. A lookup that began with the old one ends with it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/guarded.h"
#include "base/result.h"
#include "geo/database.h"
#include "geo/place.h"
#include "geo/published.h"

namespace trackalert::geo {

class Databases {
  struct Entry {
    std::string name;
    std::string file;
    std::shared_ptr<const Database> database = nullptr;  ///< null: could not be opened yet
  };
  /// In the order of their addition. Entries are never removed, so an index stands for a name for good.
  using Set = std::vector<Entry>;

 public:
  /// A name, looked up in whatever database is open under it at the time. A cheap value; it may outlive the set.
  class Handle {
   public:
    /// Finds nothing.
    Handle() = default;

    /// read(const Field& record), called with an absent record if none is found, or none is open. The record ends with
    /// the call. Example: handle.look_up(address, city_of)
    template <class Read>
    [[nodiscard]] auto look_up(const base::Address& address, Read&& read) const
        -> base::Result<decltype(read(std::declval<const Field&>()))> {
      const auto set = set_ == nullptr ? nullptr : set_->get();
      if (set == nullptr || (*set)[index_].database == nullptr) return read(Field());
      const auto record = (*set)[index_].database->find(address);
      if (!record) return std::unexpected(record.error());
      return read(*record);
    }

   private:
    friend class Databases;
    Handle(std::shared_ptr<const Published<Set>> set, std::size_t index) : set_(std::move(set)), index_(index) {}
    std::shared_ptr<const Published<Set>> set_;
    std::size_t index_ = 0;
  };

  /// What became of one database.
  struct Reload {
    std::string name;
    base::Result<Database::Metadata> outcome;
  };
  struct Listing {
    std::string name;
    std::string file;
    std::optional<Database::Metadata> open;
  };

  Databases() : set_(std::make_shared<Published<Set>>()) {}

  /// Opens `file` as `name`. A name that is open stays as it is: nothing is opened, and no metadata returned. After an
  /// error ("Cannot open FILE: REASON") the name is known, finds nothing, and reloads try the file again.
  base::Result<std::optional<Database::Metadata>> add(std::string_view name, const std::string& file);
  /// None if no such name was added.
  [[nodiscard]] std::optional<Handle> find(std::string_view name) const;

  /// Opens every file anew. Sorted by name.
  std::vector<Reload> reload_all();
  /// Opens anew what differs from the file last opened, or tried, and has not changed since the last call: an update
  /// may be under way. To be called every minute or so. Sorted by name, only those that were tried.
  std::vector<Reload> reload_changed();

  /// From every database, the first added first; a later one fills what is still missing. What cannot be read is passed
  /// over.
  [[nodiscard]] Place locate(const base::Address& address) const;
  /// visit(const std::shared_ptr<const Database>&) for each that is open, in the order of their addition.
  template <class Visit>
  void each_open(Visit&& visit) const {
    const auto set = set_->get();
    for (const auto& entry : *set)
      if (entry.database != nullptr) visit(entry.database);
  }
  /// Whether none was ever added: locate() then finds nothing.
  [[nodiscard]] bool empty() const { return set_->get()->empty(); }
  /// Sorted by name.
  [[nodiscard]] std::vector<Listing> list() const;

 private:
  /// What reload_changed() remembers of one file.
  struct Watch {
    std::size_t index = 0;           ///< in the set
    std::optional<FileStamp> tried;  ///< at the last attempt to open it
    std::optional<FileStamp> seen;   ///< at the last look
  };
  using Watches = std::map<std::string, Watch, std::less<>>;

  static Reload reload(Entry& entry, Watch& watch);

  std::shared_ptr<Published<Set>> set_;
  /// By name. Its lock is held by whoever adds or reloads, from the look at a file until its database is published.
  base::Guarded<Watches> watches_;
};

}  // namespace trackalert::geo
