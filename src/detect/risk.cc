// SPDX-License-Identifier: Apache-2.0
#include "detect/risk.h"

#include <cmath>

#include "history/facet.h"

namespace trackalert::detect {
namespace {

/// Days that everybody's distribution is worth beside a login's own.
constexpr double prior_days = 2;
/// Few people keep to hours of the week, and a login has few days with each.
constexpr double prior_days_of_hours = 20;

constexpr double bits_of_kind = 3;
constexpr double bits_of_alert = 8;
constexpr double bits_of_dormant = 2;
constexpr double most_bits_of_guesses = 6;
constexpr Seconds dormant_after = 90 * seconds_per_day;

std::uint64_t mixed(std::uint64_t value, std::uint64_t salt) {
  // The end of MurmurHash3: the table wants all bits.
  value ^= salt * 0x9e3779b97f4a7c15;
  value = (value ^ value >> 33) * 0xff51afd7ed558ccd;
  value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53;
  return value ^ value >> 33;
}

double ratio_bits(double all, double own) {
  return std::log2(all / own);
}

}  // namespace

std::string_view risk_feature_name(RiskFeature feature) {
  static constexpr std::array<std::string_view, risk_feature_count> names{
      "country", "asn", "net", "device", "protocol", "hour", "network_kind", "guesses", "alerted", "dormant"};
  return names.at(static_cast<std::size_t>(feature));
}

/// What a report's values are counted under.
struct RiskModel::Keys {
  Keys(const Sighting& s, const Hasher& hasher) {
    const auto& place = s.place();
    if (s.has(Known::country)) country = mixed(hasher(place.country_code), 1);
    if (s.has(Known::asn)) asn = mixed(place.asn, 2);
    if (s.has(Known::net)) net = mixed(s.net, 3);
    if (s.has(Known::device)) device = mixed(hasher(history::device_text(s.report().device_attrs)), 4);
    if (s.has(Known::protocol)) protocol = mixed(hasher(s.report().protocol), 5);
    hour = mixed(s.now / 3600 % 168, 6);
  }
  static constexpr std::uint64_t everything = 0x2545f4914f6cdd1d;
  std::uint64_t country = everything;
  std::uint64_t asn = 0;
  std::uint64_t net = 0;
  std::uint64_t device = 0;
  std::uint64_t protocol = 0;
  std::uint64_t hour = 0;
};

/// Everybody's share of a value among those that have the other; never 0, since nobody has seen everything.
double RiskModel::share(std::uint64_t value, std::uint64_t of) const {
  return std::min(1.0, (all_.count(value) + 0.5) / (all_.count(of) + 1.0));
}

void RiskModel::judge_network(const Sighting& s, const Keys& keys, Risk& risk) const {
  const double days = s.arrival().before.success_days;
  double own_above = 1;  // of the level above, as p_login
  std::uint64_t above = Keys::everything;
  const auto level = [&](RiskFeature feature, Known known, std::uint64_t key) {
    if (!s.has(known)) return;
    const double all = share(key, above);
    const double own = std::min(1.0, (s.days(known) + prior_days * own_above * all) / (days + prior_days));
    risk.set(feature, ratio_bits(all, std::min(1.0, own / own_above)));
    own_above = own;
    above = key;
  };
  level(RiskFeature::country, Known::country, keys.country);
  level(RiskFeature::asn, Known::asn, keys.asn);
  level(RiskFeature::net, Known::net, keys.net);
}

void RiskModel::judge_alone(RiskFeature feature, Known known, std::uint64_t key, const Sighting& s, Risk& risk) const {
  if (!s.has(known)) return;
  const double prior = feature == RiskFeature::hour ? prior_days_of_hours : prior_days;
  const double all = share(key, Keys::everything);
  const double own = (s.days(known) + prior * all) / (s.arrival().before.success_days + prior);
  risk.set(feature, ratio_bits(all, std::min(1.0, own)));
}

Risk RiskModel::judge(const Sighting& s, const Hasher& hasher, bool alerted) const {
  Risk risk;
  if (s.arrival().before.success_days > 0) {
    const Keys keys(s, hasher);
    judge_network(s, keys, risk);
    judge_alone(RiskFeature::device, Known::device, keys.device, s, risk);
    judge_alone(RiskFeature::protocol, Known::protocol, keys.protocol, s, risk);
    judge_alone(RiskFeature::hour, Known::hour, keys.hour, s, risk);
    const bool kind = (s.network_kinds & (AsnKinds::anonymiser | AsnKinds::hosting)) != 0;
    if (kind && !s.ever(Known::net)) risk.set(RiskFeature::network_kind, bits_of_kind);
    if (s.dormant() >= dormant_after) risk.set(RiskFeature::dormant, bits_of_dormant);
  }
  if (s.guesses_before > 0) {
    risk.set(RiskFeature::guesses, std::min(most_bits_of_guesses, 2 * std::log2(1.0 + s.guesses_before)));
  }
  if (alerted && !s.net_known()) risk.set(RiskFeature::alerted, bits_of_alert);
  return risk;
}

void RiskModel::count(const Sighting& s, const Hasher& hasher) {
  const Keys keys(s, hasher);
  if (keys.country != Keys::everything) all_.add(keys.country);
  for (const auto key : {keys.asn, keys.net, keys.device, keys.protocol, keys.hour, Keys::everything}) {
    if (key != 0) all_.add(key);
  }
}

}  // namespace trackalert::detect
