// SPDX-License-Identifier: Apache-2.0
// How much and when a channel may say. Values; any thread.
#pragma once

#include <algorithm>
#include <optional>

#include "base/result.h"
#include "channel/hours.h"
#include "history/event.h"

namespace trackalert::channel {

/// So many messages a period; after a pause so many at once.
struct Rate {
  double messages = 0;
  history::Time period = 0;
};
/// "10/m", "100/h", "5/s", "20/d"
[[nodiscard]] base::Result<Rate> parse_rate(std::string_view text);

struct Limits {
  std::optional<Rate> rate;
  history::Time digest = 0;    ///< one message for all that came in so long; 0: each at once
  std::optional<Hours> quiet;  ///< nothing goes out
  std::size_t at_once = 1;     ///< messages on their way
  bool digests = false;        ///< what a limit held back may go as one message
};

/// What a rate leaves over: a bucket that fills with time.
class Allowance {
 public:
  Allowance(const Rate& rate, history::Time now) : rate_(rate), tokens_(rate.messages), filled_(now) {}

  [[nodiscard]] bool take(history::Time now) {
    fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  /// What was taken was for nothing.
  void give_back() { tokens_ = std::min(rate_.messages, tokens_ + 1); }
  [[nodiscard]] bool has(history::Time now) {
    fill(now);
    return tokens_ >= 1;
  }

 private:
  void fill(history::Time now) {
    const auto passed = static_cast<double>(std::max<history::Time>(now - filled_, 0));
    tokens_ = std::min(rate_.messages, tokens_ + passed * rate_.messages / static_cast<double>(rate_.period));
    filled_ = now;
  }

  Rate rate_;
  double tokens_;
  history::Time filled_;
};

}  // namespace trackalert::channel
