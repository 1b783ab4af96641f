// SPDX-License-Identifier: Apache-2.0
// The little of SQLite that we use, with ends that happen by themselves and errors as values. Not thread safe: one
// thread at a time on a Database and its statements.
//
// Values always go in by bind, never into the text of a statement.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/placed_file.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace trackalert::alert::sqlite {

/// A prepared statement, for as long as its Database lives. One text has one statement: who prepares a text again
/// shares it, so that one use must have ended before the next begins.
class Statement {
 public:
  Statement(sqlite3* database, std::shared_ptr<sqlite3_stmt> statement)
      : database_(database), statement_(std::move(statement)) {}
  ~Statement();
  Statement(Statement&& other) = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  /// The next parameter. Texts are bound as blobs, byte by byte whatever they hold, and must live until the last step.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view bytes);

  /// Whether there is a row; at the end, or after an error, the parameters may be bound anew.
  [[nodiscard]] base::Result<bool> step();
  /// For statements without rows.
  [[nodiscard]] base::Result<void> run();
  /// Ready to be bound and stepped again.
  void reset();

  // Of the row that step() reached; until the next step.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  sqlite3* database_;
  std::shared_ptr<sqlite3_stmt> statement_;  ///< nullptr once moved from
  int bound_ = 0;
  int bind_error_ = 0;
};

class Database {
 public:
  enum class Access { read_only, read_write };

  /// The file must be there. Never follows a symbolic link as its last part.
  static base::Result<Database> open(const std::string& file, Access access);

  /// The last few dozen texts stay prepared.
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  /// Without parameters and rows; several statements may stand in it.
  [[nodiscard]] base::Result<void> execute(const char* sql);
  /// The first column of the first row of a statement without parameters.
  [[nodiscard]] base::Result<std::int64_t> integer(std::string_view sql);
  [[nodiscard]] base::Result<std::string> text(std::string_view sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::uint64_t changes() const;
  /// An error if the file does not lie any more where it was opened: what is written then is nowhere.
  [[nodiscard]] base::Result<void> check_place() const { return place_ ? place_->check() : base::Result<void>(); }
  /// Copies all of it into `file`, which is there and empty.
  [[nodiscard]] base::Result<void> copy_to(const std::string& file);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
  std::optional<base::PlacedFile> place_;  ///< there once it is open
  std::map<std::string, std::shared_ptr<sqlite3_stmt>, std::less<>> statements_;
};

/// Runs one statement without rows, its parameters bound in their order.
template <class... Values>
[[nodiscard]] base::Result<void> run(Database& database, std::string_view sql, const Values&... values) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  (statement->bind(values), ...);
  return statement->run();
}

/// What was changed is undone at its end, unless commit() took it. Does not begin where the file has lost its place.
class Transaction {
 public:
  static base::Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

  [[nodiscard]] base::Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  ///< nullptr once it has ended
};

}  // namespace trackalert::alert::sqlite
