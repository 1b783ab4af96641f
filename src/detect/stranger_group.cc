// SPDX-License-Identifier: Apache-2.0
#include "detect/stranger_group.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cmath>

namespace trackalert::detect {
namespace {

constexpr double times_as_loud = 3;
constexpr double least_loud = 30;

std::uint64_t country_value(const Stranger& stranger) {
  return static_cast<std::uint64_t>(static_cast<unsigned char>(stranger.country[0])) << 8 |
         static_cast<unsigned char>(stranger.country[1]);
}

/// What a stranger has of a trait; 0: nothing.
using TraitOf = std::uint64_t (*)(const Stranger& stranger);

TraitOf trait_named(std::string_view kind) {
  if (kind == "asn") return [](const Stranger& stranger) -> std::uint64_t { return stranger.asn; };
  if (kind == "attrs") return [](const Stranger& stranger) -> std::uint64_t { return stranger.attrs; };
  if (kind == "country") return country_value;
  if (kind == "device") return [](const Stranger& stranger) -> std::uint64_t { return stranger.device; };
  if (kind == "net") return [](const Stranger& stranger) -> std::uint64_t { return stranger.net; };
  if (kind == "protocol") return [](const Stranger& stranger) -> std::uint64_t { return stranger.protocol; };
  return [](const Stranger& stranger) -> std::uint64_t {
    const auto country = country_value(stranger);
    return stranger.protocol == 0 || country == 0 ? 0 : std::uint64_t{stranger.protocol} << 16 | country;
  };
}

}  // namespace

unsigned days_of(Seconds length) {
  return std::max(1U, (length + seconds_per_day - 1) / seconds_per_day);
}

double SweepWindow::guesses_of(const Stranger& stranger) const {
  return rule.long_window ? stranger.guesses_in(now, 0, days_of(length)) : stranger.recent;
}

double StrangerGroup::surprise(double level) const {
  return guesses > level ? guesses * std::log(guesses / level) - (guesses - level) : 0;
}

void StrangerGroup::take_in(std::uint64_t key, Stranger& stranger, double of_window) {
  members.emplace_back(key, &stranger);
  guesses += of_window;
  entered += stranger.entered;
}

void StrangerGroup::gather_logins() {
  logins.clear();
  for (const auto& [key, stranger] : members) {
    const auto used = std::min<std::size_t>(stranger->logins_used, stranger->logins.size());
    logins.insert(stranger->logins.begin(), stranger->logins.begin() + static_cast<std::ptrdiff_t>(used));
  }
}

std::vector<StrangerGroup> groups_by(std::string_view kind, const std::vector<StrangerInWindow>& strangers,
                                     std::size_t least_members) {
  const auto trait_of = trait_named(kind);
  // Counted first: most values are of a few, and a group costs more than a number.
  boost::unordered_flat_map<std::uint64_t, std::size_t> members;
  for (const auto& one : strangers) {
    if (one.counts) ++members[trait_of(*one.stranger)];
  }
  boost::unordered_flat_map<std::uint64_t, std::size_t> places;
  std::vector<StrangerGroup> out;
  for (const auto& [value, count] : members) {
    if (value == 0 || count < least_members) continue;
    places.emplace(value, out.size());
    auto& group = out.emplace_back();
    group.kind = kind;
    group.value = value;
    group.members.reserve(count);
  }
  if (out.empty()) return out;
  for (const auto& one : strangers) {
    const auto at = places.find(trait_of(*one.stranger));
    if (at == places.end()) continue;
    auto& group = out[at->second];
    group.earlier += one.earlier;
    if (one.counts) group.take_in(one.key, *one.stranger, one.guesses);
  }
  return out;
}

double loudness_of(std::vector<unsigned> guesses, std::size_t sources) {
  if (guesses.empty()) return least_loud;
  const auto last =
      guesses.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(sources, 1, guesses.size()) - 1);
  std::ranges::nth_element(guesses, last, std::greater());
  return std::max(least_loud, times_as_loud * *last);
}

}  // namespace trackalert::detect
