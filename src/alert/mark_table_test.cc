// SPDX-License-Identifier: Apache-2.0
#include "alert/mark_table.h"

#include <gmock/gmock.h>

namespace trackalert::alert {
namespace {

using history::Facet;
using testing::SizeIs;

constexpr history::Time start = history::Time{1'795'000'000} * history::second;
constexpr std::uint32_t start_seconds = 1'795'000'000;

class MarkTableTest : public ::testing::Test {
 protected:
  MarkTableTest() {
    report.login = "ann";
    report.remote = *base::parse_address("192.0.2.1");
    arrival.report = &report;
    arrival.place.country_code = "FR";
    arrival.place.asn = 64'500;
    arrival.time = start;
    arrival.before.last_success = start_seconds - 3600;
  }
  static Mark mark(Facet facet, std::string_view text, bool usual, const std::string& login = "ann") {
    return {.login = login,
            .facet = facet,
            .value = history::value_from_text(facet, text).value(),
            .usual = usual,
            .since = start - history::hour,
            .alert = "a"};
  }
  MarkTable table;
  login::Report report;
  history::Arrival arrival;
};

TEST_F(MarkTableTest, WhatIsUsualIsKnownToWhoeverJudges) {
  table.restore({mark(Facet::country, "FR", true), mark(Facet::net, "192.0.2.0/24", true)});
  const auto judged = table.applied(arrival);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->before.values[0].last_success, start_seconds - 3600);
  EXPECT_EQ(judged->before.values[2].success_days, 30);
  EXPECT_EQ(judged->before.values[1], history::Familiarity::Value{}) << "nothing was said of the ASN";
}

TEST_F(MarkTableTest, OtherLoginsAndOtherValuesAreNotConcerned) {
  EXPECT_FALSE(table.applied(arrival)) << "no marks at all";
  table.restore({mark(Facet::country, "FR", true, "bob"), mark(Facet::country, "ES", true)});
  EXPECT_FALSE(table.applied(arrival));
}

TEST_F(MarkTableTest, WhatIsForgottenIsNewUntilItIsUsedAgain) {
  table.restore({mark(Facet::country, "FR", false)});
  arrival.before.values[0] = {.last_success = start_seconds - 3600, .success_days = 5};
  EXPECT_EQ(table.applied(arrival)->before.values[0], history::Familiarity::Value{});
  arrival.before.values[0] = {.last_success = start_seconds - 3599, .success_days = 5};
  const history::Familiarity::Value once{.last_success = start_seconds - 3599, .success_days = 1};
  EXPECT_EQ(table.applied(arrival)->before.values[0], once);
}

TEST_F(MarkTableTest, IsTakenBackByAlertAndErasedByLogin) {
  auto other = mark(Facet::asn, "64500", true);
  other.alert = "b";
  table.restore({mark(Facet::country, "FR", true), other, mark(Facet::country, "FR", true, "bob")});
  EXPECT_EQ(table.size(), 3U);
  table.take_back("a");
  EXPECT_THAT(table.of("ann"), SizeIs(1));
  EXPECT_THAT(table.of("bob"), SizeIs(0));
  table.set("ann", {mark(Facet::country, "FR", true), other});
  EXPECT_EQ(table.size(), 2U);
  table.erase_login("ann");
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace trackalert::alert
