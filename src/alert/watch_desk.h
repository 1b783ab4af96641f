// SPDX-License-Identifier: Apache-2.0
// What stands under the lock of a Watch: the monitor, and what it said that is not in the store yet.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "alert/watch.h"
#include "base/line_limiter.h"

namespace trackalert::alert {

class Watch::Desk final : public Audience {
 public:
  Desk(const Surroundings& surroundings, const Options& options);

  void changed(const Alert& alert, AlertBook::News news) override;
  void closed(Alert alert) override;
  /// A closed one is other than the store has it: no news for anybody.
  void amended(Alert alert);

  /// Changes that are worth a write of their own, before anybody is answered.
  [[nodiscard]] bool has_news() const { return has_news_; }
  [[nodiscard]] bool all_saved() const { return unsaved_.empty() && closed_.empty(); }
  /// What the store does not have as it is.
  [[nodiscard]] std::vector<const Alert*> unsaved() const;
  void note_saved();

  Monitor monitor;
  std::vector<Allowance> configured;
  std::set<std::string> rules_with_metrics;

 private:
  void tell(const Alert& alert);

  base::Log& log_;
  base::LineLimiter lines_;
  std::set<std::string> unsaved_;  ///< ids of alerts in the book
  std::vector<Alert> closed_;      ///< no longer in the book
  bool has_news_ = false;
};

}  // namespace trackalert::alert
