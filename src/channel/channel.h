// SPDX-License-Identifier: Apache-2.0
// A way by which alerts leave: a webhook, a mail server, a program. It is handed one message at a time for each slot
// that it has, and says what became of it; the queue, the order, the limits and the retries are not its business
// (courier.h).
//
// Threads: deliver() is called by one thread, never blocks, and may be called again before the answer to the one
// before. The answer may come on any thread, that one included, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alert/alert.h"
#include "alert/news.h"
#include "base/clock.h"

namespace trackalert::channel {

using alert::News;
using alert::news_name;

struct Item {
  alert::Alert alert;  ///< as it is now, not as it was when the news came
  News news = News::opened;
};

struct Message {
  std::string delivery_id;      ///< of this message through all its tries; of a digest too
  std::vector<Item> items;      ///< one; in a digest all that it tells, in order
  std::string data;             ///< of a policy's webhook, in place of items
  bool digest = false;          ///< a summary: several, or one that waited for it
  std::uint64_t not_shown = 0;  ///< further alerts that a digest counts but does not list
  std::uint64_t held_back = 0;  ///< news that a limit swallowed since the last message that went out
  unsigned attempt = 1;
  base::WallTime now;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    delivered,
    failed,   ///< worth another try
    refused,  ///< for good: another try would end alike
  };
  Kind kind = Kind::delivered;
  std::string reason;                               ///< one line without secrets; empty when delivered
  std::optional<std::chrono::seconds> retry_after;  ///< the receiver's own wish
};

/// Worth another try.
[[nodiscard]] inline Outcome failed(std::string reason) {
  return {.kind = Outcome::Kind::failed, .reason = std::move(reason), .retry_after = {}};
}
[[nodiscard]] inline Outcome refused(std::string reason) {
  return {.kind = Outcome::Kind::refused, .reason = std::move(reason), .retry_after = {}};
}
/// By the end of the channel.
[[nodiscard]] inline Outcome aborted() {
  return failed("aborted: shutting down");
}

class Channel {
 public:
  using Done = std::function<void(Outcome)>;
  virtual ~Channel() = default;
  virtual void deliver(Message message, Done done) = 0;
  /// What is under way ends as failed until the deadline; every answer has come when this returns.
  virtual void stop(base::SteadyTime deadline) = 0;
};

}  // namespace trackalert::channel
