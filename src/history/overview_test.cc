// SPDX-License-Identifier: Apache-2.0
#include "history/overview.h"

#include <gtest/gtest.h>

#include "base/json_value.h"
#include "history/guarded_history_for_tests.h"
#include "history/overview_json.h"
#include "history/overview_text.h"

namespace trackalert::history {
namespace {

class OverviewTest : public testing::Test {
 protected:
  void remember(const std::string& login, const std::string& remote, bool success, Time ago) {
    login::Report report;
    report.login = login;
    report.remote = *base::parse_address(remote);
    report.success = success;
    report.t = base::to_unix_seconds(clock.now()) - static_cast<double>(ago) / second;
    Arrival arrival{.report = &report, .place = {.country_code = "DE", .city = "Bonn", .as_name = "", .asn = 64500}};
    ASSERT_TRUE(history.append({&arrival, 1}));
  }
  static base::Prefix network(const char* text) { return *base::parse_prefix(text); }

  base::FakeClock clock;
  GuardedHistory history{clock};
};

TEST_F(OverviewTest, OfALogin) {
  remember("ann", "192.0.2.1", true, 3 * day);
  remember("ann", "192.0.2.2", false, minute);
  remember("bob", "192.0.2.2", false, minute);
  const auto overview = login_overview(history, "ann", clock).value();
  EXPECT_TRUE(overview.known());
  EXPECT_EQ(overview.profile.total().successes, 1);
  ASSERT_EQ(overview.trend.size(), 3);
  EXPECT_STREQ(overview.trend[0].window, "24h");
  EXPECT_EQ(overview.trend[0].sums.successes, 0);
  EXPECT_EQ(overview.trend[1].sums.successes, 1);
  EXPECT_EQ(overview.trend[1].sums.remotes.count(), 2);
  EXPECT_EQ(overview.events.events.size(), 2);
  EXPECT_FALSE(login_overview(history, "nobody", clock).value().known());
}

TEST_F(OverviewTest, OfAnAddressAndItsNetworks) {
  remember("ann", "192.0.2.1", true, day / 2);
  remember("bob", "192.0.2.2", false, minute);
  remember("eve", "192.0.3.1", false, minute);
  const auto address = remote_overview(history, network("192.0.2.2"), clock).value();
  EXPECT_EQ(address.trend[0].sums.failures, 1);
  EXPECT_EQ(address.trend[0].sums.logins.count(), 1);
  const auto net = remote_overview(history, network("192.0.2.0/24"), clock).value();
  EXPECT_EQ(net.trend[0].sums.logins.count(), 1);
  EXPECT_EQ(net.trend[1].sums.logins.count(), 2);
  const auto wide = remote_overview(history, network("192.0.0.0/16"), clock).value();
  EXPECT_EQ(wide.trend[0].sums.failures, 2);
  EXPECT_EQ(wide.trend[1].sums.successes, 1);
  EXPECT_FALSE(wide.trend[1].has_sets);
  ASSERT_EQ(wide.tops.size(), 4);
  EXPECT_EQ(wide.tops[0].facet, Facet::login);
  EXPECT_EQ(wide.tops[0].rows.size(), 3);
  EXPECT_EQ(wide.tops[1].rows, (std::vector<TopAnswer::Row>{{"DE", 3}}));
  EXPECT_FALSE(remote_overview(history, network("198.51.100.1"), clock).value().known());
}

TEST_F(OverviewTest, ItsLimitsHold) {
  for (int i = 0; i < 5; ++i) remember("user" + std::to_string(i), "192.0.2.1", true, minute);
  const auto overview = remote_overview(history, network("192.0.2.1"), clock, {.events = 2, .top = 3}).value();
  EXPECT_EQ(overview.events.events.size(), 2);
  EXPECT_TRUE(overview.events.next);
  EXPECT_EQ(overview.tops[0].rows.size(), 3);
  const auto late = login_overview(history, "user1", clock, {.time = std::chrono::milliseconds(0)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, QueryError::Kind::limit);
}

TEST_F(OverviewTest, AsJsonAndAsText) {
  remember("ann\x1b[2J", "192.0.2.1", true, minute);
  const auto login = login_overview(history, "ann\x1b[2J", clock).value();
  const auto remote = remote_overview(history, network("192.0.2.0/24"), clock).value();
  for (const auto& json : {overview_json(login), overview_json(remote)}) EXPECT_TRUE(base::parse_json(json)) << json;
  for (const auto& text : {overview_text(login), overview_text(remote)}) {
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_NE(text.find("ann\\x1b[2J"), text.npos) << text;
    EXPECT_TRUE(text.ends_with('\n'));
  }
  EXPECT_TRUE(overview_text(remote).starts_with("network     192.0.2.0/24\n"));
  history.break_with("full");
  EXPECT_TRUE(status_text(history.status(), "/x").ends_with("accepting   no: full\n"));
}

}  // namespace
}  // namespace trackalert::history
