// SPDX-License-Identifier: Apache-2.0
// One piece of news on its way to one channel, as the outbox keeps it. It refers to its alert and has nothing of it:
// the message is made of the alert as it is when it goes out, and an erased login is in no delivery. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/news.h"
#include "history/event.h"

namespace trackalert::alert {

struct Delivery {
  /// dead: nobody tries it any more, a person may send it again. in_digest: goes with the delivery that leads the
  /// digest; for whoever asks it waits.
  enum class State : std::uint8_t { waiting, dead, in_digest };

  std::int64_t number = 0;  ///< in the order in which they came
  std::string id;           ///< 16 hex digits, the same in every try and after every restart
  std::string channel;
  std::string alert;  ///< its id; empty for data
  News news = News::opened;
  State state = State::waiting;
  history::Time created = 0;
  history::Time next_try = 0;
  history::Time give_up = 0;  ///< what fails from then on is dead
  unsigned attempts = 0;
  std::string error;   ///< why the last attempt failed; one line
  std::string digest;  ///< id of the delivery that leads the digest, this one perhaps; empty: none
  std::string data;    ///< of a policy's webhook, in place of an alert
};

/// "waiting" or "dead"
[[nodiscard]] std::string_view state_name(Delivery::State state);

/// {"id", "channel", "alert", "news", "state", "created", "next_try", "attempts", "error"}, and "digest" for what goes
/// with one; without what is not there. Times are seconds since 1970.
[[nodiscard]] std::string delivery_json(const Delivery& delivery);
/// A table for the console, one line each; empty lists say so.
[[nodiscard]] std::string deliveries_text(const std::vector<Delivery>& deliveries);

/// What is not set takes all.
struct DeliveryFilter {
  static constexpr std::size_t max_limit = 1000;

  std::optional<bool> dead;  ///< false: waiting
  std::optional<std::string> channel;
  std::optional<std::string> alert;
  std::size_t limit = 100;  ///< 1 ... max_limit
  std::int64_t behind = 0;  ///< the number of the last one seen
};

struct DeliveryPage {
  std::vector<Delivery> deliveries;  ///< the oldest first
  bool more = false;                 ///< behind the last one
};

}  // namespace trackalert::alert
