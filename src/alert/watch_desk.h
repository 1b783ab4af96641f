// SPDX-License-Identifier: Apache-2.0
// What stands under the lock of a Watch: the monitor, and what it said that is not in the store yet.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/watch.h"
#include "base/line_limiter.h"

namespace trackalert::alert {

/// What alerts of raiseAlert() are counted under, whatever rule they name.
inline constexpr std::string_view raised_by_policy = "raiseAlert";

/// How much of what the store does not have is written at once.
enum class Watch::Share {
  news,  ///< what is worth a write of its own, for while an attack goes on every report changes some alert
  some,  ///< and of the others as many as a lock may be held for
  all,
};

class Watch::Desk final : public Audience {
 public:
  Desk(const Surroundings& surroundings, const Options& options);

  void changed(const Alert& alert, AlertBook::News news) override;
  void closed(Alert alert) override;
  /// A closed one is other than the store has it: no news for anybody.
  void amended(Alert alert);

  /// Changes that are worth a write of their own, before anybody is answered.
  [[nodiscard]] bool has_news() const { return has_news_; }
  [[nodiscard]] bool all_saved() const { return unsaved_.empty() && closed_.empty() && news_.empty(); }
  /// What the store does not have as it is.
  [[nodiscard]] std::vector<const Alert*> unsaved(Share share);
  /// What is to be told and is not in the outbox yet, in its order.
  [[nodiscard]] std::span<const Outbox::Fresh> news() const { return news_; }
  /// How many times Share::some is all of it.
  [[nodiscard]] std::size_t unsaved_parts() const;
  /// They, and news().
  void note_saved(std::span<const Alert* const> alerts);

  void use(std::shared_ptr<const Routing> routing) { routing_ = std::move(routing); }

  Monitor monitor;
  std::vector<Allowance> configured;
  std::set<std::string> rules_with_metrics;

 private:
  void log(const Alert& alert);
  void route(const Alert& alert, News news);

  base::Log& log_;
  const base::Clock& clock_;
  Audience* const also_;
  metrics::Counter& news_lost_;
  base::LineLimiter lines_;
  std::set<std::string> unsaved_;      ///< ids of alerts in the book
  std::set<std::string> newly_heard_;  ///< those of them that are news
  std::vector<Alert> closed_;          ///< no longer in the book
  std::vector<Outbox::Fresh> news_;
  std::shared_ptr<const Routing> routing_;  ///< null: nobody is told
  bool has_news_ = false;
};

}  // namespace trackalert::alert
