// SPDX-License-Identifier: Apache-2.0
#include "detect/risk.h"

#include <gtest/gtest.h>

#include <cmath>

namespace trackalert::detect {
namespace {

constexpr std::size_t bytes = 1 << 16;

/// A success, and what its login's profile knew before.
struct Success {
  login::Report report;
  history::Arrival arrival;

  explicit Success(const std::string& remote = "1.2.3.4", const std::string& country = "DE", std::uint32_t asn = 1) {
    report.login = "ann";
    report.remote = *base::parse_address(remote);
    report.success = true;
    report.protocol = "imap";
    report.t = 1'795'000'000;
    arrival.report = &report;
    arrival.time = history::Time{1'795'000'000} * history::second;
    arrival.place.country_code = country;
    arrival.place.asn = asn;
    arrival.before.present = 0x3f;
  }
  Success(const Success&) = delete;
  Success& operator=(const Success&) = delete;

  /// The login has succeeded on so many days, with the report's value on so many of them.
  Success& days(std::uint16_t all) {
    arrival.before.success_days = all;
    arrival.before.successes = all;
    arrival.before.last_success = 1'794'900'000;
    return *this;
  }
  Success& seen(Known what, std::uint16_t on) {
    arrival.before.values[static_cast<std::size_t>(what)] = {.last_success = 1'794'900'000, .success_days = on};
    return *this;
  }
};

class RiskTest : public ::testing::Test {
 protected:
  [[nodiscard]] Risk risk_of(const Success& success, bool alerted = false) const {
    return model.judge(Sighting(success.arrival, hasher, kinds), hasher, alerted);
  }
  void count(const Success& success, int times) {
    for (int i = 0; i < times; ++i) model.count(Sighting(success.arrival, hasher, kinds), hasher);
  }
  static double bits(const Risk& risk, RiskFeature feature) { return risk.bits[static_cast<std::size_t>(feature)]; }

  Hasher hasher{1};
  AsnKinds kinds;
  RiskModel model{bytes};
};

TEST_F(RiskTest, OfACountryIsTheFormula) {
  const Success german;
  const Success french("5.6.7.8", "FR", 2);
  count(german, 75);
  count(french, 25);
  Success abroad("5.6.7.8", "FR", 2);
  abroad.days(8);
  // p_all = 25.5 / 101; n = 0, N = 8, a = 2: p_login = 2 * p_all / 10.
  EXPECT_NEAR(bits(risk_of(abroad), RiskFeature::country), std::log2(5), 1e-5);
  Success home;
  home.days(8).seen(Known::country, 8);
  const double all = 75.5 / 101;
  EXPECT_NEAR(bits(risk_of(home), RiskFeature::country), std::log2(all / ((8 + 2 * all) / 10)), 1e-5);
  EXPECT_LT(bits(risk_of(home), RiskFeature::country), 0) << "more usual for her than for everybody";
}

TEST_F(RiskTest, ANewAddressInAUsualNetworkCostsLittle) {
  for (int i = 0; i < 50; ++i) count(Success("1.2." + std::to_string(i) + ".4"), 4);
  count(Success("5.6.7.8", "FR", 2), 200);
  Success near("1.2.77.4");
  near.days(20).seen(Known::country, 20).seen(Known::asn, 20);
  Success far("5.6.7.8", "FR", 2);
  far.days(20);
  const auto sum = [&](const Success& of) {
    const auto risk = risk_of(of);
    return bits(risk, RiskFeature::country) + bits(risk, RiskFeature::asn) + bits(risk, RiskFeature::net);
  };
  EXPECT_LT(sum(near) + 3, sum(far));
}

TEST_F(RiskTest, OfNetworksIsTheRatioOfTheLast) {
  count(Success(), 60);
  count(Success("5.6.7.8", "FR", 2), 40);
  Success home;
  home.days(10).seen(Known::country, 9).seen(Known::asn, 7).seen(Known::net, 4);
  const auto risk = risk_of(home);
  const auto share = [](double count, double of) { return std::min(1.0, (count + 0.5) / (of + 1)); };
  const double country = (9 + 2 * share(60, 100)) / 12;
  const double asn = (7 + 2 * country * share(60, 60)) / 12;
  const double net = (4 + 2 * asn * share(60, 60)) / 12;
  const double all = share(60, 100) * share(60, 60) * share(60, 60);
  EXPECT_NEAR(bits(risk, RiskFeature::country) + bits(risk, RiskFeature::asn) + bits(risk, RiskFeature::net),
              std::log2(all / net), 1e-4)
      << "the levels telescope";
}

TEST_F(RiskTest, WhatIsNotKnownIsNoRisk) {
  count(Success(), 10);
  EXPECT_EQ(risk_of(Success()).known, 0) << "a login without a success";
  Success private_address("10.1.2.3", "", 0);
  private_address.days(10);
  private_address.arrival.before.present = 0;
  const auto risk = risk_of(private_address);
  EXPECT_FALSE(risk.has(RiskFeature::country));
  EXPECT_FALSE(risk.has(RiskFeature::net));
  EXPECT_EQ(risk.total(), 0);
}

TEST_F(RiskTest, EvidenceAddsItsBits) {
  count(Success(), 10);
  Success success;
  success.days(10);
  const double without = risk_of(success).total();
  EXPECT_NEAR(risk_of(success, true).total(), without + 8, 1e-5);
  success.seen(Known::net, 3);
  EXPECT_FALSE(risk_of(success, true).has(RiskFeature::alerted)) << "she was there before";
}

TEST_F(RiskTest, AFloodOfInventedValuesStaysFiniteAndWithinMemory) {
  FrequencyTable table(4096);
  EXPECT_LE(table.bytes(), 4096);
  for (std::uint64_t i = 0; i < 100'000; ++i) table.add(i * 0x9e3779b97f4a7c15);
  table.add(7);
  EXPECT_GE(table.count(7), 1);
  for (int i = 0; i < 20'000; ++i) {
    count(Success("1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".4", "DE",
                  static_cast<std::uint32_t>(i + 1)),
          1);
  }
  Success success;
  success.days(10);
  EXPECT_TRUE(std::isfinite(risk_of(success).total()));
  EXPECT_GT(risk_of(success).total(), 0);
}

TEST(RiskFeature, HasAName) {
  for (std::size_t i = 0; i < risk_feature_count; ++i)
    EXPECT_FALSE(risk_feature_name(static_cast<RiskFeature>(i)).empty());
}

}  // namespace
}  // namespace trackalert::detect
