// SPDX-License-Identifier: Apache-2.0
// What there is to say about one login, one address or one network at a glance: the questions that people ask first,
// put together. Made of the History's own answers, whatever engine gives them. Any thread.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/prefix.h"
#include "history/history.h"

namespace trackalert::history {

/// What a look may cost.
struct OverviewLimits {
  std::chrono::milliseconds time{10'000};  ///< of all questions together
  std::size_t events = 50;                 ///< the newest
  std::size_t top = 10;                    ///< values of each facet
};

/// Counts of a window that ends now.
struct WindowSums {
  const char* window = "";  ///< "24h"
  TrendSums sums;
  bool has_sets = true;  ///< how wide is known; false: only counted
};

struct LoginOverview {
  std::string login;
  Profile profile;  ///< empty: never seen
  std::vector<WindowSums> trend;
  EventsAnswer events;

  [[nodiscard]] bool known() const { return !profile.empty() || !events.events.empty(); }
};

/// Of the last 30 days, but for `trend`.
struct RemoteOverview {
  struct Top {
    Facet facet = Facet::login;
    std::vector<TopAnswer::Row> rows;  ///< by reports
    bool approximate = false;
  };

  base::Prefix remote;  ///< one address: of its full length
  std::vector<WindowSums> trend;
  EventsAnswer events;
  std::vector<Top> tops;  ///< login, country, asn, device

  [[nodiscard]] bool known() const { return !events.events.empty() || sums_of_longest() > 0; }

 private:
  [[nodiscard]] std::uint64_t sums_of_longest() const {
    return trend.empty() ? 0 : trend.back().sums.successes + trend.back().sums.failures;
  }
};

/// "24h", "7d", "30d".
[[nodiscard]] QueryResult<LoginOverview> login_overview(const History& history, const std::string& login,
                                                        const base::Clock& clock, const OverviewLimits& limits = {});
/// "1h", "24h", "7d", "30d". Networks other than those of the net facet have no trend; they are counted.
[[nodiscard]] QueryResult<RemoteOverview> remote_overview(const History& history, const base::Prefix& remote,
                                                          const base::Clock& clock, const OverviewLimits& limits = {});

}  // namespace trackalert::history
