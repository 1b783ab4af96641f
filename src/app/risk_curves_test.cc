// SPDX-License-Identifier: Apache-2.0
#include "app/risk_curves.h"

#include <gmock/gmock.h>

#include <limits>

namespace trackalert::app {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint32_t often = 12;

void add(RiskCurves& curves, std::string_view attack, unsigned times, double bits, std::uint32_t before = often) {
  for (unsigned i = 0; i < times; ++i) curves.add(attack, before, bits);
}

const RiskPoint& at(const std::vector<RiskPoint>& points, double caught) {
  for (const auto& point : points) {
    if (point.caught == caught) return point;
  }
  throw std::out_of_range("no such point");
}

TEST(RiskCurves, TheThresholdIsTheHighestThatCatchesTheShare) {
  RiskCurves curves;
  add(curves, "naive", 20, 1.05);
  add(curves, "naive", 380, 8.05);
  add(curves, "", 70, -3);
  add(curves, "", 25, 2);
  add(curves, "", 5, 9);
  const auto points = curves.points();
  ASSERT_THAT(points, SizeIs(RiskCurves::shares_caught.size()));
  EXPECT_EQ(points[0].attack, "naive");
  EXPECT_EQ(success_ranges.at(points[0].range).text, "6-18");
  EXPECT_EQ(points[0].attacks, 400);
  EXPECT_EQ(points[0].honest, 100);
  EXPECT_NEAR(at(points, 0.95).threshold_bits, 8, 0.01) << "380 of 400";
  EXPECT_NEAR(at(points, 0.95).challenged, 0.05, 1e-9);
  EXPECT_NEAR(at(points, 0.98).threshold_bits, 1, 0.01) << "it wants 12 of the 20 too";
  EXPECT_NEAR(at(points, 0.98).challenged, 0.30, 1e-9);
}

TEST(RiskCurves, RangesOfSuccessesStandApart) {
  RiskCurves curves;
  add(curves, "naive", 300, 5, 6);
  add(curves, "", 10, 6, 18);
  add(curves, "naive", 300, 5, 49);
  add(curves, "", 10, 4, UINT32_MAX);
  const auto points = curves.points();
  ASSERT_THAT(points, SizeIs(2 * RiskCurves::shares_caught.size()));
  EXPECT_EQ(points.front().challenged, 1);
  EXPECT_EQ(points.back().range, 4);
  EXPECT_EQ(points.back().challenged, 0);
}

TEST(RiskCurves, AFirstSuccessHasNoRisk) {
  RiskCurves curves;
  add(curves, "naive", 300, 5, 0);
  add(curves, "", 300, 5, 0);
  EXPECT_THAT(curves.points(), IsEmpty());
}

TEST(RiskCurves, FewAttacksMakeNoCurve) {
  RiskCurves curves;
  add(curves, "naive", RiskCurves::least_attacks - 1, 5);
  add(curves, "", 10, 5);
  EXPECT_THAT(curves.points(), IsEmpty());
}

TEST(RiskCurves, WhatIsBeyondCountsAtTheEnds) {
  RiskCurves curves;
  add(curves, "naive", 300, 1e9);
  add(curves, "", 10, -1e9);
  add(curves, "", 10, std::numeric_limits<double>::quiet_NaN());
  const auto points = curves.points();
  EXPECT_NEAR(points[0].threshold_bits, 50, 0.01);
  EXPECT_EQ(points[0].honest, 10);
  EXPECT_EQ(points[0].challenged, 0);
}

TEST(RiskCurves, MoreFamiliesThanFitAreLeftOut) {
  RiskCurves curves;
  add(curves, "", 10, 1);
  for (std::size_t i = 0; i <= RiskCurves::max_families; ++i) {
    add(curves, "f" + std::to_string(i), RiskCurves::least_attacks, 5);
  }
  EXPECT_THAT(curves.points(), SizeIs(RiskCurves::max_families * RiskCurves::shares_caught.size()));
}

}  // namespace
}  // namespace trackalert::app
