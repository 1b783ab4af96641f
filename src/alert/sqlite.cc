// SPDX-License-Identifier: Apache-2.0
#include "alert/sqlite.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

namespace trackalert::alert::sqlite {
namespace {

/// One process has the file, so another connection's lock is one of ours and short.
constexpr int busy_timeout_ms = 10'000;
/// No row of ours is longer, whatever a damaged file says.
constexpr int max_row_bytes = 32 << 20;
constexpr std::size_t max_prepared = 64;

std::unexpected<base::Error> failure(sqlite3* database) {
  return base::fail("{}", sqlite3_errmsg(database));
}

/// SQLite refuses links anywhere in the name when it is told to follow none. The folder may well lie behind one.
std::string without_links_in_folder(const std::string& file) {
  const std::filesystem::path path(file);
  std::error_code error;
  const auto folder = std::filesystem::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
  return error ? file : (folder / path.filename()).string();
}

}  // namespace

Statement::~Statement() {
  reset();
}

Statement& Statement::bind(std::int64_t value) {
  if (const int code = sqlite3_bind_int64(statement_.get(), ++bound_, value); code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view bytes) {
  // A null pointer would bind NULL, also where its length is 0.
  const char* data = bytes.empty() ? "" : bytes.data();
  const int code = sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

base::Result<bool> Statement::step() {
  if (bind_error_ != 0) {
    const auto* text = sqlite3_errstr(bind_error_);
    reset();
    return base::fail("{}", text);
  }
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const auto error = failure(database_);
  reset();
  return error;
}

base::Result<void> Statement::run() {
  const auto row = step();
  if (!row) return std::unexpected(row.error());
  if (*row) reset();
  return {};
}

void Statement::reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
  bind_error_ = 0;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  return data == nullptr
             ? std::string_view()
             : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

base::Result<Database> Database::open(const std::string& file, Access access) {
  // Our caller sees to it that one thread at a time is in here, so SQLite need not.
  const int flags = (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(without_links_in_folder(file).c_str(), &raw, flags, nullptr);
  if (raw == nullptr) return base::fail("out of memory");
  Database database(raw);
  if (code != SQLITE_OK) return failure(raw);
  auto place = base::PlacedFile::at(file);
  if (!place) return std::unexpected(place.error());
  database.place_ = std::move(*place);
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, max_row_bytes);
  // The file is data: nothing in its schema may run, and nothing may write to the schema itself.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (auto set = database.execute("PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON"); !set) {
    return std::unexpected(set.error());
  }
  return database;
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  auto at = statements_.find(sql);
  if (at == statements_.end()) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return failure(database_.get());
    // What is in use stays alive by its users.
    if (statements_.size() >= max_prepared) statements_.clear();
    at = statements_.try_emplace(std::string(sql), raw, sqlite3_finalize).first;
  }
  return Statement(database_.get(), at->second);
}

base::Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(database_.get());
  return {};
}

base::Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

base::Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::string(statement->bytes(0)) : std::string();
}

std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(database_.get()));
}

base::Result<void> Database::copy_to(const std::string& file) {
  auto target = open(file, Access::read_write);
  if (!target) return std::unexpected(target.error());
  auto* const backup = sqlite3_backup_init(target->database_.get(), "main", database_.get(), "main");
  if (backup == nullptr) return failure(target->database_.get());
  sqlite3_backup_step(backup, -1);  // the snapshot of one read, so that writers cannot start it over
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return failure(target->database_.get());
  return {};
}

base::Result<Transaction> Transaction::begin(Database& database) {
  if (auto lies = database.check_place(); !lies) return std::unexpected(lies.error());
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return std::unexpected(begun.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  // SQLite has undone it already after some errors, and says so; there is nobody to tell.
  if (database_ != nullptr) std::ignore = database_->execute("ROLLBACK");
}

base::Result<void> Transaction::commit() {
  if (auto done = database_->execute("COMMIT"); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace trackalert::alert::sqlite
