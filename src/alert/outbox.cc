// SPDX-License-Identifier: Apache-2.0
// What changes deliveries; outbox_list.cc answers.
#include "alert/outbox.h"

#include <algorithm>
#include <utility>

#include "alert/short_hash.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::run;
using sqlite::Transaction;

std::string id_of(std::string_view what, std::string_view channel, std::string_view news, history::Time now) {
  return short_hash(fmt::format("{}\n{}\n{}\n{}", what, channel, news, now));
}

/// Does it in a transaction of its own.
template <class Action>
base::Result<void> whole(const base::Guarded<Database>& writer, Action action) {
  auto held = writer.lock();
  auto transaction = Transaction::begin(*held);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = action(*held); !done) return done;
  return transaction->commit();
}

/// Whether the channel has room; makes its row. If not, that is counted.
base::Result<bool> take_room(Database& database, const std::string& channel) {
  if (auto made = run(database,
                      "INSERT INTO channels (name, waiting, dead, held_back) VALUES (?, 0, 0, 0) "
                      "ON CONFLICT (name) DO NOTHING",
                      channel);
      !made) {
    return std::unexpected(made.error());
  }
  auto there = database.prepare("SELECT waiting FROM channels WHERE name = ?");
  if (!there) return std::unexpected(there.error());
  const auto row = there->bind(channel).step();
  if (!row) return std::unexpected(row.error());
  const bool room = there->integer(0) < Outbox::max_waiting;
  there->reset();
  if (room) return true;
  if (auto counted = run(database, "UPDATE channels SET held_back = held_back + 1 WHERE name = ?", channel); !counted) {
    return std::unexpected(counted.error());
  }
  return false;
}

base::Result<void> put_one(Database& database, const Delivery& one) {
  const auto room = take_room(database, one.channel);
  if (!room) return std::unexpected(room.error());
  if (!*room) return {};
  return run(database,
             "INSERT INTO deliveries (id, channel, alert, news, state, created, next_try, give_up, attempts, error, "
             "digest, data) VALUES (?, ?, ?, ?, 0, ?, ?, ?, 0, x'', x'', ?) ON CONFLICT (id) DO NOTHING",
             one.id, one.channel, one.alert, static_cast<std::int64_t>(one.news), one.created, one.created,
             one.created + Outbox::tried_for, one.data);
}

std::string cut_error(const std::string& error) {
  auto text = base::escape_control(error);
  if (text.size() > Outbox::max_error_bytes) text.resize(Outbox::max_error_bytes);
  return text;
}

base::Result<void> settle_one(Database& database, const Outbox::Settlement& settlement) {
  using Kind = Outbox::Settlement::Kind;
  const auto& id = settlement.id;
  switch (settlement.kind) {
    case Kind::done:
      return run(database, "DELETE FROM deliveries WHERE id = ? OR digest = ?", id, id);
    case Kind::again:
      return run(database,
                 "UPDATE deliveries SET attempts = attempts + 1, next_try = ?, error = ? WHERE id = ? AND state = 0",
                 settlement.next_try, cut_error(settlement.error), id);
    case Kind::dead:
      return run(
          database,
          "UPDATE deliveries SET state = 1, attempts = attempts + (id = ?), error = ? WHERE id = ? OR digest = ?", id,
          cut_error(settlement.error), id, id);
  }
  return {};
}

}  // namespace

base::Result<void> Outbox::put(Database& writer, std::span<const Fresh> fresh) {
  for (const auto& one : fresh) {
    const Delivery delivery{.id = id_of(one.alert, one.channel, news_name(one.news), one.now),
                            .channel = one.channel,
                            .alert = one.alert,
                            .news = one.news,
                            .created = one.now};
    if (auto done = put_one(writer, delivery); !done) return done;
  }
  return {};
}

base::Result<void> Outbox::put_data(const std::string& channel, std::string_view data, history::Time now) {
  if (data.size() > max_data_bytes) return base::fail("it has more than {} bytes", max_data_bytes);
  auto done = whole(writer_, [&](Database& database) -> base::Result<void> {
    // Twice the same data are two deliveries, even in one microsecond.
    const auto last = database.integer("SELECT coalesce(max(number), 0) FROM deliveries");
    if (!last) return std::unexpected(last.error());
    return put_one(database, {.id = id_of(data, channel, std::to_string(*last), now),
                              .channel = channel,
                              .created = now,
                              .data = std::string(data)});
  });
  if (done) announce();
  return done;
}

base::Result<void> Outbox::erase_text(Database& writer, std::string_view text) {
  const auto quoted = base::json_string(text);
  const auto in_json = std::string_view(quoted).substr(1, quoted.size() - 2);
  if (auto done = run(writer, "DELETE FROM deliveries WHERE instr(data, ?) > 0 OR instr(data, ?) > 0", text, in_json);
      !done) {
    return done;
  }
  return run(writer, "UPDATE deliveries SET error = x'' WHERE instr(error, ?) > 0", text);
}

base::Result<std::uint64_t> Outbox::make_digest(const std::string& channel, history::Time now) {
  // The index is named, for another one makes this a product.
  const std::string free =
      "channel = ? AND state = 0 AND digest = x'' AND attempts = 0 AND NOT EXISTS "
      "(SELECT 1 FROM deliveries AS e INDEXED BY deliveries_by_alert WHERE e.alert = d.alert AND "
      "e.channel = d.channel AND e.number < d.number AND e.state = 0 AND e.attempts > 0 AND e.digest = x'')";
  std::uint64_t taken = 0;
  auto done = whole(writer_, [&](Database& database) -> base::Result<void> {
    auto first = database.prepare("SELECT number, id FROM deliveries AS d WHERE " + free + " ORDER BY number LIMIT 1");
    if (!first) return std::unexpected(first.error());
    const auto row = first->bind(channel).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const auto number = first->integer(0);
    const std::string id(first->bytes(1));
    first->reset();
    auto made = run(database,
                    "UPDATE deliveries AS d SET digest = ?, state = CASE WHEN number = ? THEN 0 ELSE 2 END, "
                    "give_up = ?, next_try = ? WHERE " +
                        free,
                    id, number, now + tried_for, now, channel);
    taken = database.changes();
    return made;
  });
  if (!done) return std::unexpected(done.error());
  return taken;
}

base::Result<void> Outbox::settle(std::span<const Settlement> settlements) {
  if (settlements.empty()) return {};
  return whole(writer_, [&](Database& database) -> base::Result<void> {
    for (const auto& one : settlements) {
      if (auto done = settle_one(database, one); !done) return done;
    }
    return {};
  });
}

base::Result<std::uint64_t> Outbox::bury_late(const std::string& channel, history::Time now,
                                              const std::string& reason) {
  std::uint64_t buried = 0;
  auto done = whole(writer_, [&](Database& database) -> base::Result<void> {
    auto leading =
        run(database, "UPDATE deliveries SET state = 1, error = ? WHERE channel = ? AND state = 0 AND give_up <= ?",
            cut_error(reason), channel, now);
    if (!leading) return leading;
    buried = database.changes();
    if (buried == 0) return {};
    return run(database,
               "UPDATE deliveries SET state = 1 WHERE channel = ? AND state = 2 AND digest IN "
               "(SELECT id FROM deliveries WHERE channel = ? AND state = 1)",
               channel, channel);
  });
  if (!done) return std::unexpected(done.error());
  return buried;
}

base::Result<std::uint64_t> Outbox::bury_orphans(std::span<const std::string> known, history::Time before) {
  std::uint64_t buried = 0;
  auto done = whole(writer_, [&](Database& database) -> base::Result<void> {
    std::vector<std::string> orphans;
    auto waiting = database.prepare("SELECT name FROM channels WHERE waiting > 0");
    if (!waiting) return std::unexpected(waiting.error());
    while (true) {
      const auto row = waiting->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) break;
      std::string name(waiting->bytes(0));
      if (std::ranges::find(known, name) == known.end()) orphans.push_back(std::move(name));
    }
    for (const auto& name : orphans) {
      auto moved =
          run(database, "UPDATE deliveries SET state = 1, error = ? WHERE channel = ? AND state <> 1 AND created < ?",
              std::string_view("the configuration has no channel of that name"), name, before);
      if (!moved) return moved;
      buried += database.changes();
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return buried;
}

base::Result<void> Outbox::note_told(const std::string& channel, std::int64_t held_back) {
  return run(*writer_.lock(), "UPDATE channels SET held_back = max(held_back - ?, 0) WHERE name = ?", held_back,
             channel);
}

base::Result<void> Outbox::clear(history::Time now) {
  return whole(writer_, [&](Database& database) -> base::Result<void> {
    auto back =
        run(database, "UPDATE deliveries SET next_try = ? WHERE state = 0 AND next_try > ?", now, now + longest_delay);
    if (!back) return back;
    auto old = run(database, "DELETE FROM deliveries WHERE state = 1 AND give_up < ?", now - dead_for);
    if (!old) return old;
    const auto dead = database.integer("SELECT coalesce(sum(dead), 0) FROM channels");
    if (!dead) return std::unexpected(dead.error());
    if (*dead > max_dead) {
      auto many = run(database,
                      "DELETE FROM deliveries WHERE number IN "
                      "(SELECT number FROM deliveries WHERE state = 1 ORDER BY number LIMIT ?)",
                      *dead - max_dead);
      if (!many) return many;
    }
    // The rest of a digest whose leader has gone.
    auto rest = run(database,
                    "DELETE FROM deliveries WHERE state = 1 AND digest <> x'' AND "
                    "digest NOT IN (SELECT id FROM deliveries WHERE digest <> x'')");
    if (!rest) return rest;
    return run(database, "DELETE FROM channels WHERE waiting = 0 AND dead = 0 AND held_back = 0");
  });
}

base::Result<bool> Outbox::send_again(const std::string& id, history::Time now) {
  bool found = false;
  auto done = whole(writer_, [&](Database& database) -> base::Result<void> {
    auto dead = database.prepare("SELECT digest FROM deliveries WHERE id = ? AND state = 1");
    if (!dead) return std::unexpected(dead.error());
    const auto row = dead->bind(id).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    found = true;
    const std::string leader(dead->bytes(0).empty() ? std::string_view(id) : dead->bytes(0));
    dead->reset();
    return run(database,
               "UPDATE deliveries SET state = CASE WHEN id = ? THEN 0 ELSE 2 END, attempts = 0, error = x'', "
               "next_try = ?, give_up = ? WHERE (id = ? OR digest = ?) AND state = 1",
               leader, now, now + tried_for, leader, leader);
  });
  if (!done) return std::unexpected(done.error());
  if (found) announce();
  return found;
}

void Outbox::announce() const {
  const auto call = *on_fresh_.lock();
  if (call) call();
}

}  // namespace trackalert::alert
