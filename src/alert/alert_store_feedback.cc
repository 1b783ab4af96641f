// SPDX-License-Identifier: Apache-2.0
// Verdicts, the marks that they made, and the links that were used for them.
#include "alert/alert_store_feedback.h"

#include <algorithm>
#include <utility>

#include "alert/alert_store.h"
#include "alert/alert_store_about.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::run;
using sqlite::Statement;
using sqlite::Transaction;

constexpr auto most_verdicts = static_cast<std::int64_t>(AlertStore::max_verdicts);
constexpr auto most_of_login = static_cast<std::int64_t>(MarkTable::max_of_login);
constexpr auto most_marks = static_cast<std::int64_t>(MarkTable::max_marks);

base::Result<void> save_record(Database& database, const VerdictNote& note, const std::string& rule) {
  auto saved = run(database, "INSERT INTO verdicts (alert, rule, verdict, by, time) VALUES (?, ?, ?, ?, ?)", note.alert,
                   rule, std::to_underlying(note.record.verdict), note.record.by, note.record.time);
  if (!saved) return saved;
  return run(database,
             "DELETE FROM verdicts WHERE number IN (SELECT number FROM verdicts WHERE alert = ? ORDER BY number DESC "
             "LIMIT -1 OFFSET ?)",
             note.alert, most_verdicts);
}

base::Result<void> save_marks(Database& database, const VerdictNote& note) {
  if (auto done = run(database, "DELETE FROM marks WHERE alert = ?", note.alert); !done) return done;
  for (const auto& mark : note.marks) {
    auto saved = run(
        database, "INSERT OR REPLACE INTO marks (login, facet, value, usual, since, alert) VALUES (?, ?, ?, ?, ?, ?)",
        mark.login, std::to_underlying(mark.facet), mark.value, mark.usual ? 1 : 0, mark.since, note.alert);
    if (!saved) return saved;
  }
  return {};
}

/// How many marks made room.
base::Result<std::uint64_t> make_room(Database& database, const VerdictNote& note) {
  std::uint64_t gone = 0;
  if (!note.marks.empty()) {
    const auto& login = note.marks.front().login;
    auto shortened =
        run(database,
            "DELETE FROM marks WHERE login = ? AND (facet, value) IN (SELECT facet, value FROM marks WHERE "
            "login = ? ORDER BY since DESC, facet, value LIMIT -1 OFFSET ?)",
            login, login, most_of_login);
    if (!shortened) return std::unexpected(shortened.error());
    gone += database.changes();
  }
  const auto all = database.integer("SELECT count(*) FROM marks");
  if (!all) return std::unexpected(all.error());
  if (*all <= most_marks) return gone;
  auto dropped = run(database,
                     "DELETE FROM marks WHERE (login, facet, value) IN (SELECT login, facet, value FROM marks ORDER BY "
                     "since LIMIT ?)",
                     *all - most_marks);
  if (!dropped) return std::unexpected(dropped.error());
  return gone + database.changes();
}

base::Result<std::uint64_t> save_in(Database& database, const VerdictNote& note, const std::string& rule) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  if (note.link) {
    auto used = run(database, "INSERT INTO used_links (id, expires) VALUES (?, ?)", note.link->id,
                    note.link->expires / history::second);
    if (!used) return std::unexpected(used.error());
  }
  if (auto done = save_record(database, note, rule); !done) return std::unexpected(done.error());
  if (auto done = save_marks(database, note); !done) return std::unexpected(done.error());
  auto gone = make_room(database, note);
  if (!gone) return gone;
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return gone;
}

base::Result<std::vector<VerdictRecord>> verdicts_in(Database& database, const std::string& id) {
  auto found = database.prepare("SELECT verdict, by, time FROM verdicts WHERE alert = ? ORDER BY number");
  if (!found) return std::unexpected(found.error());
  found->bind(id);
  std::vector<VerdictRecord> out;
  while (true) {
    const auto row = found->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    if (found->integer(0) < 0 || std::cmp_greater(found->integer(0), std::to_underlying(Verdict::forget))) {
      return base::fail("a verdict on {} is damaged", id);
    }
    out.push_back({static_cast<Verdict>(found->integer(0)), std::string(found->bytes(1)), found->integer(2)});
  }
}

base::Result<std::vector<VerdictCounts>> counts_in(Database& database) {
  auto found = database.prepare(
      "SELECT rule, sum(verdict = 0), sum(verdict = 1), sum(verdict = 2) FROM verdicts WHERE number IN (SELECT "
      "max(number) FROM verdicts GROUP BY alert) GROUP BY rule ORDER BY count(*) DESC, rule LIMIT ?");
  if (!found) return std::unexpected(found.error());
  found->bind(static_cast<std::int64_t>(AlertStore::max_rules));
  std::vector<VerdictCounts> out;
  while (true) {
    const auto row = found->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    const auto count = [&](int column) { return static_cast<std::uint64_t>(found->integer(column)); };
    out.push_back({.rule = std::string(found->bytes(0)), .good = count(1), .bad = count(2), .forget = count(3)});
  }
}

/// Of a statement whose rows are (login, facet, value, usual, since, alert).
base::Result<std::vector<Mark>> marks_in(Statement& found) {
  std::vector<Mark> out;
  while (true) {
    const auto row = found.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    const auto facet = static_cast<history::Facet>(found.integer(1));
    if (std::ranges::find(MarkTable::facets, facet) == MarkTable::facets.end()) {
      return base::fail("a mark is damaged: of facet {}", found.integer(1));
    }
    out.push_back({.login = std::string(found.bytes(0)),
                   .facet = facet,
                   .value = std::string(found.bytes(2)),
                   .usual = found.integer(3) != 0,
                   .since = found.integer(4),
                   .alert = std::string(found.bytes(5))});
  }
}

base::Result<std::vector<Mark>> marks_in(Database& database, const std::string* login) {
  auto found =
      database.prepare(login == nullptr ? "SELECT login, facet, value, usual, since, alert FROM marks"
                                        : "SELECT login, facet, value, usual, since, alert FROM marks WHERE login = ?");
  if (!found) return std::unexpected(found.error());
  if (login != nullptr) found->bind(*login);
  return marks_in(*found);
}

base::Result<bool> is_used_in(Database& database, const std::string& link) {
  auto found = database.prepare("SELECT 1 FROM used_links WHERE id = ?");
  if (!found) return std::unexpected(found.error());
  return found->bind(link).step();
}

base::Result<std::uint64_t> drop_in(Database& database, history::Time marks_before, history::Time now) {
  auto marks = run(database, "DELETE FROM marks WHERE since < ?", marks_before);
  if (!marks) return std::unexpected(marks.error());
  const auto gone = database.changes();
  auto links = run(database, "DELETE FROM used_links WHERE expires < ?", now / history::second);
  if (!links) return std::unexpected(links.error());
  return gone;
}

}  // namespace

base::Result<void> erase_feedback(Database& database, const std::string& login) {
  if (auto marks = run(database, "DELETE FROM marks WHERE login = ?", login); !marks) return marks;
  return run(database, "UPDATE verdicts SET by = CAST('(erased)' AS BLOB) WHERE instr(by, ?) > 0", login);
}

base::Result<std::uint64_t> AlertStore::save_verdict(const VerdictNote& note, const std::string& rule) {
  return about(file_, save_in(*writer_.lock(), note, rule));
}

base::Result<std::vector<VerdictRecord>> AlertStore::verdicts(const std::string& id) const {
  return about(file_, verdicts_in(*reader_.lock(), id));
}

base::Result<std::vector<VerdictCounts>> AlertStore::verdict_counts() const {
  return about(file_, counts_in(*reader_.lock()));
}

base::Result<std::vector<Mark>> AlertStore::marks() const {
  return about(file_, marks_in(*reader_.lock(), nullptr));
}

base::Result<std::vector<Mark>> AlertStore::marks_of(const std::string& login) const {
  return about(file_, marks_in(*reader_.lock(), &login));
}

base::Result<bool> AlertStore::is_used(const std::string& link) const {
  return about(file_, is_used_in(*reader_.lock(), link));
}

base::Result<std::uint64_t> AlertStore::drop_feedback(history::Time marks_before, history::Time now) {
  return about(file_, drop_in(*writer_.lock(), marks_before, now));
}

}  // namespace trackalert::alert
