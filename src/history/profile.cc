// SPDX-License-Identifier: Apache-2.0
// The record, integers little-endian:
//
//   1 byte     version
//   22 bytes   usage of the login as a whole: first, last, last success (4 bytes each: seconds since 1970; 0 is never),
//              successes, failures (4 each), days with a success (2)
//   6 x 3      for each of profile_facets: number of its values (1), bytes of its section (2)
//   sections   values, each followed by its usage. asn and hour_of_week have values of one size, ascending, so that
//   they
//              are found by bisection; the others have a byte with their length before them, shortest first, then
//              ascending.
//
// The bytes depend on what was counted only, not on its order (as long as nothing had to go).
#include "history/profile.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>

#include "history/little_endian.h"
#include "history/record_bytes.h"

namespace trackalert::history {
namespace {

constexpr char version = 1;
constexpr std::size_t usage_bytes = 22;
constexpr std::size_t total_at = 1;
constexpr std::size_t table_at = total_at + usage_bytes;
constexpr std::size_t table_row = 3;
constexpr std::size_t header_bytes = table_at + table_row * profile_facets.size();
constexpr std::size_t hours = 168;
constexpr Time seconds_per_day = 86'400;

/// Usage as it is kept.
struct Kept {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t last_success = 0;
  std::uint32_t successes = 0;
  std::uint32_t failures = 0;
  std::uint16_t success_days = 0;
};

Kept load(const char* from) {
  return {load_little<std::uint32_t>(from),      load_little<std::uint32_t>(from + 4),
          load_little<std::uint32_t>(from + 8),  load_little<std::uint32_t>(from + 12),
          load_little<std::uint32_t>(from + 16), load_little<std::uint16_t>(from + 20)};
}

void store(char* to, const Kept& kept) {
  store_little(to, kept.first);
  store_little(to + 4, kept.last);
  store_little(to + 8, kept.last_success);
  store_little(to + 12, kept.successes);
  store_little(to + 16, kept.failures);
  store_little(to + 20, kept.success_days);
}

/// From 1 on: 0 says never.
std::uint32_t seconds_of(Time time) {
  return static_cast<std::uint32_t>(std::clamp<Time>(time / second, 1, 0xffffffff));
}

Usage to_usage(const Kept& kept) {
  return {kept.first * second, kept.last * second, kept.last_success * second,
          kept.successes,      kept.failures,      kept.success_days};
}

void note(Kept& kept, std::uint32_t seconds, bool success) {
  const auto day = seconds / seconds_per_day;
  // Which days between the first and the last had a success, nobody knows any more: a late one there counts as one of
  // those that had. Before the first there was none.
  const bool new_day =
      kept.last_success == 0 || day > kept.last_success / seconds_per_day || day < kept.first / seconds_per_day;
  kept.first = kept.last == 0 ? seconds : std::min(kept.first, seconds);
  kept.last = std::max(kept.last, seconds);
  if (!success) {
    kept.failures = saturating_add(kept.failures, 1U);
    return;
  }
  kept.successes = saturating_add(kept.successes, 1U);
  if (new_day) kept.success_days = saturating_add(kept.success_days, std::uint16_t{1});
  kept.last_success = std::max(kept.last_success, seconds);
}

void unite(Kept& kept, const Kept& other) {
  const bool same_day = kept.last_success != 0 && other.last_success != 0 &&
                        kept.last_success / seconds_per_day == other.last_success / seconds_per_day;
  kept.first = std::min(kept.first, other.first);
  kept.last = std::max(kept.last, other.last);
  kept.last_success = std::max(kept.last_success, other.last_success);
  kept.successes = saturating_add(kept.successes, other.successes);
  kept.failures = saturating_add(kept.failures, other.failures);
  const unsigned days = unsigned{kept.success_days} + other.success_days - (same_day ? 1 : 0);
  kept.success_days = static_cast<std::uint16_t>(std::min(days, 0xffffU));
}

bool plausible(const Kept& kept) {
  const bool succeeded = kept.successes > 0;
  return kept.first > 0 && kept.first <= kept.last && (succeeded || kept.failures > 0) &&
         succeeded == (kept.last_success > 0) && succeeded == (kept.success_days > 0) &&
         kept.success_days <= kept.successes && kept.last_success <= kept.last &&
         (!succeeded || kept.first <= kept.last_success);
}

/// The size of every value of a facet; 0: they differ.
constexpr std::size_t fixed_size(Facet facet) {
  return facet == Facet::asn ? 4 : facet == Facet::hour_of_week ? 1 : 0;
}

constexpr std::size_t most_values(Facet facet) {
  return facet == Facet::hour_of_week ? hours : Profile::max_values;
}

/// Where the values of one facet lie.
struct Section {
  std::size_t at = 0;
  std::size_t bytes = 0;
  std::size_t values = 0;
};

Section section_row(const std::string& record, std::size_t index, std::size_t at) {
  const char* const row = record.data() + table_at + table_row * index;
  return {at, load_little<std::uint16_t>(row + 1), static_cast<unsigned char>(*row)};
}

Section section_of(const std::string& record, std::size_t index) {
  std::size_t at = header_bytes;
  for (std::size_t i = 0; i < index; ++i) at += section_row(record, i, at).bytes;
  return section_row(record, index, at);
}

void set_section_row(std::string& record, std::size_t index, std::size_t values, std::size_t bytes) {
  char* const row = record.data() + table_at + table_row * index;
  *row = static_cast<char>(values);
  store_little(row + 1, static_cast<std::uint16_t>(bytes));
}

/// One value and its usage.
struct Entry {
  std::size_t at = 0;
  std::size_t usage_at = 0;
  std::string_view value;

  [[nodiscard]] std::size_t end() const { return usage_at + usage_bytes; }
};

Entry entry_at(const std::string& record, std::size_t at, std::size_t fixed) {
  const std::size_t value_at = fixed > 0 ? at : at + 1;
  const std::size_t size = fixed > 0 ? fixed : static_cast<unsigned char>(record[at]);
  return {at, value_at + size, {record.data() + value_at, size}};
}

/// In the order of the entries: shorter first.
int compare(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return std::memcmp(a.data(), b.data(), a.size());
}

/// Where the usage of a value lies that is a number of sizeof(T) bytes, big-endian; 0: nowhere.
template <std::unsigned_integral T>
std::size_t bisect(const std::string& record, const Section& section, std::string_view value) {
  const auto number_at = [](const char* from) {
    return std::endian::native == std::endian::little ? std::byteswap(load_little<T>(from)) : load_little<T>(from);
  };
  constexpr std::size_t stride = sizeof(T) + usage_bytes;
  if (value.size() != sizeof(T) || section.values == 0) return 0;
  const auto wanted = number_at(&value.front());
  const char* first = record.data() + section.at;
  for (std::size_t n = section.values; n > 1;) {
    const auto half = n / 2;
    first = number_at(first + half * stride) <= wanted ? first + half * stride : first;
    n -= half;
  }
  return number_at(first) == wanted ? static_cast<std::size_t>(first - record.data()) + sizeof(T) : 0;
}

/// Where the usage of a value lies; 0: nowhere. Every report asks this for each of its values.
std::size_t find_usage(const std::string& record, const Section& section, std::size_t fixed, std::string_view value) {
  if (fixed == 1) return bisect<std::uint8_t>(record, section, value);
  if (fixed == 4) return bisect<std::uint32_t>(record, section, value);
  if (value.empty()) return 0;
  const char* at = record.data() + section.at;
  const char* const end = at + section.bytes;
  while (at < end) {
    const std::size_t size = static_cast<unsigned char>(*at);
    // The last byte differs more often than the first, and tells most values apart without a call.
    if (size == value.size() && at[size] == value.back() && std::memcmp(at + 1, value.data(), size) == 0) {
      return static_cast<std::size_t>(at - record.data()) + 1 + size;
    }
    at += 1 + size + usage_bytes;
  }
  return 0;
}

/// Where a value that is not there belongs.
std::size_t place_for(const std::string& record, const Section& section, std::size_t fixed, std::string_view value) {
  std::size_t at = section.at;
  while (at < section.at + section.bytes) {
    const auto entry = entry_at(record, at, fixed);
    if (compare(entry.value, value) > 0) break;
    at = entry.end();
  }
  return at;
}

/// What goes first has the least: never succeeded, then seen last the longest ago.
struct Worth {
  bool succeeded = false;
  std::uint32_t last = 0;
  std::string_view value;
};

bool less(const Worth& a, const Worth& b) {
  if (a.succeeded != b.succeeded) return b.succeeded;
  if (a.last != b.last) return a.last < b.last;
  return compare(a.value, b.value) < 0;
}

void erase_entry(std::string& record, std::size_t index, const Section& section, const Entry& entry) {
  const auto size = entry.end() - entry.at;
  record.erase(entry.at, size);
  set_section_row(record, index, section.values - 1, section.bytes - size);
}

/// Puts in a value that is not there; false: a value had to go, be it this one.
bool insert_value(std::string& record, std::size_t index, std::string_view value, const Kept& kept) {
  const auto facet = profile_facets[index];
  const auto fixed = fixed_size(facet);
  auto section = section_of(record, index);
  const bool full = section.values >= most_values(facet);
  if (full) {
    Worth least{kept.successes > 0, kept.last, value};
    std::optional<Entry> goes;
    for (std::size_t at = section.at; at < section.at + section.bytes;) {
      const auto entry = entry_at(record, at, fixed);
      const auto usage = load(record.data() + entry.usage_at);
      const Worth worth{usage.successes > 0, usage.last, entry.value};
      if (less(worth, least)) {
        least = worth;
        goes = entry;
      }
      at = entry.end();
    }
    if (!goes) return false;
    erase_entry(record, index, section, *goes);
    section = section_of(record, index);
  }
  const auto at = place_for(record, section, fixed, value);
  std::array<char, 1 + max_value_bytes + usage_bytes> bytes;
  std::size_t size = 0;
  if (fixed == 0) bytes[size++] = static_cast<char>(value.size());
  value.copy(bytes.data() + size, value.size());
  size += value.size();
  store(bytes.data() + size, kept);
  size += usage_bytes;
  make_room(record, size);
  record.insert(at, bytes.data(), size);
  set_section_row(record, index, section.values + 1, section.bytes + size);
  return !full;
}

bool value_fits(Facet facet, std::string_view value) {
  if (facet == Facet::hour_of_week) return static_cast<unsigned char>(value[0]) < hours;
  if (facet == Facet::net) return value.size() == 3 || value.size() == 6;
  return !value.empty();
}

/// Whether a section whose bytes all exist holds what its row says.
bool section_is_sound(const std::string& record, Facet facet, const Section& section) {
  const auto fixed = fixed_size(facet);
  const auto end = section.at + section.bytes;
  std::size_t at = section.at;
  std::string_view previous;
  for (std::size_t i = 0; i < section.values; ++i) {
    if (at >= end) return false;
    const auto entry = entry_at(record, at, fixed);
    if (entry.end() > end || !value_fits(facet, entry.value) || !plausible(load(record.data() + entry.usage_at))) {
      return false;
    }
    if (i > 0 && compare(previous, entry.value) >= 0) return false;
    previous = entry.value;
    at = entry.end();
  }
  return at == end && section.values <= most_values(facet);
}

/// Of the login as a whole.
Familiarity familiarity(const Kept& total) {
  return {.first = total.first,
          .last_success = total.last_success,
          .successes = total.successes,
          .success_days = total.success_days};
}

std::size_t index_of(Facet facet) {
  return static_cast<std::size_t>(std::ranges::find(profile_facets, facet) - profile_facets.begin());
}

}  // namespace

base::Result<Profile> Profile::from_bytes(std::string bytes) {
  Profile profile;
  if (bytes.empty()) return profile;
  if (bytes.size() < header_bytes || bytes[0] != version || !plausible(load(bytes.data() + total_at))) {
    return base::fail("profile: {} bytes that begin with no profile", bytes.size());
  }
  std::size_t at = header_bytes;
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    const auto section = section_row(bytes, i, at);
    at += section.bytes;
    if (at > bytes.size() || !section_is_sound(bytes, profile_facets[i], section)) {
      return base::fail("profile: damaged in {}", facet_name(profile_facets[i]));
    }
  }
  if (at != bytes.size()) return base::fail("profile: {} bytes too many", bytes.size() - at);
  profile.bytes_ = std::move(bytes);
  return profile;
}

Novelty Profile::add(const EventView& event, std::uint64_t& evicted, Familiarity* before) {
  Novelty novelty;
  const auto seconds = seconds_of(event.time);
  const bool success = event.report.success;
  if (bytes_.empty()) {
    novelty.new_login = true;
    constexpr std::size_t common_bytes = 240;  // a first report with all its values
    bytes_.reserve(common_bytes);
    bytes_.assign(header_bytes, '\0');
    bytes_[0] = version;
  }
  auto total = load(bytes_.data() + total_at);
  if (before != nullptr) *before = familiarity(total);
  note(total, seconds, success);
  store(bytes_.data() + total_at, total);

  std::size_t at = header_bytes;
  ValueBuffer buffer;
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    const auto facet = profile_facets[i];
    const auto section = section_row(bytes_, i, at);
    at += section.bytes;
    const auto value = value_of(facet, event, buffer);
    if (!value) continue;
    const auto bit = static_cast<std::uint8_t>(1U << i);
    const auto usage_at = find_usage(bytes_, section, fixed_size(facet), *value);
    auto kept = usage_at != 0 ? load(bytes_.data() + usage_at) : Kept{};
    if (kept.successes == 0) novelty.never_succeeded |= bit;
    if (before != nullptr) {
      before->present |= bit;
      before->values[i] = {kept.last_success, kept.success_days};
    }
    note(kept, seconds, success);
    if (usage_at != 0) {
      store(bytes_.data() + usage_at, kept);
      continue;
    }
    novelty.new_values |= bit;
    if (!insert_value(bytes_, i, *value, kept)) ++evicted;
    at = section.at + section_row(bytes_, i, section.at).bytes;
  }
  return novelty;
}

void Profile::merge(const Profile& other) {
  if (other.empty()) return;
  if (empty()) {
    bytes_ = other.bytes_;
    return;
  }
  auto total = load(bytes_.data() + total_at);
  unite(total, load(other.bytes_.data() + total_at));
  store(bytes_.data() + total_at, total);
  // What both know first: nothing of it may go before it is whole.
  for (const bool known : {true, false}) {
    for (std::size_t i = 0; i < profile_facets.size(); ++i) {
      const auto fixed = fixed_size(profile_facets[i]);
      const auto section = section_of(other.bytes_, i);
      for (std::size_t at = section.at; at < section.at + section.bytes;) {
        const auto entry = entry_at(other.bytes_, at, fixed);
        at = entry.end();
        const auto theirs = load(other.bytes_.data() + entry.usage_at);
        const auto usage_at = find_usage(bytes_, section_of(bytes_, i), fixed, entry.value);
        if (known && usage_at != 0) {
          auto kept = load(bytes_.data() + usage_at);
          unite(kept, theirs);
          store(bytes_.data() + usage_at, kept);
        } else if (!known && usage_at == 0) {
          insert_value(bytes_, i, entry.value, theirs);
        }
      }
    }
  }
}

void Profile::expire(Time before) {
  if (empty()) return;
  std::string kept = bytes_.substr(0, header_bytes);
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    const auto fixed = fixed_size(profile_facets[i]);
    const auto section = section_of(bytes_, i);
    const auto start = kept.size();
    std::size_t values = 0;
    for (std::size_t at = section.at; at < section.at + section.bytes;) {
      const auto entry = entry_at(bytes_, at, fixed);
      at = entry.end();
      if (load(bytes_.data() + entry.usage_at).last * second < before) continue;
      kept.append(bytes_, entry.at, entry.end() - entry.at);
      ++values;
    }
    set_section_row(kept, i, values, kept.size() - start);
  }
  if (kept.size() == bytes_.size()) return;
  if (kept.size() == header_bytes) kept.clear();
  kept.shrink_to_fit();
  bytes_ = std::move(kept);
}

Usage Profile::total() const {
  return empty() ? Usage{} : to_usage(load(bytes_.data() + total_at));
}

std::optional<Usage> Profile::find(Facet facet, std::string_view value) const {
  const auto index = index_of(facet);
  if (empty() || index == profile_facets.size()) return std::nullopt;
  const auto usage_at = find_usage(bytes_, section_of(bytes_, index), fixed_size(facet), value);
  if (usage_at == 0) return std::nullopt;
  return to_usage(load(bytes_.data() + usage_at));
}

void Profile::for_each(const std::function<void(Facet, std::string_view value, const Usage&)>& visit) const {
  if (empty()) return;
  std::size_t at = header_bytes;
  for (const auto facet : profile_facets) {
    const auto section = section_of(bytes_, index_of(facet));
    for (; at < section.at + section.bytes;) {
      const auto entry = entry_at(bytes_, at, fixed_size(facet));
      visit(facet, entry.value, to_usage(load(bytes_.data() + entry.usage_at)));
      at = entry.end();
    }
  }
}

}  // namespace trackalert::history
