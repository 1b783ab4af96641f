// SPDX-License-Identifier: Apache-2.0
// A channel that does as it is told, and remembers what it was given.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "channel/channel.h"

namespace trackalert::channel {

class ScriptedChannel final : public Channel {
 public:
  void deliver(Message message, Done done) override {
    messages.push_back(std::move(message));
    if (holds) return held.push_back(std::move(done));
    if (fails.empty()) return done({});
    done({.kind = kind, .reason = fails, .retry_after = retry_after});
  }
  void stop(base::SteadyTime /*deadline*/) override {
    for (auto& done : std::exchange(held, {})) done({.kind = Outcome::Kind::failed, .reason = "aborted"});
  }
  /// Answers the oldest that it holds.
  void answer(Outcome outcome) {
    auto done = std::move(held.front());
    held.pop_front();
    done(std::move(outcome));
  }

  std::string fails;  ///< the reason; empty: it takes everything
  Outcome::Kind kind = Outcome::Kind::failed;
  std::optional<std::chrono::seconds> retry_after;
  bool holds = false;
  std::vector<Message> messages;
  std::deque<Done> held;
};

}  // namespace trackalert::channel
