// SPDX-License-Identifier: Apache-2.0
// Opening, writing, erasing and copying; alert_store_list.cc answers, alert_store_allowances.cc keeps allowances,
// alert_store_feedback.cc what people answered.
//
// What is asked for stands in columns and in the table of names, beside the alert itself as JSON: the columns are an
// index that each save writes anew, the JSON is the truth. A name in the table is what a login or a source can be
// looked up by: those that the alert shows, and the one in its key.
#include "alert/alert_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "alert/alert_store_about.h"
#include "alert/alert_store_feedback.h"
#include "alert/alert_store_schema.h"
#include "alert/stored_alert.h"
#include "base/descriptor.h"
#include "base/json_writer.h"

namespace trackalert::alert {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

/// What drop_before() removes in one transaction.
constexpr std::int64_t most_dropped_at_once = 1000;

/// Names of an alert, each with its kind (NameKind).
using NameSet = std::set<std::pair<std::int64_t, std::string>>;

/// Makes the file, to be read by us alone. False: there is one, and nothing happens to it. It is not even opened, since
/// SQLite's locks on a file end when any descriptor of it is closed.
base::Result<bool> make_file(const std::string& file) {
  const base::Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (fd.valid()) return true;
  const int error = errno;
  if (error == EEXIST) return false;
  return base::fail("{}", base::error_text(error));
}

/// All steps or none: whoever is killed meanwhile finds the version that there was.
base::Result<void> bring_up_to_date(Database& database, std::int64_t version) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  for (auto at = static_cast<std::size_t>(version); at < schema::steps.size(); ++at) {
    if (auto made = database.execute(schema::steps[at]); !made) return made;
  }
  return transaction->commit();
}

base::Result<void> check_schema(Database& database) {
  const auto application = database.integer("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*application == 0 && *version == 0 && *tables == 0) return bring_up_to_date(database, 0);
  if (*application != schema::application_id) return base::fail("a database, but not one of alerts");
  if (*version < 1 || *version > schema::version) {
    return base::fail("of version {}, this program reads versions 1 to {}", *version, schema::version);
  }
  const auto sound = database.text("PRAGMA quick_check(1)");
  if (!sound) return std::unexpected(sound.error());
  if (*sound != "ok") return base::fail("damaged: {}", *sound);
  return bring_up_to_date(database, *version);
}

base::Result<Database> open_writer(const std::string& file) {
  if (const auto made = make_file(file); !made) return std::unexpected(made.error());
  auto database = Database::open(file, Database::Access::read_write);
  if (!database) return database;
  // NORMAL: what is committed is with the kernel, and on the disk at the next checkpoint. Erased means overwritten.
  if (auto set = database->execute("PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL"); !set) {
    return std::unexpected(set.error());
  }
  const auto mode = database->text("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  if (*mode != "wal") return base::fail("the file system cannot hold it: no write-ahead log");
  if (auto checked = check_schema(*database); !checked) return std::unexpected(checked.error());
  return database;
}

NameSet names_of(const Alert& alert) {
  NameSet names;
  const auto add = [&names](schema::NameKind kind, std::string_view name) {
    if (name.size() <= max_stored_name_bytes) names.emplace(std::to_underlying(kind), name);
  };
  for (const auto& source : alert.sources.shown()) add(schema::NameKind::source, source);
  for (const auto& login : alert.logins.shown()) add(schema::NameKind::login, login);
  for (const auto& login : alert.taken.shown()) add(schema::NameKind::login, login);
  const std::string_view key = alert.key;
  const auto value = key.substr(std::min(key.find(':') + 1, key.size()));
  if (key.starts_with(detect::login_key_prefix)) add(schema::NameKind::login, value);
  if (key.starts_with("remote:") || key.starts_with("net:")) add(schema::NameKind::source, value);
  return names;
}

/// Brings the table of names to what the alert says now. Most saves change nothing or add a few.
base::Result<void> save_names(Database& database, std::int64_t number, NameSet wanted) {
  auto there = database.prepare("SELECT kind, name FROM names WHERE alert = ?");
  auto remove = database.prepare("DELETE FROM names WHERE kind = ? AND name = ? AND alert = ?");
  auto add = database.prepare("INSERT INTO names (kind, name, alert) VALUES (?, ?, ?)");
  for (const auto* statement : {&there, &remove, &add}) {
    if (!*statement) return std::unexpected(statement->error());
  }
  NameSet gone;
  there->bind(number);
  while (true) {
    const auto row = there->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    std::pair<std::int64_t, std::string> name(there->integer(0), there->bytes(1));
    if (wanted.erase(name) == 0) gone.insert(std::move(name));
  }
  for (const auto& [kind, name] : gone) {
    if (auto done = remove->bind(kind).bind(name).bind(number).run(); !done) return done;
  }
  for (const auto& [kind, name] : wanted) {
    if (auto done = add->bind(kind).bind(name).bind(number).run(); !done) return done;
  }
  return {};
}

base::Result<void> save_one(Database& database, const Alert& alert) {
  auto statement = database.prepare(
      "INSERT INTO alerts (id, rule, severity, state, closed, key, last_seen, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, severity = excluded.severity, state = excluded.state, "
      "closed = excluded.closed, key = excluded.key, last_seen = excluded.last_seen, body = excluded.body "
      "RETURNING number");
  if (!statement) return std::unexpected(statement.error());
  const auto body = stored_alert_json(alert);
  statement->bind(alert.id).bind(alert.rule).bind(std::to_underlying(alert.severity));
  statement->bind(std::to_underlying(alert.state())).bind(alert.closed ? 1 : 0);
  const auto row = statement->bind(stored_text(alert.key)).bind(alert.last_seen).bind(body).step();
  if (!row) return std::unexpected(row.error());
  const auto number = statement->integer(0);
  statement->reset();
  return save_names(database, number, names_of(alert));
}

base::Result<void> drop(Database& database, const std::vector<std::int64_t>& numbers) {
  auto verdicts = database.prepare("DELETE FROM verdicts WHERE alert = (SELECT id FROM alerts WHERE number = ?)");
  auto names = database.prepare("DELETE FROM names WHERE alert = ?");
  auto alerts = database.prepare("DELETE FROM alerts WHERE number = ?");
  if (!verdicts) return std::unexpected(verdicts.error());
  if (!names) return std::unexpected(names.error());
  if (!alerts) return std::unexpected(alerts.error());
  for (const auto number : numbers) {
    if (auto done = verdicts->bind(number).run(); !done) return done;
    if (auto done = names->bind(number).run(); !done) return done;
    if (auto done = alerts->bind(number).run(); !done) return done;
  }
  return {};
}

/// The first column of all rows.
base::Result<std::vector<std::int64_t>> numbers_of(Statement& statement) {
  std::vector<std::int64_t> numbers;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return numbers;
    numbers.push_back(statement.integer(0));
  }
}

base::Result<std::uint64_t> drop_some(Database& database, history::Time last_seen) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  auto old =
      database.prepare("SELECT number FROM alerts WHERE closed = 1 AND last_seen < ? ORDER BY last_seen LIMIT ?");
  if (!old) return std::unexpected(old.error());
  const auto numbers = numbers_of(old->bind(last_seen).bind(most_dropped_at_once));
  if (!numbers) return std::unexpected(numbers.error());
  if (auto done = drop(database, *numbers); !done) return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return numbers->size();
}

/// Whether the alert had anything of the login.
base::Result<bool> erase_from(Database& database, std::int64_t number, const std::string& login) {
  auto found = database.prepare("SELECT body FROM alerts WHERE number = ?");
  if (!found) return std::unexpected(found.error());
  const auto row = found->bind(number).step();
  if (!row) return std::unexpected(row.error());
  auto alert = *row ? alert_from_json(found->bytes(0)) : base::fail("it went meanwhile");
  found->reset();
  if (!alert) return base::fail("alert {}: {}", number, alert.error().message);
  const auto key = detect::login_key(login);
  if (alert->key == stored_text(key)) {
    if (auto done = drop(database, {number}); !done) return std::unexpected(done.error());
    return true;
  }
  if (!forget_login(*alert, login)) return false;
  if (auto done = save_one(database, *alert); !done) return std::unexpected(done.error());
  return true;
}

base::Result<std::uint64_t> erase_everywhere(Database& database, const std::string& login) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  // All alerts are read: a message may name a login that the lists had no room for.
  auto having = database.prepare("SELECT number FROM alerts WHERE instr(body, ?) > 0 OR key = ?");
  if (!having) return std::unexpected(having.error());
  const auto quoted = base::json_string(login);
  const auto key = detect::login_key(login);
  having->bind(std::string_view(quoted).substr(1, quoted.size() - 2)).bind(stored_text(key));
  const auto numbers = numbers_of(*having);
  if (!numbers) return std::unexpected(numbers.error());
  std::uint64_t changed = 0;
  for (const auto number : *numbers) {
    const auto had = erase_from(database, number, login);
    if (!had) return std::unexpected(had.error());
    if (*had) ++changed;
  }
  auto allowances = database.prepare("DELETE FROM allowances WHERE what = ? AND value = ?");
  if (!allowances) return std::unexpected(allowances.error());
  if (auto done = allowances->bind(std::to_underlying(Allowance::What::login)).bind(login).run(); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = Outbox::erase_text(database, login); !done) return std::unexpected(done.error());
  if (auto done = erase_feedback(database, login); !done) return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return changed;
}

}  // namespace

AlertStore::AlertStore(std::string file, Database writer, Database reader)
    : file_(std::move(file)), writer_(std::move(writer)), reader_(std::move(reader)), outbox_(writer_, reader_) {}

base::Result<std::unique_ptr<AlertStore>> AlertStore::open(const std::string& file) {
  auto writer = open_writer(file);
  if (!writer) return about(file, writer.error());
  auto reader = Database::open(file, Database::Access::read_only);
  if (!reader) return about(file, reader.error());
  return std::unique_ptr<AlertStore>(new AlertStore(file, std::move(*writer), std::move(*reader)));
}

base::Result<void> AlertStore::save(std::span<const Alert* const> alerts, std::span<const Outbox::Fresh> news) {
  if (alerts.empty() && news.empty()) return {};
  {
    auto held = writer_.lock();
    auto transaction = Transaction::begin(*held);
    if (!transaction) return about(file_, transaction.error());
    for (const auto* alert : alerts) {
      if (auto done = save_one(*held, *alert); !done) return about(file_, done.error());
    }
    if (auto done = Outbox::put(*held, news); !done) return about(file_, done.error());
    if (auto done = transaction->commit(); !done) return about(file_, done.error());
  }
  if (!news.empty()) outbox_.announce();
  return {};
}

base::Result<std::uint64_t> AlertStore::drop_before(history::Time last_seen) {
  std::uint64_t dropped = 0;
  while (true) {
    const auto some = drop_some(*writer_.lock(), last_seen);
    if (!some) return about(file_, some.error());
    dropped += *some;
    if (*some < static_cast<std::uint64_t>(most_dropped_at_once)) return dropped;
  }
}

base::Result<std::uint64_t> AlertStore::erase_login(const std::string& login) {
  if (login.empty()) return 0;
  auto writer = writer_.lock();
  const auto changed = erase_everywhere(*writer, login);
  if (!changed) return about(file_, changed.error());
  // A page that was split keeps bytes of cells that have moved away, secure_delete or not: only a database that is
  // written anew has none. That goes by a temporary file, which holds nothing that was erased; in memory it might be
  // large.
  if (auto done = writer->execute("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY"); !done) {
    return about(file_, done.error());
  }
  // The write-ahead log still holds the pages as they were. It is emptied when nobody reads them any more.
  auto reader = reader_.lock();
  const auto blocked = writer->integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!blocked) return about(file_, blocked.error());
  if (*blocked != 0) return base::fail("alerts in {}: erased, but the write-ahead log is in use by a backup", file_);
  return changed;
}

base::Result<void> AlertStore::backup(const std::string& file) const {
  // A connection of its own, so that a long copy holds nobody up.
  auto source = Database::open(file_, Database::Access::read_only);
  if (!source) return about(file_, source.error());
  const auto made = make_file(file);
  if (!made) return about(file, made.error());
  if (!*made) return base::fail("alerts in {}: there is such a file already", file);
  auto copied = source->copy_to(file);
  if (copied) return {};
  ::unlink(file.c_str());
  return about(file, copied.error());
}

}  // namespace trackalert::alert
