// SPDX-License-Identifier: Apache-2.0
#include "channel/courier.h"

#include <pthread.h>

#include <algorithm>
#include <set>

namespace trackalert::channel {
namespace {

using alert::Delivery;
using Settlement = alert::Outbox::Settlement;

constexpr unsigned most_dead_lines = 10;
constexpr std::chrono::seconds per_minute{60};
constexpr std::chrono::seconds longest_sleep{1};
constexpr history::Time between_looks = 10 * history::minute;

/// Whether a moment that we chose has come. One that is further away than it can be was chosen before somebody set the
/// clock back.
bool has_come(history::Time when, history::Time now, history::Time longest) {
  return when <= now || when > now + longest;
}

}  // namespace

struct Courier::Line {
  ChannelSetting setting;
  Limits limits;
  std::shared_ptr<Channel> channel;
  std::optional<Allowance> allowance;
  metrics::Counter* sent = nullptr;
  metrics::Counter* failed = nullptr;
  std::size_t on_their_way = 0;
  unsigned failures = 0;        ///< in a row, of the channel as a whole
  history::Time resume_at = 0;  ///< behind a failure
  bool held_up = false;         ///< a limit has kept something waiting
  bool telling = false;         ///< a message on its way says what was held back
};

/// A message on its way. It keeps its channel, which may have gone from the configuration meanwhile.
struct Courier::Flight {
  Delivery delivery;
  std::shared_ptr<Channel> channel;
  std::int64_t held_back = 0;
};

struct Courier::Answer {
  std::string id;
  Outcome outcome;
};

struct Courier::Inbox {
  std::vector<Answer> answers;
  std::optional<std::vector<Entry>> fresh;
  bool woken = false;
  bool stopping = false;
};

Courier::Courier(Surroundings surroundings)
    : surroundings_(std::move(surroundings)),
      dead_lines_(surroundings_.clock, most_dead_lines, per_minute),
      inbox_(std::make_shared<base::Guarded<Inbox>>()),
      changed_(std::make_shared<std::condition_variable>()) {}

Courier::~Courier() {
  stop(base::SteadyTime::min());
  surroundings_.store.outbox().on_fresh({});
}

void Courier::use(std::vector<Entry> entries) {
  inbox_->lock()->fresh = std::move(entries);
  wake();
}

void Courier::start() {
  surroundings_.store.outbox().on_fresh([this] { wake(); });
  thread_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "courier");
    run();
  });
}

void Courier::wake() {
  inbox_->lock()->woken = true;
  changed_->notify_all();
}

void Courier::run() {
  while (true) {
    const bool busy = turn();
    auto inbox = inbox_->lock();
    const auto something = [&] { return inbox->woken || inbox->stopping || inbox->fresh || !inbox->answers.empty(); };
    if (!busy) changed_->wait_for(inbox.lock(), longest_sleep, something);
    if (inbox->stopping) return;
  }
}

std::size_t Courier::stop(base::SteadyTime deadline) {
  {
    auto inbox = inbox_->lock();
    if (std::exchange(inbox->stopping, true)) return 0;
    changed_->notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::set<std::shared_ptr<Channel>> channels;
  for (const auto& [name, line] : lines_) channels.insert(line->channel);
  for (const auto& [id, flight] : flights_) channels.insert(flight->channel);
  const auto before = flights_.size();
  for (const auto& channel : channels) channel->stop(deadline);
  std::size_t delivered = 0;
  for (auto& answer : std::exchange(inbox_->lock()->answers, {})) {
    // What was cut short is tried by the next process as if it had never been begun.
    if (answer.outcome.kind == Outcome::Kind::failed) continue;
    ++delivered;
    note(answer);
  }
  (void)settle();
  flights_.clear();
  lines_.clear();
  return before - delivered;
}

bool Courier::turn() {
  std::vector<Answer> answers;
  std::optional<std::vector<Entry>> fresh;
  {
    auto inbox = inbox_->lock();
    answers.swap(inbox->answers);
    fresh.swap(inbox->fresh);
    inbox->woken = false;
  }
  if (fresh) take_over(std::move(*fresh));
  for (auto& answer : answers) note(answer);
  if (!settle()) return false;
  const auto moment = now();
  look_after(moment);
  bool busy = !answers.empty();
  for (const auto& [name, line] : lines_) {
    const auto went = attend(*line, moment);
    if (!went) {
      trouble(went.error());
      return false;
    }
    busy = *went || busy;
  }
  if (std::exchange(store_fails_, false)) surroundings_.log.notice("Alerts are delivered again");
  return busy;
}

void Courier::take_over(std::vector<Entry> entries) {
  std::map<std::string, std::unique_ptr<Line>> lines;
  for (auto& entry : entries) {
    const auto& name = entry.setting.name;
    const auto old = lines_.find(name);
    if (old != lines_.end() && entry.may_go_on && old->second->setting == entry.setting) {
      lines[name] = std::move(old->second);
      continue;
    }
    auto line = std::make_unique<Line>();
    line->setting = entry.setting;
    line->limits = entry.limits;
    line->channel = std::move(entry.channel);
    if (const auto& rate = line->limits.rate) line->allowance.emplace(*rate, now());
    line->on_their_way = static_cast<std::size_t>(
        std::ranges::count_if(flights_, [&](const auto& flight) { return flight.second->delivery.channel == name; }));
    register_metrics(*line);
    lines[name] = std::move(line);
  }
  lines_ = std::move(lines);  // a channel that goes lives as long as something of it is on its way
}

void Courier::register_metrics(Line& line) {
  auto& registry = surroundings_.registry;
  const auto& name = line.setting.name;
  const metrics::Labels labels{{"channel", name}};
  line.sent = &registry.counter("alerts_sent_total", "Messages that channels have taken", labels);
  line.failed = &registry.counter("alerts_send_failures_total", "Tries of channels that failed", labels);
  auto& outbox = surroundings_.store.outbox();
  using Counts = alert::Outbox::Counts;
  const auto gauge = [&](std::string_view metric, std::string_view help, std::int64_t Counts::* which) {
    registry.gauge(
        metric, help,
        [&outbox, name, which] { return static_cast<double>(outbox.counts(name).value_or(Counts{}).*which); }, labels);
  };
  gauge("alerts_waiting", "News that wait for a channel", &Counts::waiting);
  gauge("alerts_dead", "News that a channel did not take and nobody tries any more", &Counts::dead);
  gauge("alerts_held_back", "News that found no room to wait, which no message has said yet", &Counts::held_back);
  registry.gauge(
      "alerts_waiting_oldest_seconds", "Age of the oldest news that wait for a channel",
      [&outbox, name, &clock = surroundings_.clock] {
        const auto oldest = outbox.oldest(name);
        if (!oldest) return 0.0;
        const auto& since = *oldest;
        if (!since) return 0.0;
        return base::to_unix_seconds(clock.now()) - static_cast<double>(*since) / static_cast<double>(history::second);
      },
      labels);
}

void Courier::note(Answer& answer) {
  const auto at = flights_.find(answer.id);
  if (at == flights_.end()) return;
  const auto flight = std::move(at->second);
  flights_.erase(at);
  const auto& delivery = flight->delivery;
  const auto found = lines_.find(delivery.channel);
  Line* line = found == lines_.end() ? nullptr : found->second.get();
  if (line != nullptr) --line->on_their_way;
  if (line != nullptr && flight->held_back > 0) line->telling = false;
  const auto& outcome = answer.outcome;
  if (outcome.kind == Outcome::Kind::delivered) {
    unsettled_.push_back({.id = answer.id});
    if (line != nullptr) note_success(*line, flight->held_back);
    return;
  }
  const auto moment = now();
  const bool given_up = outcome.kind == Outcome::Kind::refused || moment >= delivery.give_up;
  if (given_up) bury(delivery, outcome.reason);
  if (!given_up) {
    const auto wish = outcome.retry_after.value_or(std::chrono::seconds(0));
    const auto wished = std::min<history::Time>(wish.count() * history::second, history::hour);
    const auto delay = std::max(delay_of(delivery.attempts + 1), wished);
    unsettled_.push_back(
        {.id = answer.id, .kind = Settlement::Kind::again, .error = outcome.reason, .next_try = moment + delay});
  }
  if (line == nullptr) return;
  line->failed->add();
  if (line->allowance) line->allowance->give_back();  // a rate is of messages that arrive
  // What a receiver refuses for the message's own sake says nothing about the next.
  if (outcome.kind == Outcome::Kind::failed) note_failure(*line, outcome.reason, moment);
}

void Courier::note_success(Line& line, std::int64_t held_back) {
  line.sent->add();
  if (std::exchange(line.failures, 0) > 0) surroundings_.log.notice("Channel {} works again", line.setting.name);
  line.resume_at = 0;
  if (held_back == 0) return;
  if (const auto told = surroundings_.store.outbox().note_told(line.setting.name, held_back); !told) {
    trouble(told.error());
  }
}

void Courier::note_failure(Line& line, const std::string& reason, history::Time moment) {
  // Those that failed together are one failure.
  if (!has_come(line.resume_at, moment, 2 * longest_delay)) return;
  if (line.failures++ == 0) {
    surroundings_.log.warning("Channel {} fails, its alerts wait and are tried again: {}", line.setting.name,
                              base::escape_control(reason));
  }
  line.resume_at = moment + delay_of(line.failures);
  const auto late = surroundings_.store.outbox().bury_late(line.setting.name, moment, reason);
  if (!late) return trouble(late.error());
  if (*late == 0) return;
  surroundings_.log.error("Channel {}: {} deliveries are dead, they were not taken for a day: {}", line.setting.name,
                          *late, base::escape_control(reason));
}

void Courier::bury(const Delivery& delivery, const std::string& reason) {
  unsettled_.push_back({.id = delivery.id, .kind = Settlement::Kind::dead, .error = reason});
  if (const auto left_out = dead_lines_.take_left_out()) {
    surroundings_.log.error("{} further deliveries are dead", left_out);
  }
  if (!dead_lines_.admit()) return;
  surroundings_.log.error("Channel {}: delivery {} is dead: {}", delivery.channel, delivery.id,
                          base::escape_control(reason));
}

/// What is not written down stays in memory, and nothing else is sent: it would be sent twice.
bool Courier::settle() {
  if (unsettled_.empty()) return true;
  if (const auto settled = surroundings_.store.outbox().settle(unsettled_); !settled) {
    trouble(settled.error());
    return false;
  }
  unsettled_.clear();
  return true;
}

base::Result<bool> Courier::attend(Line& line, history::Time moment) {
  if (!has_come(line.resume_at, moment, 2 * longest_delay)) return false;
  const std::size_t most = line.failures > 0 ? 1 : line.limits.at_once;
  if (line.on_their_way >= most) return false;
  auto& outbox = surroundings_.store.outbox();
  const auto& name = line.setting.name;
  const auto counts = outbox.counts(name);
  if (!counts) return std::unexpected(counts.error());
  if (counts->waiting == 0) {
    line.held_up = false;
    return false;
  }
  const bool quiet = line.limits.quiet && line.limits.quiet->contains(surroundings_.clock.now(), surroundings_.zone);
  if (quiet || (line.allowance && !line.allowance->has(moment))) {
    line.held_up = true;
    return false;
  }
  if (auto gathered = gather(line, counts->waiting, moment); !gathered) return std::unexpected(gathered.error());
  if (line.held_up) return false;
  const auto due = outbox.due(name, moment, most, line.limits.digest > 0);
  if (!due) return std::unexpected(due.error());
  bool went = false;
  for (const auto& delivery : *due) {
    if (line.on_their_way >= most) break;
    if (flights_.contains(delivery.id)) continue;
    if (line.allowance && !line.allowance->take(moment)) {
      line.held_up = true;
      break;
    }
    if (auto sent = send(line, delivery, *counts, moment); !sent) return std::unexpected(sent.error());
    went = true;
  }
  return went;
}

/// Makes a digest where it is time for one. held_up stays as long as it has to wait for what is on its way.
base::Result<void> Courier::gather(Line& line, std::int64_t waiting, history::Time moment) {
  auto& outbox = surroundings_.store.outbox();
  const auto& name = line.setting.name;
  if (line.limits.digest > 0) {
    line.held_up = false;
    const auto oldest = outbox.oldest_undigested(name);
    if (!oldest) return std::unexpected(oldest.error());
    const auto& since = *oldest;
    if (!since || !has_come(*since + line.limits.digest, moment, line.limits.digest)) return {};
  } else if (!line.held_up || !line.limits.digests || waiting < 2) {
    line.held_up = false;
    return {};
  }
  if (line.on_their_way > 0) {
    line.held_up = true;
    return {};
  }
  line.held_up = false;
  const auto made = outbox.make_digest(name, moment);
  if (!made) return std::unexpected(made.error());
  return {};
}

base::Result<void> Courier::send(Line& line, const Delivery& delivery, const alert::Outbox::Counts& counts,
                                 history::Time moment) {
  auto message = message_of(delivery, moment);
  if (!message) return std::unexpected(message.error());
  if (message->items.empty() && !delivery.alert.empty()) {
    unsettled_.push_back({.id = delivery.id});  // nothing is left to tell
    return {};
  }
  auto flight = std::make_unique<Flight>(Flight{.delivery = delivery, .channel = line.channel});
  if (counts.held_back > 0 && !std::exchange(line.telling, true)) flight->held_back = counts.held_back;
  message->held_back = static_cast<std::uint64_t>(flight->held_back);
  const auto channel = line.channel;
  flights_[delivery.id] = std::move(flight);
  ++line.on_their_way;
  channel->deliver(std::move(*message), [inbox = inbox_, changed = changed_, id = delivery.id](Outcome outcome) {
    inbox->lock()->answers.push_back({id, std::move(outcome)});
    changed->notify_all();
  });
  return {};
}

base::Result<Message> Courier::message_of(const Delivery& delivery, history::Time moment) {
  Message message{.delivery_id = delivery.id,
                  .digest = !delivery.digest.empty(),
                  .attempt = delivery.attempts + 1,
                  .now = base::WallTime{std::chrono::microseconds{moment}}};
  if (delivery.alert.empty()) {
    message.data = delivery.data;
    return message;
  }
  std::size_t bytes = 0;
  if (!message.digest) {
    if (auto added = add_item(message, {delivery.alert, delivery.news}, bytes); !added) {
      return std::unexpected(added.error());
    }
    return message;
  }
  const auto digest = surroundings_.store.outbox().digest(delivery.id, most_listed);
  if (!digest) return std::unexpected(digest.error());
  std::uint64_t looked_at = 0;
  for (const auto& part : digest->first) {
    if (bytes > most_listed_bytes) break;
    ++looked_at;
    if (auto added = add_item(message, part, bytes); !added) return std::unexpected(added.error());
  }
  message.not_shown = digest->all - std::min(digest->all, looked_at);
  return message;
}

base::Result<void> Courier::add_item(Message& message, const alert::Outbox::DigestPart& part, std::size_t& bytes) {
  auto found = surroundings_.store.find(part.alert);
  if (!found) return std::unexpected(found.error());
  if (auto& known = *found) {
    bytes += known->memory_bytes();
    message.items.push_back({std::move(*known), part.news});
  }
  return {};
}

void Courier::look_after(history::Time moment) {
  if (!has_come(next_look_, moment, between_looks)) return;
  next_look_ = moment + between_looks;
  std::vector<std::string> known;
  known.reserve(lines_.size());
  for (const auto& [name, line] : lines_) known.push_back(name);
  auto& outbox = surroundings_.store.outbox();
  const auto orphans = outbox.bury_orphans(known, moment - orphans_wait);
  if (!orphans) return trouble(orphans.error());
  if (*orphans > 0) {
    surroundings_.log.error("{} deliveries are dead: the configuration has no channel of their name", *orphans);
  }
  if (const auto cleared = outbox.clear(moment); !cleared) trouble(cleared.error());
}

history::Time Courier::delay_of(unsigned failures) const {
  constexpr unsigned most_doublings = 16;
  const auto doubled = first_delay << std::min(failures - 1, most_doublings);
  const auto delay = static_cast<double>(std::min(doubled, longest_delay));
  constexpr double least = 0.75;
  constexpr double spread = 0.5;
  return static_cast<history::Time>(delay * (least + spread * surroundings_.dice()));
}

history::Time Courier::now() const {
  return surroundings_.clock.now().time_since_epoch().count();
}

void Courier::trouble(const base::Error& error) {
  if (std::exchange(store_fails_, true)) return;
  surroundings_.log.error("Alerts cannot be delivered, the store fails: {}", error.message);
}

}  // namespace trackalert::channel
