// SPDX-License-Identifier: Apache-2.0
// What is asked of the stored alerts.
#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "alert/alert_store.h"
#include "alert/alert_store_about.h"
#include "alert/alert_store_schema.h"
#include "alert/stored_alert.h"
#include "base/ascii.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::Statement;

/// A page ends early beyond this much stored text, so that a thousand of the largest alerts are not held at once.
constexpr std::size_t most_page_bytes = std::size_t{32} << 20;

/// The conditions of a filter: fixed pieces of SQL, and the values of their question marks beside them.
class Conditions {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  void add(std::string_view condition, std::initializer_list<Value> values) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition;
    values_.insert(values_.end(), values);
  }
  [[nodiscard]] const std::string& sql() const { return sql_; }
  void bind_to(Statement& statement) const {
    for (const auto& value : values_) std::visit([&](const auto& it) { statement.bind(it); }, value);
  }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

/// The first text that is behind all that start with the prefix; nothing where there is none.
std::optional<std::string> behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

void add_names(Conditions& conditions, schema::NameKind kind, const std::string& name) {
  conditions.add("number IN (SELECT alert FROM names WHERE kind = ? AND name = ?)",
                 {std::int64_t{std::to_underlying(kind)}, name});
}

Conditions conditions_of(const AlertFilter& filter) {
  Conditions out;
  if (filter.least) out.add("severity >= ?", {std::int64_t{std::to_underlying(*filter.least)}});
  if (filter.rule) out.add("rule = ?", {*filter.rule});
  if (filter.state) out.add("state = ?", {std::int64_t{std::to_underlying(*filter.state)}});
  if (filter.key) out.add("key = ?", {*filter.key});
  if (filter.key_prefix) {
    out.add("key >= ?", {*filter.key_prefix});
    if (auto end = behind(*filter.key_prefix)) out.add("key < ?", {std::move(*end)});
  }
  if (filter.login) add_names(out, schema::NameKind::login, *filter.login);
  if (filter.source) add_names(out, schema::NameKind::source, *filter.source);
  if (filter.since) out.add("last_seen >= ?", {*filter.since});
  if (filter.until) out.add("last_seen < ?", {*filter.until});
  if (filter.cursor) {
    out.add("(last_seen, id) < (?, ?)", {filter.cursor->last_seen, filter.cursor->id});
  }
  return out;
}

/// Of a row that has (id, body, last_seen). The time is the column's, to the last digit, for cursors compare it.
base::Result<Alert> alert_of(const Statement& row) {
  auto alert = alert_from_json(row.bytes(1));
  if (!alert) return base::fail("alert {} is damaged: {}", row.bytes(0), alert.error().message);
  alert->last_seen = row.integer(2);
  return alert;
}

base::Result<AlertPage> page_of(Database& database, const AlertFilter& filter) {
  const auto conditions = conditions_of(filter);
  auto found = database.prepare("SELECT id, body, last_seen FROM alerts" + conditions.sql() +
                                " ORDER BY last_seen DESC, id DESC LIMIT ?");
  if (!found) return std::unexpected(found.error());
  conditions.bind_to(*found);
  found->bind(static_cast<std::int64_t>(filter.limit) + 1);
  AlertPage page;
  std::size_t bytes = 0;
  while (true) {
    const auto row = found->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    const bool full = page.alerts.size() == filter.limit || bytes > most_page_bytes;
    if (full) {
      page.next = AlertCursor{.last_seen = page.alerts.back().last_seen, .id = page.alerts.back().id};
      return page;
    }
    auto alert = alert_of(*found);
    if (!alert) return std::unexpected(alert.error());
    bytes += found->bytes(1).size();
    page.alerts.push_back(std::move(*alert));
  }
}

base::Result<std::optional<Alert>> find_in(Database& database, const std::string& id) {
  auto found = database.prepare("SELECT id, body, last_seen FROM alerts WHERE id = ?");
  if (!found) return std::unexpected(found.error());
  const auto row = found->bind(id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto alert = alert_of(*found);
  if (!alert) return std::unexpected(alert.error());
  return std::optional(std::move(*alert));
}

base::Result<std::vector<Alert>> open_in(Database& database, std::size_t most) {
  auto found = database.prepare(
      "SELECT id, body, last_seen FROM alerts WHERE closed = 0 ORDER BY last_seen DESC, id DESC LIMIT ?");
  if (!found) return std::unexpected(found.error());
  found->bind(static_cast<std::int64_t>(std::min(most, AlertStore::max_open_alerts)));
  std::vector<Alert> alerts;
  while (true) {
    const auto row = found->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    auto alert = alert_of(*found);
    if (!alert) return std::unexpected(alert.error());
    alerts.push_back(std::move(*alert));
  }
  std::ranges::reverse(alerts);
  return alerts;
}

}  // namespace

std::string AlertCursor::to_string() const {
  return fmt::format("{}-{}", last_seen, id);
}

std::optional<AlertCursor> AlertCursor::parse(std::string_view text) {
  constexpr std::size_t id_digits = 16;
  const auto is_digit = [](char c) { return base::hex_value(c) >= 0 && !base::is_upper(c); };
  if (text.size() < id_digits + 2 || text[text.size() - id_digits - 1] != '-') return std::nullopt;
  AlertCursor out{.last_seen = 0, .id = std::string(text.substr(text.size() - id_digits))};
  const auto time = text.substr(0, text.size() - id_digits - 1);
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), out.last_seen);
  if (error != std::errc{} || end != time.data() + time.size()) return std::nullopt;
  return std::ranges::all_of(out.id, is_digit) ? std::optional(std::move(out)) : std::nullopt;
}

base::Result<std::optional<Alert>> AlertStore::find(const std::string& id) const {
  return about(file_, find_in(*reader_.lock(), id));
}

base::Result<AlertPage> AlertStore::list(const AlertFilter& filter) const {
  if (filter.limit < 1 || filter.limit > AlertFilter::max_limit) {
    return base::fail("limit must be from 1 to {}", AlertFilter::max_limit);
  }
  return about(file_, page_of(*reader_.lock(), filter));
}

base::Result<std::vector<Alert>> AlertStore::open_alerts(std::size_t most) const {
  return about(file_, open_in(*reader_.lock(), most));
}

}  // namespace trackalert::alert
