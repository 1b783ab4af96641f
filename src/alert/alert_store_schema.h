// SPDX-License-Identifier: Apache-2.0
// The tables of the alerts' database, version 2. Another layout is another version; a database of version 1 gets what
// it lacks when it is opened.
#pragma once

#include <cstdint>

namespace trackalert::alert::schema {

inline constexpr std::int64_t application_id = 0x74616c74;  // "talt"
inline constexpr std::int64_t version = 2;

/// names.kind
enum class NameKind : std::uint8_t { source = 1, login = 2 };

/// What version 1 had. Texts are blobs, for they may hold any bytes. severity, state and what are the numbers of the
/// enums; times are microseconds since 1970.
inline constexpr const char* create = R"(
CREATE TABLE alerts (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  rule BLOB NOT NULL,
  severity INTEGER NOT NULL,
  state INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  key BLOB NOT NULL,
  last_seen INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX alerts_by_time ON alerts (last_seen, id);
CREATE INDEX alerts_by_key ON alerts (key, last_seen);
CREATE INDEX alerts_closed ON alerts (closed, last_seen);
CREATE TABLE names (
  kind INTEGER NOT NULL,
  name BLOB NOT NULL,
  alert INTEGER NOT NULL,
  PRIMARY KEY (kind, name, alert)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_alert ON names (alert);
CREATE TABLE allowances (
  id BLOB PRIMARY KEY NOT NULL,
  what INTEGER NOT NULL,
  value BLOB NOT NULL,
  detection BLOB NOT NULL,
  reason BLOB NOT NULL,
  until INTEGER NOT NULL,
  since INTEGER NOT NULL,
  by BLOB NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1952541812;
PRAGMA user_version = 1;
)";

/// Feedback: all verdicts that people gave, what they taught about a login, and the links that were used. facet is the
/// number of history::Facet, usual 0 or 1, expires seconds since 1970.
inline constexpr const char* feedback_of_2 = R"(
CREATE TABLE verdicts (
  number INTEGER PRIMARY KEY,
  alert BLOB NOT NULL,
  rule BLOB NOT NULL,
  verdict INTEGER NOT NULL,
  by BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX verdicts_by_alert ON verdicts (alert, number);
CREATE TABLE marks (
  login BLOB NOT NULL,
  facet INTEGER NOT NULL,
  value BLOB NOT NULL,
  usual INTEGER NOT NULL,
  since INTEGER NOT NULL,
  alert BLOB NOT NULL,
  PRIMARY KEY (login, facet, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_by_alert ON marks (alert);
CREATE INDEX marks_by_time ON marks (since);
CREATE TABLE used_links (
  id BLOB PRIMARY KEY NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

inline constexpr const char* now_of_2 = "PRAGMA user_version = 2";

}  // namespace trackalert::alert::schema
