// SPDX-License-Identifier: Apache-2.0
#include "app/risk_curves.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trackalert::app {
namespace {

constexpr double cells_per_bit = 10;
constexpr double cell_of_zero = 500;

}  // namespace

void RiskCurves::Histogram::add(double bits) {
  const auto cell = std::floor(bits * cells_per_bit + cell_of_zero);
  ++counts[static_cast<std::size_t>(std::clamp(cell, 0.0, static_cast<double>(cells - 1)))];
  ++total;
}

std::size_t RiskCurves::Histogram::cell_of(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total)));
  std::uint64_t sum = 0;
  for (auto cell = cells; cell-- > 0;) {
    sum += counts[cell];
    if (sum >= wanted) return cell;
  }
  return 0;
}

double RiskCurves::Histogram::share_from(std::size_t cell) const {
  if (total == 0) return 0;
  const auto begin = counts.begin() + static_cast<std::ptrdiff_t>(cell);
  return static_cast<double>(std::accumulate(begin, counts.end(), std::uint64_t{0})) / static_cast<double>(total);
}

void RiskCurves::add(std::string_view attack, std::uint32_t successes_before, double bits) {
  const auto in = [&](const SuccessRange& range) {
    return range.from <= successes_before && successes_before <= range.to;
  };
  const auto range = std::ranges::find_if(success_ranges, in);
  if (range == success_ranges.end() || !std::isfinite(bits)) return;
  const auto index = static_cast<std::size_t>(range - success_ranges.begin());
  if (attack.empty()) return honest_[index].add(bits);
  auto family = attacks_.find(attack);
  if (family == attacks_.end()) {
    if (attacks_.size() >= max_families) return;
    family = attacks_.try_emplace(std::string(attack)).first;
  }
  family->second[index].add(bits);
}

std::vector<RiskPoint> RiskCurves::points() const {
  std::vector<RiskPoint> out;
  for (const auto& [attack, histograms] : attacks_) {
    for (std::size_t range = 0; range < success_ranges.size(); ++range) {
      const auto& attacked = histograms[range];
      if (attacked.total < least_attacks || honest_[range].total == 0) continue;
      for (const auto share : shares_caught) {
        const auto cell = attacked.cell_of(share);
        out.push_back({attack, range, share, attacked.total, honest_[range].total,
                       (static_cast<double>(cell) - cell_of_zero) / cells_per_bit, honest_[range].share_from(cell)});
      }
    }
  }
  return out;
}

}  // namespace trackalert::app
