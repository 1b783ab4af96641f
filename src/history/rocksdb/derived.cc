// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/derived.h"

#include <algorithm>
#include <array>
#include <map>

#include "history/rocksdb/bulk_writer.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr std::string_view written_to_key = "derived_to";
constexpr std::string_view closed_key = "closed_days";
constexpr unsigned beside = 0x80;  // in a key's facet: counted after the day was closed
constexpr std::size_t value_at = sizeof(Day) + 1;

std::string facet_prefix(Day day, unsigned facet) {
  std::string key;
  put_big_endian(key, day);
  key.push_back(static_cast<char>(facet));
  return key;
}

Day day_in(std::string_view key) {
  return get_big_endian<Day>(key);
}
unsigned facet_in(std::string_view key) {
  return static_cast<unsigned char>(key[sizeof(Day)]);
}

base::Result<TrendDay> decode_folded(std::string_view bytes) {
  return TrendDay::from_bytes(std::string(bytes));
}

base::Result<TrendDay> decode_record(std::string_view bytes) {
  auto stored = WriteBackCache<TrendDay>::decode(bytes);
  if (!stored) return std::unexpected(stored.error());
  return std::move(stored->value);
}

}  // namespace

Derived::Derived(Store& store, const Hasher& hasher, std::size_t profile_bytes, std::size_t trend_bytes)
    : store_(store),
      trend_bytes_(trend_bytes),
      memory_bytes_(profile_bytes + trend_bytes),
      profiles_(store, Family::profiles, profile_bytes, hasher),
      trends_(store, Family::trends, trend_bytes, hasher, [this](std::string_view key) { forget_whole(day_in(key)); }) {
}

bool Derived::is_whole(Day day) {
  auto at = std::ranges::find(whole_, day, &Whole::day);
  if (at == whole_.end()) {
    // A new day, usually: nothing of it is anywhere yet.
    const auto it = store_.iterate(Family::trends);
    it->Seek(number_key(day));
    const bool none = it->status().ok() && (!it->Valid() || day_in(it->key().ToStringView()) != day);
    if (whole_.size() == most_whole_days) whole_.erase(whole_.begin());
    at = whole_.insert(whole_.end(), {day, none});
  }
  return at->whole;
}

void Derived::forget_whole(Day day) {
  const auto at = std::ranges::find(whole_, day, &Whole::day);
  if (at != whole_.end()) at->whole = false;
}

base::Result<void> Derived::load() {
  const auto stored_written = store_.get(Family::meta, written_to_key);
  if (!stored_written) return std::unexpected(stored_written.error());
  if (const auto& written = *stored_written) written_to_ = Reader(*written).varint();
  const auto stored_closed = store_.get(Family::meta, closed_key);
  if (!stored_closed) return std::unexpected(stored_closed.error());
  if (const auto& closed = *stored_closed) {
    Reader reader(*closed);
    closed_before_ = static_cast<Day>(reader.varint());
    closed_at_ = reader.varint();
  }
  return {};
}

void Derived::make_keys(const EventView& event, Keys& out) const {
  const auto& login = event.report.login;
  out.sequence = event.sequence;
  out.login.reset();
  if (!login.empty()) {
    const bool long_one = login.size() > max_value_bytes;
    if (long_one) out.cut_login = profile_key(login);
    out.login = profiles_.wanted(long_one ? out.cut_login : login);
  }
  out.text.clear();
  out.trends.clear();
  out.day = key_day(event.time);
  out.closed = out.day < closed_before_;
  const auto side = out.closed ? beside : 0;
  std::array<std::size_t, trend_facets.size() + 1> begins{};
  for (const auto facet : trend_facets) {
    const auto begin = out.text.size();
    put_big_endian(out.text, out.day);
    out.text.push_back(static_cast<char>(static_cast<unsigned>(facet) | side));
    if (!append_value(facet, event, out.text)) {
      out.text.resize(begin);
      continue;
    }
    out.trends.push_back({facet, {}});
    begins[out.trends.size()] = out.text.size();
  }
  for (std::size_t i = 0; i < out.trends.size(); ++i) {
    out.trends[i].wanted = trends_.wanted(std::string_view(out.text).substr(begins[i], begins[i + 1] - begins[i]));
  }
}

void Derived::expect(std::span<const EventView> events) {
  expected_.resize(std::max(expected_.size(), events.size()));
  profiles_wanted_.clear();
  trends_wanted_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto& keys = expected_[i];
    make_keys(events[i], keys);
    if (keys.login) profiles_wanted_.push_back(*keys.login);
    for (const auto& trend : keys.trends) trends_wanted_.push_back(trend.wanted);
  }
  expected_count_ = events.size();
  next_expected_ = 0;
  profiles_.expect(profiles_wanted_);
  trends_.expect(trends_wanted_);
}

const Derived::Keys& Derived::keys_of(const EventView& event) {
  if (next_expected_ < expected_count_ && expected_[next_expected_].sequence == event.sequence) {
    return expected_[next_expected_++];
  }
  make_keys(event, other_keys_);
  return other_keys_;
}

base::Result<void> Derived::count(const EventView& event, const EventHashes& hashes, Novelty& novelty,
                                  Familiarity* before) {
  const auto& keys = keys_of(event);
  if (keys.login) {
    std::uint64_t evicted = 0;
    auto counted = profiles_.update(*keys.login, event.sequence, false,
                                    [&](Profile& profile) { novelty = profile.add(event, evicted, before); });
    if (!counted) return counted;
    if (evicted > 0) values_evicted_ += evicted;
  }
  return count_trends(event, hashes, keys);
}

base::Result<void> Derived::count_trends(const EventView& event, const EventHashes& hashes, const Keys& keys) {
  if (keys.closed && event.sequence <= closed_at_) return {};  // was counted before the day was closed
  const bool whole = !keys.closed && is_whole(keys.day);
  TrendDay::Count count{.facet = Facet::all,
                        .time = event.time,
                        .success = event.report.success,
                        .has_login = !event.report.login.empty(),
                        .has_remote = has_remote(event.report),
                        .hashes = hashes};
  for (const auto& trend : keys.trends) {
    count.facet = trend.facet;
    auto counted = trends_.update(trend.wanted, event.sequence, whole, [&](TrendDay& record) { record.add(count); });
    if (!counted) return counted;
  }
  return {};
}

std::optional<base::Error> Derived::take_trouble() {
  auto trouble = profiles_.take_trouble();
  return trouble ? trouble : trends_.take_trouble();
}

base::Result<void> Derived::write_back(Sequence counted) {
  if (auto written = profiles_.write_back(); !written) return written;
  if (auto written = trends_.write_back(); !written) return written;
  std::string value;
  put_varint(value, counted);
  Store::Batch batch(store_);
  batch.put(Family::meta, written_to_key, value);
  auto written = store_.write(batch, false);
  if (written) written_to_ = counted;
  return written;
}

void Derived::share_memory() {
  const auto used = trends_.counts().bytes;
  profiles_.set_limit(memory_bytes_ - std::clamp(used + used / 8, trend_bytes_ / 2, trend_bytes_));
}

std::size_t Derived::dirty_bytes() const {
  return profiles_.counts().dirty_bytes + trends_.counts().dirty_bytes;
}

base::Result<Profile> Derived::profile(std::string_view login) const {
  auto found = profiles_.read(profile_key(login));
  if (!found) return std::unexpected(found.error());
  return std::move(*found).value_or(Profile{});
}

base::Result<void> Derived::add_trend(Facet facet, std::string_view value, Time since, Time until,
                                      TrendSums& into) const {
  return each_record(facet, value, since, until,
                     [&](Day day, const TrendDay& record) { record.sum(day, since, until, into); });
}

base::Result<void> Derived::each_record(Facet facet, std::string_view value, Time since, Time until,
                                        const VisitDay& visit) const {
  if (since >= until) return {};
  const auto last = key_day(until - 1);
  for (unsigned day = key_day(since); day <= last; ++day) {
    const auto show = [&](const base::Result<std::optional<TrendDay>>& record) -> base::Result<bool> {
      if (!record) return std::unexpected(record.error());
      if (*record) visit(static_cast<Day>(day), **record);
      return record->has_value();
    };
    auto key = trend_key(static_cast<Day>(day), facet, value);
    const bool closed = day < closed_before_;
    auto found = closed ? show(read_folded(key)) : false;
    if (found && !*found) found = show(trends_.read(key));
    if (closed && found && !*found) found = show(read_folded(key));  // perhaps folded since the first look
    if (!found) return std::unexpected(found.error());
    if (!closed) continue;
    key[sizeof(Day)] = static_cast<char>(static_cast<unsigned>(facet) | beside);
    if (const auto late = show(trends_.read(key)); !late) return std::unexpected(late.error());
  }
  return {};
}

base::Result<std::optional<TrendDay>> Derived::read_folded(std::string_view key) const {
  const auto stored = store_.get(Family::days, key);
  if (!stored) return std::unexpected(stored.error());
  const auto& folded = *stored;
  if (!folded) return std::nullopt;
  auto record = decode_folded(*folded);
  if (!record) return std::unexpected(record.error());
  return std::move(*record);
}

base::Result<void> Derived::each_trend(Facet facet, Time since, Time until, const VisitTrend& visit) const {
  if (since >= until) return {};
  const auto first = key_day(since);
  const auto last = key_day(until - 1);
  // What is newer in memory than on the disk. Taken before the disk is read: what is written back meanwhile comes twice
  // under one key, and the one from here counts.
  std::map<std::string, TrendDay, std::less<>> newer;
  trends_.visit_dirty([&](std::string_view key, const TrendDay& record) {
    const auto day = day_in(key);
    if ((facet_in(key) & ~beside) == static_cast<unsigned>(facet) && day >= first && day <= last) {
      newer.emplace(key, record);
    }
  });
  for (const auto& [key, record] : newer) {
    if (!visit(day_in(key), std::string_view(key).substr(value_at), record)) return {};
  }
  // In this order: a day that the second does not show as folded is still whole in the first.
  const auto trends = store_.iterate(Family::trends, false);
  const auto days = store_.iterate(Family::days, false);
  bool more = true;
  const auto visit_prefix = [&](::rocksdb::Iterator& it, Day day, unsigned kind, bool folded) -> base::Result<void> {
    const auto prefix = facet_prefix(day, kind);
    for (it.Seek(prefix); more && it.Valid() && it.key().ToStringView().starts_with(prefix); it.Next()) {
      const auto key = it.key().ToStringView();
      if (!folded && newer.contains(key)) continue;
      const auto bytes = it.value().ToStringView();
      auto record = folded ? decode_folded(bytes) : decode_record(bytes);
      if (!record) return std::unexpected(record.error());
      more = visit(day, key.substr(value_at), *record);
    }
    if (!it.status().ok()) return storage_error("read trends", it.status());
    return {};
  };
  for (unsigned number = first; more && number <= last; ++number) {
    const auto day = static_cast<Day>(number);
    const auto all = facet_prefix(day, static_cast<unsigned>(Facet::all));  // which every day has
    days->Seek(all);
    const bool folded = days->Valid() && days->key().ToStringView() == all;
    const auto kind = static_cast<unsigned>(facet);
    if (auto done = folded ? visit_prefix(*days, day, kind, true) : visit_prefix(*trends, day, kind, false); !done) {
      return done;
    }
    if (auto done = visit_prefix(*trends, day, kind | beside, false); !done) return done;
  }
  return {};
}

base::Result<void> Derived::close_days(Day before, Sequence counted) {
  // Everything of the days is written before they are said to be closed, so that a report up to `counted` is in their
  // records, or in none of the log.
  auto dropped = trends_.drop_if([before](std::string_view key) { return day_in(key) < before; });
  if (!dropped) return dropped;
  std::erase_if(whole_, [before](const Whole& entry) { return entry.day < before; });
  std::string value;
  put_varint(value, before);
  put_varint(value, counted);
  Store::Batch batch(store_);
  batch.put(Family::meta, closed_key, value);
  if (auto written = store_.write(batch, false); !written) return written;
  closed_at_ = counted;
  closed_before_ = before;
  return {};
}

base::Result<void> Derived::fold_closed() {
  // The first key of each day that still has records to fold.
  const auto it = store_.iterate(Family::trends, false);
  for (unsigned day = 0; day < closed_before_;) {
    it->Seek(number_key(day));
    if (!it->Valid()) break;
    const auto key = it->key().ToStringView();
    day = day_in(key);
    if (day >= closed_before_) break;
    if ((facet_in(key) & beside) == 0) {
      if (auto folded = fold_day(static_cast<Day>(day)); !folded) return folded;
    }
    ++day;
  }
  if (!it->status().ok()) return storage_error("read trends", it->status());
  return {};
}

base::Result<void> Derived::fold_day(Day day) {
  const KeyRange range{facet_prefix(day, 0), facet_prefix(day, beside)};
  BulkWriter file(store_, Family::days, 0);
  const auto it = store_.iterate(Family::trends, false);
  for (it->Seek(range.first); it->Valid() && it->key().ToStringView() < range.end; it->Next()) {
    auto stored = WriteBackCache<TrendDay>::decode(it->value().ToStringView());
    if (!stored) return std::unexpected(stored.error());
    stored->value.fold();
    file.put(it->key().ToStringView(), stored->value.bytes());
  }
  if (!it->status().ok()) return storage_error("read trends", it->status());
  if (auto finished = file.finish(); !finished) return finished;
  if (auto taken = store_.take_over({file.file()}); !taken) return taken;
  return store_.drop(Family::trends, range);
}

base::Result<std::vector<std::pair<Family, std::string>>> Derived::erase(std::string_view login, Day first, Day last,
                                                                         Store::Batch& batch) {
  std::vector<std::pair<Family, std::string>> stored;
  const auto remove = [&](Family family, const std::string& key) -> base::Result<void> {
    const auto value = store_.get(family, key);
    if (!value) return std::unexpected(value.error());
    if (!*value) return {};
    batch.remove(family, key);
    stored.emplace_back(family, key);
    return {};
  };
  const auto profile = profile_key(login);
  profiles_.erase(profile);
  if (auto removed = remove(Family::profiles, profile); !removed) return std::unexpected(removed.error());
  for (unsigned day = first; day <= last; ++day) {
    auto key = trend_key(static_cast<Day>(day), Facet::login, profile);
    trends_.erase(key);
    if (auto removed = remove(Family::trends, key); !removed) return std::unexpected(removed.error());
    if (auto removed = remove(Family::days, key); !removed) return std::unexpected(removed.error());
    key[sizeof(Day)] = static_cast<char>(static_cast<unsigned>(Facet::login) | beside);
    trends_.erase(key);
    if (auto removed = remove(Family::trends, key); !removed) return std::unexpected(removed.error());
  }
  return stored;
}

void Derived::forget_marks(Store::Batch& batch) {
  batch.remove(Family::meta, written_to_key);
  batch.remove(Family::meta, closed_key);
}

base::Result<void> Derived::drop_days(Day before) {
  const KeyRange range = day_range(0, before);
  if (auto dropped = store_.drop(Family::days, range); !dropped) return dropped;
  return store_.drop(Family::trends, range);
}

Derived::Counts Derived::counts() const {
  return {profiles_.counts(), trends_.counts(), values_evicted_};
}

}  // namespace trackalert::history::rocksdb
