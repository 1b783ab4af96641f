// SPDX-License-Identifier: Apache-2.0
// What the engine asks the history when a rule has found something: names, and what is usual. Rare, so that a look-up
// may cost a while; each under limits. A history that cannot answer leaves the lists empty and is counted.
//
// Threads: the engine's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/history.h"

namespace trackalert::detect {

class Lookup {
 public:
  explicit Lookup(const history::History& history) : history_(history) {}

  using Texts = std::vector<std::string>;
  /// Logins that failed from there, most failures first.
  [[nodiscard]] Texts logins_tried_from(const base::Prefix& source, history::Time since, history::Time until,
                                        std::size_t limit);
  /// Addresses from which the login failed.
  [[nodiscard]] Texts sources_trying(std::string_view login, history::Time since, history::Time until);
  /// The values with most failures of all.
  [[nodiscard]] Texts top_of_failures(history::Facet facet, history::Time since, history::Time until,
                                      std::size_t limit);
  /// Newest first.
  [[nodiscard]] std::vector<history::Event> successes_from(const base::Prefix& source, history::Time since,
                                                           history::Time until);
  [[nodiscard]] std::vector<history::Event> failures_of(std::string_view login, history::Time since,
                                                        history::Time until);
  [[nodiscard]] std::optional<history::Event> last_success(std::string_view login, history::Time until);
  /// Different logins that came from an address or network in the days of the time.
  [[nodiscard]] std::uint64_t logins_from(const base::Prefix& source, history::Time since, history::Time until);
  [[nodiscard]] history::Profile profile(std::string_view login);

  /// "DE (40 days), FR (3 days)": the values of a facet that are most usual for the login, but for one.
  [[nodiscard]] static std::string usual(const history::Profile& profile, history::Facet facet,
                                         std::string_view but_for);

  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }

 private:
  [[nodiscard]] Texts top(const history::Query& query);
  [[nodiscard]] std::vector<history::Event> events(const history::Query& query);

  const history::History& history_;
  std::uint64_t asked_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace trackalert::detect
