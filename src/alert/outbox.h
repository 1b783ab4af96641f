// SPDX-License-Identifier: Apache-2.0
// What is on its way to channels: the deliveries' half of the alerts' database (docs/history-format.md has its tables).
// A delivery is written with the alert that it tells, in one transaction, and leaves when its channel has taken it. So
// the end of the process, at any moment, loses none and may repeat some.
//
// Order: of one alert's news to one channel only the oldest is ever due. One that is dead holds up nothing.
//
// Bounds: max_waiting for each channel; what comes beyond is counted as held back, which the channel's next message
// says. max_dead in all, for dead_for. Time comes in with each call.
//
// Threads: any. Readers do not wait for writers.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alert/delivery.h"
#include "alert/sqlite.h"
#include "base/guarded.h"
#include "base/result.h"

namespace trackalert::alert {

class Outbox {
 public:
  static constexpr std::int64_t max_waiting = 100'000;
  static constexpr std::int64_t max_dead = 10'000;
  static constexpr history::Time dead_for = 30 * history::day;
  static constexpr history::Time tried_for = history::day;
  /// No next_try is further away.
  static constexpr history::Time longest_delay = history::hour;
  static constexpr std::size_t max_error_bytes = 500;
  static constexpr std::size_t max_data_bytes = 64UL << 10;

  /// Of an alert that is about to be saved.
  struct Fresh {
    std::string channel;
    std::string alert;
    News news = News::opened;
    history::Time now = 0;
  };
  /// What became of an attempt.
  struct Settlement {
    enum class Kind : std::uint8_t { done, again, dead };
    std::string id;
    Kind kind = Kind::done;
    std::string error;
    history::Time next_try = 0;  ///< of `again`
  };
  struct Counts {
    std::int64_t waiting = 0;  ///< those in digests too
    std::int64_t dead = 0;
    std::int64_t held_back = 0;  ///< since a message said so
  };
  struct DigestPart {
    std::string alert;
    News news = News::opened;
  };
  struct Digest {
    std::vector<DigestPart> first;  ///< in the order in which they came
    std::uint64_t all = 0;
  };

  /// Both of one database, and they must outlive it.
  Outbox(const base::Guarded<sqlite::Database>& writer, const base::Guarded<sqlite::Database>& reader)
      : writer_(writer), reader_(reader) {}

  /// Within a transaction of the writer's. The same news again change nothing.
  static base::Result<void> put(sqlite::Database& writer, std::span<const Fresh> fresh);
  /// Within a transaction of the writer's: takes out data and errors that hold the text.
  static base::Result<void> erase_text(sqlite::Database& writer, std::string_view text);
  /// The data of a policy's webhook, at most max_data_bytes.
  base::Result<void> put_data(const std::string& channel, std::string_view data, history::Time now);

  /// The channel's deliveries that may be tried now: those that have been due for longest first, so that what fails
  /// lets others pass. `led`: only those that lead a digest, or were tried before.
  [[nodiscard]] base::Result<std::vector<Delivery>> due(const std::string& channel, history::Time now, std::size_t most,
                                                        bool led) const;
  /// When the oldest that waits for its first try, in no digest, was written.
  [[nodiscard]] base::Result<std::optional<history::Time>> oldest_undigested(const std::string& channel) const;
  /// All of the channel that were never tried and are in no digest become one, led by the oldest; but not what follows
  /// something of its own alert that was tried. How many that were. Not while the channel tries something.
  base::Result<std::uint64_t> make_digest(const std::string& channel, history::Time now);
  /// What the digest tells that `id` leads, less alerts that are there no more; at most `most` of it.
  [[nodiscard]] base::Result<Digest> digest(const std::string& id, std::size_t most) const;

  /// All or none of them; what leads a digest takes all of it along.
  base::Result<void> settle(std::span<const Settlement> settlements);
  /// The channel's deliveries that were to be given up before `now` are dead. How many.
  base::Result<std::uint64_t> bury_late(const std::string& channel, history::Time now, const std::string& reason);
  /// The same for those that wait for channels which are none of `known`, and were written before. How many.
  base::Result<std::uint64_t> bury_orphans(std::span<const std::string> known, history::Time before);
  /// A message has said that so many were held back.
  base::Result<void> note_told(const std::string& channel, std::int64_t held_back);
  /// Removes the dead that are too old or too many, and has tried at once what was to wait until a time that a clock
  /// showed which has been set back.
  base::Result<void> clear(history::Time now);

  [[nodiscard]] base::Result<DeliveryPage> list(const DeliveryFilter& filter) const;
  /// A dead one, or the digest that it went with, waits again, as if it were new. Whether there was such.
  base::Result<bool> send_again(const std::string& id, history::Time now);
  [[nodiscard]] base::Result<Counts> counts(const std::string& channel) const;
  /// When the oldest that waits was written.
  [[nodiscard]] base::Result<std::optional<history::Time>> oldest(const std::string& channel) const;

  /// Called behind each write that may have made something due, by whoever wrote; it must be quick. Any time.
  void on_fresh(std::function<void()> call) { *on_fresh_.lock() = std::move(call); }
  void announce() const;

 private:
  const base::Guarded<sqlite::Database>& writer_;
  const base::Guarded<sqlite::Database>& reader_;
  base::Guarded<std::function<void()>> on_fresh_;
};

}  // namespace trackalert::alert
