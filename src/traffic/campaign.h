// SPDX-License-Identifier: Apache-2.0
// One attack, from its first attempt to its last. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "traffic/population.h"

namespace trackalert::traffic {

/// Attempts with a right password that are still to come: what an attacker does with an account that is taken.
class Sessions {
 public:
  struct Session {
    Time at;
    LoginIndex login;
    base::Address remote;
    Device device;
  };

  void add(const Session& session);
  [[nodiscard]] std::optional<Time> next_time() const;
  /// The one that is due first; there must be one.
  [[nodiscard]] Session take();

 private:
  std::vector<Session> waiting_;  ///< the last is due first
};

class Campaign {
 public:
  virtual ~Campaign() = default;

  /// When it acts next; never before a time it has told before. Nothing: it is over.
  [[nodiscard]] virtual std::optional<Time> next_time() const = 0;
  /// Acts at that time. Nothing where it waits for its moment.
  [[nodiscard]] virtual std::optional<Attempt> step(Time now) = 0;

  [[nodiscard]] const Label& label() const { return label_; }
  /// Accounts that it got into, in the order of their fall, each once.
  [[nodiscard]] const std::vector<LoginIndex>& taken() const { return taken_; }

 protected:
  Campaign(const Population& population, const Label& label, const Dice& dice)
      : population_(population), label_(label), dice_(dice) {}

  /// An attempt with a password that is the owner's now.
  [[nodiscard]] Attempt enter(Time now, LoginIndex login, const base::Address& remote, const Device& device);
  [[nodiscard]] Attempt attempt(Time now, LoginIndex login, const base::Address& remote, const Device& device);

  const Population& population_;
  const Label label_;
  Dice dice_;
  std::vector<LoginIndex> taken_;
};

}  // namespace trackalert::traffic
