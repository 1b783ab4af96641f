// SPDX-License-Identifier: Apache-2.0
// How little a report looks like its login, in bits: for each feature log2 of how much rarer the value is for this
// login than for everybody; then what else speaks against it. The sum is a likelihood ratio: each bit halves the odds
// that it is the owner, as far as features are independent.
//
//   bits = log2(p_all(x) / p_login(x)),  p_login(x) = (n(x) + a * p_up(x)) / (N + a)
//
// n(x) are the days on which the login succeeded with x, N all its days with a success, a the strength of the prior.
// The prior p_up is everybody's distribution, for values that nest what the level above says: p_up(asn) =
// p_login(country) * p_all(asn | country), so that a new address in a usual network costs little. After Freeman et al.,
// "Who Are You?", NDSS 2016; Wiefling et al., ACM TOPS 2022, mix the levels of a feature by weights (network .6, ASN
// .3, country .1), where the nesting prior takes the login's own counts to say how much each level tells.
//
// What is not known (no place, no device, a private address, a login without a success) is 0 bits, and said to be
// unknown.
//
// Threads: as the engine's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "detect/frequency_table.h"
#include "detect/sighting.h"

namespace trackalert::detect {

enum class RiskFeature : std::uint8_t {
  country,
  asn,  ///< within its country
  net,  ///< /24 or /48, within its ASN
  device,
  protocol,
  hour,  ///< of the week
  // Evidence, not compared with anybody:
  network_kind,  ///< an anonymiser or hosting, new for the login
  guesses,       ///< by strangers, in the hour before
  alerted,       ///< an alert names the source
  dormant,
};
inline constexpr std::size_t risk_feature_count = 10;
[[nodiscard]] std::string_view risk_feature_name(RiskFeature feature);

/// A plain value.
struct Risk {
  std::array<float, risk_feature_count> bits{};
  std::uint16_t known = 0;  ///< a bit for each feature that says something

  [[nodiscard]] bool has(RiskFeature feature) const { return (known >> static_cast<unsigned>(feature) & 1U) != 0; }
  void set(RiskFeature feature, double value) {
    bits[static_cast<std::size_t>(feature)] = static_cast<float>(value);
    known = static_cast<std::uint16_t>(known | 1U << static_cast<unsigned>(feature));
  }
  [[nodiscard]] double total() const {
    double sum = 0;
    for (const auto one : bits) sum += one;
    return sum;
  }
};

class RiskModel {
 public:
  explicit RiskModel(std::size_t bytes) : all_(bytes) {}

  /// Before the report is counted. `alerted`: an alert names its source.
  [[nodiscard]] Risk judge(const Sighting& sighting, const Hasher& hasher, bool alerted) const;
  /// A success.
  void count(const Sighting& sighting, const Hasher& hasher);

 private:
  struct Keys;
  [[nodiscard]] double share(std::uint64_t value, std::uint64_t of) const;
  void judge_network(const Sighting& sighting, const Keys& keys, Risk& risk) const;
  void judge_alone(RiskFeature feature, Known known, std::uint64_t key, const Sighting& sighting, Risk& risk) const;

  FrequencyTable all_;
};

}  // namespace trackalert::detect
