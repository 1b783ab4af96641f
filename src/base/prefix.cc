// SPDX-License-Identifier: Apache-2.0
#include "base/prefix.h"

#include <boost/container_hash/hash.hpp>
#include <charconv>

namespace trackalert::base {

bool Prefix::contains(const Address& other) const {
  return other.family() == address.family() && other.masked(length) == address.masked(length);
}

std::string Prefix::to_string() const {
  return fmt::format("{}/{}", address.masked(length).to_string(), length);
}

Result<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return fail("Unable to convert '{}' to a netmask", text);
  unsigned length = address->bits();
  if (slash != text.npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > address->bits()) {
      return fail("Unable to convert '{}' to a netmask", text);
    }
  }
  return Prefix{*address, length};
}

std::size_t PrefixSet::Hash::operator()(const Address& address) const {
  return boost::hash_range(address.bytes().begin(), address.bytes().end());
}

Result<void> PrefixSet::add(std::string_view text) {
  const bool positive = !text.starts_with('!');
  const auto prefix = parse_prefix(positive ? text : text.substr(1));
  if (!prefix) return std::unexpected(prefix.error());
  add(*prefix, positive);
  return {};
}

void PrefixSet::add(const Prefix& prefix, bool positive) {
  const Prefix network{prefix.address.masked(prefix.length), prefix.length};
  auto& same_length = by_length_[network.address.is_v6() ? 1 : 0][network.length];
  const auto [place, is_new] = same_length.try_emplace(network.address, entries_.size());
  if (is_new) {
    entries_.push_back({network, positive});
  } else {
    entries_[place->second].positive = positive;
  }
}

void PrefixSet::clear() {
  entries_.clear();
  for (auto& family : by_length_) family.clear();
}

bool PrefixSet::contains(const Address& address) const {
  for (const auto& [length, networks] : by_length_[address.is_v6() ? 1 : 0]) {
    if (const auto found = networks.find(address.masked(length)); found != networks.end()) {
      return entries_[found->second].positive;
    }
  }
  return false;
}

std::vector<std::string> PrefixSet::to_strings() const {
  std::vector<std::string> out;
  out.reserve(entries_.size());
  for (const auto& entry : entries_) out.push_back((entry.positive ? "" : "!") + entry.prefix.to_string());
  return out;
}

}  // namespace trackalert::base
