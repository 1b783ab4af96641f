// SPDX-License-Identifier: Apache-2.0
#include "alert/allow_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/container_hash/hash.hpp>
#include <charconv>

#include "alert/short_hash.h"
#include "base/ascii.h"
#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::alert {
namespace {

using What = Allowance::What;

constexpr std::array<std::string_view, 4> names{"remote", "login", "asn", "country"};
constexpr std::size_t max_login_bytes = 1024;
constexpr std::size_t max_detection_bytes = 64;
constexpr std::size_t max_reason_bytes = 1024;
constexpr std::size_t max_by_bytes = 64;

std::string allowance_id(const Allowance& allowance) {
  return short_hash(fmt::format("{}\n{}\n{}", allowance_name(allowance.what), allowance.detection, allowance.value));
}

/// As clients' addresses are, so that it can be found by equality: IPv4 where it is mapped, host bits cleared.
base::Prefix plain(base::Prefix network) {
  constexpr unsigned mapped_bits = 96;
  if (network.address.is_mapped_v4() && network.length >= mapped_bits) {
    network = {network.address.unmapped(), network.length - mapped_bits};
  }
  return {network.address.masked(network.length), network.length};
}

std::string network_text(const base::Prefix& network) {
  return network.length == network.address.bits() ? network.address.to_string() : network.to_string();
}

base::Result<std::string> canonical(What what, std::string_view value) {
  switch (what) {
    case What::remote: {
      const auto network = base::parse_prefix(value);
      if (!network) return base::fail("value must be an address or a network (192.0.2.0/24), not \"{}\"", value);
      return network_text(plain(*network));
    }
    case What::login:
      if (value.empty() || value.size() > max_login_bytes) {
        return base::fail("value must be a login of 1 to {} bytes", max_login_bytes);
      }
      return std::string(value);
    case What::asn: {
      auto digits = value;
      if (digits.starts_with("AS") || digits.starts_with("as")) digits.remove_prefix(2);
      std::uint32_t number = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (error != std::errc{} || end != digits.data() + digits.size() || number == 0) {
        return base::fail("value must be the number of an autonomous system (64500 or AS64500), not \"{}\"", value);
      }
      return std::to_string(number);
    }
    case What::country: {
      std::string country(value);
      std::ranges::transform(country, country.begin(), base::to_upper);
      if (country.size() != 2 || !std::ranges::all_of(country, base::is_upper)) {
        return base::fail("value must be a country of two letters (DE), not \"{}\"", value);
      }
      return country;
    }
  }
  return base::fail("what must be one of {}", fmt::join(names, ", "));
}

bool is_detection(std::string_view name) {
  const auto fits = [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '_'; };
  return name.size() <= max_detection_bytes && std::ranges::all_of(name, fits);
}

}  // namespace

std::string_view allowance_name(What what) {
  return names.at(static_cast<std::size_t>(what));
}

base::Result<Allowance> make_allowance(std::string_view what, Allowance draft) {
  const auto* const at = std::ranges::find(names, what);
  if (at == names.end()) return base::fail("what must be one of {}, not \"{}\"", fmt::join(names, ", "), what);
  draft.what = static_cast<What>(at - names.begin());
  auto value = canonical(draft.what, draft.value);
  if (!value) return std::unexpected(value.error());
  draft.value = std::move(*value);
  if (!is_detection(draft.detection)) {
    return base::fail("detection must be a detection's name (small letters, digits and _), or empty for all");
  }
  if (draft.reason.size() > max_reason_bytes) return base::fail("reason may have at most {} bytes", max_reason_bytes);
  if (draft.by.size() > max_by_bytes) return base::fail("by may have at most {} bytes", max_by_bytes);
  if (draft.until < 0 || (draft.until != 0 && draft.until <= draft.since)) {
    return base::fail("until must lie in the future, or be left out: for good");
  }
  draft.id = allowance_id(draft);
  return draft;
}

std::string allowance_json(const Allowance& allowance) {
  base::JsonWriter json;
  json.begin_object().key("id").value(allowance.id).key("what").value(allowance_name(allowance.what));
  json.key("value").value(allowance.value);
  if (!allowance.detection.empty()) json.key("detection").value(allowance.detection);
  json.key("reason").value(allowance.reason);
  if (allowance.until != 0) json.key("until").raw(history::format_seconds(allowance.until));
  json.key("since").raw(history::format_seconds(allowance.since)).key("by").value(allowance.by);
  return std::move(json.end_object()).text();
}

std::size_t AllowList::AddressHash::operator()(const base::Address& address) const {
  return boost::hash_range(address.bytes().begin(), address.bytes().end());
}

AllowList::AllowList(std::vector<Allowance> entries) : entries_(std::move(entries)) {
  if (entries_.size() > max_entries) entries_.resize(max_entries);
  for (std::uint32_t number = 0; number < entries_.size(); ++number) {
    const auto& entry = entries_[number];
    switch (entry.what) {
      case What::remote:
        if (const auto network = base::parse_prefix(entry.value)) {
          networks_[network->address.is_v6() ? 1 : 0][network->length][network->address].push_back(number);
        }
        break;
      case What::login:
        logins_[entry.value].push_back(number);
        break;
      case What::country:
        countries_[entry.value].push_back(number);
        break;
      case What::asn: {
        std::uint32_t asn = 0;
        std::from_chars(entry.value.data(), entry.value.data() + entry.value.size(), asn);
        asns_[asn].push_back(number);
        break;
      }
    }
  }
}

const Allowance* AllowList::among(const Numbers& numbers, const Question& question) const {
  for (const auto number : numbers) {
    const auto& entry = entries_[number];
    if (entry.in_force(question.now) && (entry.detection.empty() || entry.detection == question.rule)) return &entry;
  }
  return nullptr;
}

const Allowance* AllowList::by_network(const base::Prefix& network, const Question& question) const {
  for (const auto& [length, networks] : networks_[network.address.is_v6() ? 1 : 0]) {
    if (length > network.length) continue;  // covers a part of it only
    const auto at = networks.find(network.address.masked(length));
    if (at == networks.end()) continue;
    if (const auto* entry = among(at->second, question)) return entry;
  }
  return nullptr;
}

const Allowance* AllowList::by_text(const ByText& texts, std::string_view text, const Question& question) const {
  const auto at = texts.find(text);
  return at == texts.end() ? nullptr : among(at->second, question);
}

const Allowance* AllowList::allows(std::string_view rule, const Subject& subject, history::Time now) const {
  if (entries_.empty()) return nullptr;
  const Question question{.rule = rule, .now = now};
  if (subject.remote != nullptr) {
    const auto address = subject.remote->unmapped();
    if (const auto* entry = by_network({address, address.bits()}, question)) return entry;
  }
  if (const auto* entry = by_text(logins_, subject.login, question)) return entry;
  if (const auto at = asns_.find(subject.asn); at != asns_.end()) {
    if (const auto* entry = among(at->second, question)) return entry;
  }
  return by_text(countries_, subject.country, question);
}

const Allowance* AllowList::allows_key(std::string_view rule, std::string_view key, history::Time now) const {
  if (entries_.empty()) return nullptr;
  const Question question{.rule = rule, .now = now};
  const auto colon = key.find(':');
  if (colon == key.npos) return nullptr;
  const auto kind = key.substr(0, colon);
  const auto value = key.substr(colon + 1);
  if (kind == "login") return by_text(logins_, value, question);
  if (kind != "remote" && kind != "net") return nullptr;
  const auto network = base::parse_prefix(value);
  return network ? by_network(plain(*network), question) : nullptr;
}

}  // namespace trackalert::alert
