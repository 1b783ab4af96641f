// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "alert/alert_store.h"
#include "alert/alert_store_about.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::Transaction;

base::Result<void> save_in(Database& database, const Allowance& allowance) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  auto save = database.prepare(
      "INSERT OR REPLACE INTO allowances (id, what, value, detection, reason, until, since, by) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!save) return std::unexpected(save.error());
  save->bind(allowance.id).bind(std::to_underlying(allowance.what)).bind(allowance.value);
  save->bind(allowance.detection).bind(allowance.reason).bind(allowance.until).bind(allowance.since);
  if (auto done = save->bind(allowance.by).run(); !done) return done;
  const auto all = database.integer("SELECT count(*) FROM allowances");
  if (!all) return std::unexpected(all.error());
  if (std::cmp_greater(*all, AllowList::max_entries)) {
    return base::fail("there are {} allowances already, the most there may be", AllowList::max_entries);
  }
  return transaction->commit();
}

base::Result<bool> remove_from(Database& database, const std::string& id) {
  auto remove = database.prepare("DELETE FROM allowances WHERE id = ?");
  if (!remove) return std::unexpected(remove.error());
  if (auto done = remove->bind(id).run(); !done) return std::unexpected(done.error());
  return database.changes() > 0;
}

base::Result<std::vector<Allowance>> all_in_force(Database& database, history::Time now) {
  auto ended = database.prepare("DELETE FROM allowances WHERE until <> 0 AND until <= ?");
  if (!ended) return std::unexpected(ended.error());
  if (auto done = ended->bind(now).run(); !done) return std::unexpected(done.error());
  auto found = database.prepare(
      "SELECT id, what, value, detection, reason, until, since, by FROM allowances ORDER BY since, id");
  if (!found) return std::unexpected(found.error());
  std::vector<Allowance> out;
  while (true) {
    const auto row = found->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    if (std::cmp_greater(found->integer(1), std::to_underlying(Allowance::What::country)) || found->integer(1) < 0) {
      return base::fail("allowance {} is damaged", found->bytes(0));
    }
    out.push_back({.what = static_cast<Allowance::What>(found->integer(1)),
                   .value = std::string(found->bytes(2)),
                   .detection = std::string(found->bytes(3)),
                   .reason = std::string(found->bytes(4)),
                   .until = found->integer(5),
                   .since = found->integer(6),
                   .by = std::string(found->bytes(7)),
                   .id = std::string(found->bytes(0))});
  }
}

}  // namespace

base::Result<void> AlertStore::save_allowance(const Allowance& allowance) {
  return about(file_, save_in(*writer_.lock(), allowance));
}

base::Result<bool> AlertStore::remove_allowance(const std::string& id) {
  return about(file_, remove_from(*writer_.lock(), id));
}

base::Result<std::vector<Allowance>> AlertStore::allowances(history::Time now) {
  return about(file_, all_in_force(*writer_.lock(), now));
}

}  // namespace trackalert::alert
