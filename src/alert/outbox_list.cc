// SPDX-License-Identifier: Apache-2.0
// What is asked of the outbox.
#include <algorithm>
#include <utility>

#include "alert/outbox.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::string_view columns =
    "SELECT number, id, channel, alert, news, state, created, next_try, give_up, attempts, error, digest, data "
    "FROM deliveries AS d ";

base::Result<Delivery> delivery_of(const Statement& row) {
  if (std::cmp_greater(row.integer(4), std::to_underlying(News::closed)) || row.integer(4) < 0 || row.integer(5) < 0 ||
      std::cmp_greater(row.integer(5), std::to_underlying(Delivery::State::in_digest))) {
    return base::fail("delivery {} is damaged", row.integer(0));
  }
  return Delivery{.number = row.integer(0),
                  .id = std::string(row.bytes(1)),
                  .channel = std::string(row.bytes(2)),
                  .alert = std::string(row.bytes(3)),
                  .news = static_cast<News>(row.integer(4)),
                  .state = static_cast<Delivery::State>(row.integer(5)),
                  .created = row.integer(6),
                  .next_try = row.integer(7),
                  .give_up = row.integer(8),
                  .attempts = static_cast<unsigned>(row.integer(9)),
                  .error = std::string(row.bytes(10)),
                  .digest = std::string(row.bytes(11)),
                  .data = std::string(row.bytes(12))};
}

base::Result<std::vector<Delivery>> all_of(Statement& statement) {
  std::vector<Delivery> out;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    auto one = delivery_of(statement);
    if (!one) return std::unexpected(one.error());
    out.push_back(std::move(*one));
  }
}

/// The first column of the first row of a statement about a channel.
base::Result<std::optional<std::int64_t>> first_of(Database& database, std::string_view sql,
                                                   const std::string& channel) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(channel).step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::optional(statement->integer(0)) : std::nullopt;
}

}  // namespace

base::Result<std::vector<Delivery>> Outbox::due(const std::string& channel, history::Time now, std::size_t most,
                                                bool led) const {
  auto sql = std::string(columns) +
             "WHERE channel = ? AND state = 0 AND next_try <= ? AND (alert = x'' OR NOT EXISTS "
             "(SELECT 1 FROM deliveries AS e INDEXED BY deliveries_by_alert WHERE e.alert = d.alert AND e.channel = "
             "d.channel AND "
             "e.number < d.number AND e.state <> 1)) ";
  if (led) sql += "AND (digest <> x'' OR attempts > 0) ";
  auto held = reader_.lock();
  auto statement = held->prepare(sql + "ORDER BY next_try, number LIMIT ?");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(channel).bind(now);
  return all_of(statement->bind(static_cast<std::int64_t>(most)));
}

base::Result<std::optional<history::Time>> Outbox::oldest_undigested(const std::string& channel) const {
  return first_of(*reader_.lock(),
                  "SELECT created FROM deliveries WHERE channel = ? AND state = 0 AND digest = x'' AND attempts = 0 "
                  "ORDER BY next_try, number LIMIT 1",
                  channel);
}

base::Result<std::optional<history::Time>> Outbox::oldest(const std::string& channel) const {
  return first_of(*reader_.lock(),
                  "SELECT min(created) FROM deliveries WHERE channel = ? AND state = 0 HAVING count(*) > 0", channel);
}

base::Result<Outbox::Digest> Outbox::digest(const std::string& id, std::size_t most) const {
  auto held = reader_.lock();
  const auto all = first_of(
      *held, "SELECT count(*) FROM deliveries JOIN alerts ON alerts.id = deliveries.alert WHERE digest = ?", id);
  if (!all) return std::unexpected(all.error());
  Digest out{.all = static_cast<std::uint64_t>(all->value_or(0))};
  auto parts = held->prepare(
      "SELECT alert, news FROM deliveries JOIN alerts ON alerts.id = deliveries.alert WHERE digest = ? "
      "ORDER BY deliveries.number LIMIT ?");
  if (!parts) return std::unexpected(parts.error());
  parts->bind(id).bind(static_cast<std::int64_t>(most));
  while (true) {
    const auto row = parts->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    const auto news = std::clamp<std::int64_t>(parts->integer(1), 0, std::to_underlying(News::closed));
    out.first.push_back({std::string(parts->bytes(0)), static_cast<News>(news)});
  }
}

base::Result<DeliveryPage> Outbox::list(const DeliveryFilter& filter) const {
  if (filter.limit < 1 || filter.limit > DeliveryFilter::max_limit) {
    return base::fail("limit must be from 1 to {}", DeliveryFilter::max_limit);
  }
  auto sql = std::string(columns) + "WHERE number > ?";
  if (filter.dead) sql += *filter.dead ? " AND state = 1" : " AND state <> 1";
  if (filter.channel) sql += " AND channel = ?";
  if (filter.alert) sql += " AND alert = ?";
  auto held = reader_.lock();
  auto statement = held->prepare(sql + " ORDER BY number LIMIT ?");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(filter.behind);
  if (filter.channel) statement->bind(*filter.channel);
  if (filter.alert) statement->bind(*filter.alert);
  auto found = all_of(statement->bind(static_cast<std::int64_t>(filter.limit) + 1));
  if (!found) return std::unexpected(found.error());
  DeliveryPage page{.deliveries = std::move(*found), .more = false};
  if (page.deliveries.size() > filter.limit) {
    page.deliveries.pop_back();
    page.more = true;
  }
  return page;
}

base::Result<Outbox::Counts> Outbox::counts(const std::string& channel) const {
  auto held = reader_.lock();
  auto statement = held->prepare("SELECT waiting, dead, held_back FROM channels WHERE name = ?");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->bind(channel).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Counts{};
  return Counts{.waiting = statement->integer(0), .dead = statement->integer(1), .held_back = statement->integer(2)};
}

}  // namespace trackalert::alert
