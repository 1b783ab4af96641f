// SPDX-License-Identifier: Apache-2.0
// Brings what lies in the outbox to the channels: takes what is due, has it delivered, and writes down what became of
// it. Its own thread does all of that, and touches neither the intake nor the lock of the Watch. It waits for no
// channel: each has so many messages on their way (Limits::at_once), and the others go on.
//
// Retries. A try that failed comes again after 5 s, doubled each time up to 10 min, give or take a quarter; and so does
// the channel as a whole, one message at a time until one gets through, so that a receiver that is down is not stormed.
// What failed for a day is dead. What a channel refuses is dead at once.
//
// Limits. Where a rate or quiet hours have held something up, all of it goes as one digest as soon as that may be, if
// the channel can tell several alerts in one message; else one by one. A digest lists the first 100 alerts, or a
// megabyte of them, and counts the others.
//
// An alert that is no longer there (its login was erased) is told to nobody.
//
// Channels that the configuration no longer has: what is on its way there ends; what waits is dead a day after it
// came.
//
// Threads: use(), wake(), stop() any; the rest the owner's. Bounds: max_channels; what is on its way is bounded by each
// channel's at_once. Log: one line when a channel begins to fail and one when that is over; one for each dead delivery,
// at most 10 a minute.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "alert/alert_store.h"
#include "base/guarded.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "channel/channel.h"
#include "channel/limits.h"
#include "channel/setting.h"
#include "metrics/registry.h"
#include "schedule/zone.h"

namespace trackalert::channel {

class Courier {
 public:
  static constexpr std::size_t max_channels = 64;
  static constexpr std::size_t most_listed = 100;
  static constexpr std::size_t most_listed_bytes = 1UL << 20;
  static constexpr history::Time first_delay = 5 * history::second;
  static constexpr history::Time longest_delay = 10 * history::minute;
  static constexpr history::Time orphans_wait = history::day;

  /// All of it must outlive the Courier.
  struct Surroundings {
    alert::AlertStore& store;
    const base::Clock& clock;
    const schedule::Zone& zone;
    base::Log& log;
    metrics::Registry& registry;
    std::function<double()> dice;  ///< from 0 to below 1; asked by the courier's thread alone
  };
  struct Entry {
    ChannelSetting setting;
    Limits limits;
    std::shared_ptr<Channel> channel;
    bool may_go_on = true;  ///< false: this one, even if its setting is the same as before
  };

  explicit Courier(Surroundings surroundings);
  /// As stop() with a deadline in the past.
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  /// These channels from the next turn on, each of another name. One whose setting is the same as before stays what it
  /// is, its Entry::channel is not used.
  void use(std::vector<Entry> entries);
  /// Begins to deliver. Once.
  void start();
  /// Something may be due.
  void wake();
  /// Takes up no more; what is on its way has time until the deadline. Nothing is lost: what was not delivered waits
  /// for the next start. How many messages that are.
  std::size_t stop(base::SteadyTime deadline);

  /// One look at all channels; whether there was anything to do. In place of start(), for tests.
  bool turn();

 private:
  struct Line;
  struct Flight;
  struct Answer;
  struct Inbox;

  void run();
  void take_over(std::vector<Entry> entries);
  void register_metrics(Line& line);
  void note(Answer& answer);
  void note_success(Line& line, std::int64_t held_back);
  void note_failure(Line& line, const std::string& reason, history::Time moment);
  void bury(const alert::Delivery& delivery, const std::string& reason);
  [[nodiscard]] bool settle();
  [[nodiscard]] base::Result<bool> attend(Line& line, history::Time moment);
  [[nodiscard]] base::Result<void> gather(Line& line, std::int64_t waiting, history::Time moment);
  [[nodiscard]] base::Result<void> send(Line& line, const alert::Delivery& delivery,
                                        const alert::Outbox::Counts& counts, history::Time moment);
  [[nodiscard]] base::Result<Message> message_of(const alert::Delivery& delivery, history::Time moment);
  [[nodiscard]] base::Result<void> add_item(Message& message, const alert::Outbox::DigestPart& part,
                                            std::size_t& bytes);
  void look_after(history::Time moment);
  [[nodiscard]] history::Time delay_of(unsigned failures) const;
  [[nodiscard]] history::Time now() const;
  void trouble(const base::Error& error);

  const Surroundings surroundings_;
  base::LineLimiter dead_lines_;
  std::shared_ptr<base::Guarded<Inbox>> inbox_;  ///< shared with answers that come late
  std::shared_ptr<std::condition_variable> changed_;
  // The rest is the courier's thread's alone, until it has ended.
  std::map<std::string, std::unique_ptr<Line>> lines_;
  std::map<std::string, std::unique_ptr<Flight>> flights_;  ///< by the delivery's id
  std::vector<alert::Outbox::Settlement> unsettled_;
  history::Time next_look_ = 0;
  bool store_fails_ = false;
  std::jthread thread_;
};

}  // namespace trackalert::channel
