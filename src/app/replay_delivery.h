// SPDX-License-Identifier: Apache-2.0
// --deliver: the configured channels and custom webhooks tell what a replay finds, as the daemon's would, by its own
// clock; mails without links, since no daemon would know them. Reports of yesterday have no day left in which the
// daemon would try again: what a channel does not take at once is not told, nor what it takes after end()'s deadline.
//
// Threads: the owner's; it has its own for the channels.
#pragma once

#include <memory>
#include <optional>

#include "app/channels.h"
#include "app/replay.h"

namespace trackalert::app {

class ReplayDelivery final : channel::AlertFunctions {
 public:
  /// Both must outlive it. An error: a channel cannot be opened.
  static base::Result<std::unique_ptr<ReplayDelivery>> begin(ReplayPolicy& policy, Replay& replay);
  ~ReplayDelivery() override;

  /// Waits until all is told, or the deadline; how much was not.
  std::size_t end(base::SteadyTime deadline);

 private:
  explicit ReplayDelivery(ReplayPolicy& policy) : policy_(policy) {}
  void call(std::string_view name, const channel::Message& message, Done done) override;
  struct Untold {
    std::size_t waiting = 0;
    std::size_t dead = 0;
  };
  [[nodiscard]] Untold untold() const;

  ReplayPolicy& policy_;
  const base::SystemClock clock_;
  const schedule::LocalZone zone_;
  alert::Outbox* outbox_ = nullptr;
  std::vector<std::string> channels_;
  std::size_t dead_before_ = 0;  ///< in a history that goes on
  std::unique_ptr<channel::Courier> courier_;
};

}  // namespace trackalert::app
