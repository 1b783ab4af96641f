// SPDX-License-Identifier: Apache-2.0
// How many owners a threshold of the risk score would challenge, where it catches a given share of attackers who know
// the password: measured on labelled reports, in the manner of Wiefling et al., ACM TOPS 2022. How often a login has
// succeeded before says how much is known of it, so there is a curve for each range of that.
//
// Memory: a histogram of tenths of a bit for each family and range; max_families. Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trackalert::app {

/// Successes of the login before, both ends included.
struct SuccessRange {
  std::uint32_t from;
  std::uint32_t to;
  std::string_view text;
};
/// Published curves stand at 12 and at 39 logins.
inline constexpr std::array<SuccessRange, 5> success_ranges{
    {{1, 5, "1-5"}, {6, 18, "6-18"}, {19, 29, "19-29"}, {30, 48, "30-48"}, {49, UINT32_MAX, "49 and more"}}};

/// A point of a curve.
struct RiskPoint {
  std::string attack;
  std::size_t range;  ///< index in success_ranges
  double caught;      ///< share of the attacks that is asked for
  std::uint64_t attacks;
  std::uint64_t honest;
  double threshold_bits;  ///< the highest, in tenths, from which on at least that share is caught
  double challenged;      ///< share of the honest logins
};

class RiskCurves {
 public:
  static constexpr std::size_t max_families = 64;
  static constexpr std::array<double, 5> shares_caught{0.999, 0.995, 0.98, 0.95, 0.9};
  /// With fewer attacks a share of a thousandth means nothing.
  static constexpr std::uint64_t least_attacks = 200;

  /// A login that succeeded; `attack` is the family, empty for its owner. Without a success before there is no risk.
  void add(std::string_view attack, std::uint32_t successes_before, double bits);
  /// By family, range and falling share.
  [[nodiscard]] std::vector<RiskPoint> points() const;

 private:
  static constexpr std::size_t cells = 1001;  ///< tenths of a bit from -50 to 50, what is beyond in the last ones
  struct Histogram {
    std::array<std::uint64_t, cells> counts{};
    std::uint64_t total = 0;
    void add(double bits);
    /// The highest cell from which on there is at least such a share.
    [[nodiscard]] std::size_t cell_of(double share) const;
    [[nodiscard]] double share_from(std::size_t cell) const;
  };
  using Histograms = std::array<Histogram, success_ranges.size()>;

  Histograms honest_;
  std::map<std::string, Histograms, std::less<>> attacks_;
};

}  // namespace trackalert::app
