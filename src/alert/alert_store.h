// SPDX-License-Identifier: Apache-2.0
// Alerts, allowances and people's verdicts on disk: an SQLite database, one file beside the event log
// (docs/history-format.md has its tables).
//
// Durable as the event log is: what a call has returned from survives the end of the process, however it ends; a power
// cut may take the last moments, never the rest. A call is in the file whole or not at all.
//
// Threads: any. Writers take turns. list(), find(), open_alerts() and backup() do not wait for a
// writer, nor a writer for them.
//
// Bounds: what one alert takes (stored_alert.h); AlertFilter::max_limit alerts an answer; AllowList::max_entries
// allowances; six open files, three more during a backup; a few megabytes of memory. How many alerts there are is for
// whoever calls drop_before(). Only one process at a time may have the file open: the history's lock sees to that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alert/alert.h"
#include "alert/alert_filter.h"
#include "alert/allow_list.h"
#include "alert/mark_table.h"
#include "alert/outbox.h"
#include "alert/sqlite.h"
#include "alert/verdict.h"
#include "base/guarded.h"
#include "base/result.h"

namespace trackalert::alert {

class AlertStore {
 public:
  /// The file's name within the history's folder.
  static constexpr const char* file_name = "alerts.db";
  static constexpr std::size_t max_open_alerts = 1'000'000;  ///< open_alerts() gives no more

  /// Opens `file`, and makes it if there is none. An error names it and says what is wrong: it is no such database, of
  /// another version, damaged, not ours to write. Reads the whole file once, to know that it is sound.
  static base::Result<std::unique_ptr<AlertStore>> open(const std::string& file);

  /// All or none of them; each in place of what there is under its id. With them what is to be told of them, or of
  /// alerts that are there.
  base::Result<void> save(std::span<const Alert* const> alerts, std::span<const Outbox::Fresh> news = {});
  [[nodiscard]] base::Result<std::optional<Alert>> find(const std::string& id) const;
  /// A limit beyond its bounds is an error.
  [[nodiscard]] base::Result<AlertPage> list(const AlertFilter& filter) const;
  /// The newest `most` that are not closed, those of shadow rules too, in the order of last_seen: what fills an
  /// AlertBook at the start.
  [[nodiscard]] base::Result<std::vector<Alert>> open_alerts(std::size_t most) const;

  /// Removes closed alerts that were seen last before that, a few at a time so that save() gets its turn between them.
  /// How many.
  base::Result<std::uint64_t> drop_before(history::Time last_seen);
  /// Forgets a login. Alerts about it (their key), allowances for it and marks of it are gone; from the lists, messages
  /// and evidence of others its name is taken out, while their totals stay. No byte of the name remains in the files,
  /// except where it is part of something else ("joe" in "joe@example.org") or where a text that was cut ends amid it.
  /// The file is written anew, and others wait for as long as that takes. How many alerts were changed or removed.
  /// Whoever holds alerts in memory has to forget_login() (stored_alert.h) there before, or the next save() brings it
  /// back.
  base::Result<std::uint64_t> erase_login(const std::string& login);
  /// A copy as of now. `file` must not exist; it is on the disk when this returns, or gone after an error.
  [[nodiscard]] base::Result<void> backup(const std::string& file) const;

  /// What is on its way to channels; in the same file, with errors that do not name it.
  [[nodiscard]] Outbox& outbox() { return outbox_; }

  /// In place of what there is under its id. More than AllowList::max_entries is an error.
  base::Result<void> save_allowance(const Allowance& allowance);
  /// Whether there was such.
  base::Result<bool> remove_allowance(const std::string& id);
  /// Those in force, by since, then id. The others are removed.
  base::Result<std::vector<Allowance>> allowances(history::Time now);

  /// All of it or nothing: the verdict, of which the newest max_verdicts of its alert are kept; its marks, in place of
  /// those that the alert's verdicts made before and of others about the same values; the link as used. Returns how
  /// many marks had to make room: MarkTable::max_of_login of one login and max_marks of all are kept, the newest.
  base::Result<std::uint64_t> save_verdict(const VerdictNote& note, const std::string& rule);
  /// Of one alert, the oldest first.
  [[nodiscard]] base::Result<std::vector<VerdictRecord>> verdicts(const std::string& id) const;
  /// By rule: of each alert its last verdict. At most max_rules, those with most verdicts.
  [[nodiscard]] base::Result<std::vector<VerdictCounts>> verdict_counts() const;
  [[nodiscard]] base::Result<std::vector<Mark>> marks() const;
  [[nodiscard]] base::Result<std::vector<Mark>> marks_of(const std::string& login) const;
  [[nodiscard]] base::Result<bool> is_used(const std::string& link) const;
  /// Marks that were made before that, and links that were over before `now`. How many marks went.
  base::Result<std::uint64_t> drop_feedback(history::Time marks_before, history::Time now);
  static constexpr std::size_t max_verdicts = 20;
  static constexpr std::size_t max_rules = 1000;

 private:
  AlertStore(std::string file, sqlite::Database writer, sqlite::Database reader);

  const std::string file_;
  base::Guarded<sqlite::Database> writer_;
  base::Guarded<sqlite::Database> reader_;  ///< goes first, so that the writer's end leaves one file
  Outbox outbox_;
};

}  // namespace trackalert::alert
