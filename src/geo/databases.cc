// SPDX-License-Identifier: Apache-2.0
#include "geo/databases.h"

#include <algorithm>

namespace trackalert::geo {

base::Result<std::optional<Database::Metadata>> Databases::add(std::string_view name, const std::string& file) {
  auto watches = watches_.lock();
  Set set = *set_->get();
  const auto [place, is_new] = watches->try_emplace(std::string(name));
  if (is_new) {
    place->second.index = set.size();
    set.push_back({std::string(name), file});
  }
  Entry& entry = set[place->second.index];
  if (entry.database != nullptr) return std::nullopt;
  entry.file = file;
  auto opened = reload(entry, place->second);
  set_->set(set);
  if (!opened.outcome) return std::unexpected(std::move(opened.outcome.error()));
  return std::move(*opened.outcome);
}

std::optional<Databases::Handle> Databases::find(std::string_view name) const {
  const auto set = set_->get();
  const auto found = std::ranges::find(*set, name, &Entry::name);
  if (found == set->end()) return std::nullopt;
  return Handle(set_, static_cast<std::size_t>(found - set->begin()));
}

Databases::Reload Databases::reload(Entry& entry, Watch& watch) {
  watch.tried = stamp_of(entry.file);
  watch.seen = watch.tried;
  auto opened = Database::open(entry.file);
  if (!opened) return {entry.name, std::unexpected(std::move(opened.error()))};
  entry.database = std::move(*opened);
  watch.tried = entry.database->stamp();
  return {entry.name, entry.database->metadata()};
}

std::vector<Databases::Reload> Databases::reload_all() {
  auto watches = watches_.lock();
  Set set = *set_->get();
  std::vector<Reload> out;
  for (auto& [name, watch] : *watches) out.push_back(reload(set[watch.index], watch));
  set_->set(set);
  return out;
}

std::vector<Databases::Reload> Databases::reload_changed() {
  auto watches = watches_.lock();
  Set set = *set_->get();
  std::vector<Reload> out;
  for (auto& [name, watch] : *watches) {
    Entry& entry = set[watch.index];
    const auto now = stamp_of(entry.file);
    const bool rests = now && now == watch.seen;
    watch.seen = now;
    if (rests && now != watch.tried) out.push_back(reload(entry, watch));
  }
  if (!out.empty()) set_->set(set);
  return out;
}

Place Databases::locate(const base::Address& address) const {
  Place place;
  each_open([&](const std::shared_ptr<const Database>& database) {
    if (const auto record = database->find(address)) add_to_place(*record, place);
  });
  return place;
}

std::vector<Databases::Listing> Databases::list() const {
  std::vector<Listing> out;
  const auto set = set_->get();
  for (const auto& entry : *set) {
    out.push_back({entry.name, entry.file, std::nullopt});
    if (entry.database != nullptr) out.back().open = entry.database->metadata();
  }
  std::ranges::sort(out, {}, &Listing::name);
  return out;
}

}  // namespace trackalert::geo
