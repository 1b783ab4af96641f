// SPDX-License-Identifier: Apache-2.0
// The tables of the alerts' database. Another layout is another version, and a step that leads there from the one
// before: a new file goes through all steps, one of an older version through those that it lacks.
#pragma once

#include <array>
#include <cstdint>

namespace trackalert::alert::schema {

inline constexpr std::int64_t application_id = 0x74616c74;  // "talt"
/// names.kind
enum class NameKind : std::uint8_t { source = 1, login = 2 };

/// Texts are blobs, for they may hold any bytes. severity, state and what are the numbers of the enums; times are
/// microseconds since 1970.
inline constexpr const char* alerts = R"(
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

/// What waits for channels, and how much: of whoever waits state is 0, or 2 in a digest; of the dead it is 1. The
/// counts are kept by the database itself, so that they are right whatever happens.
inline constexpr const char* deliveries = R"(
CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  channel BLOB NOT NULL,
  alert BLOB NOT NULL,
  news INTEGER NOT NULL,
  state INTEGER NOT NULL,
  created INTEGER NOT NULL,
  next_try INTEGER NOT NULL,
  give_up INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error BLOB NOT NULL,
  digest BLOB NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX deliveries_by_channel ON deliveries (channel, state, next_try, number);
CREATE INDEX deliveries_led ON deliveries (channel, next_try, number)
  WHERE state = 0 AND (digest <> x'' OR attempts > 0);
CREATE INDEX deliveries_by_alert ON deliveries (alert, channel, number);
CREATE INDEX deliveries_by_digest ON deliveries (digest, number);
CREATE TABLE channels (
  name BLOB PRIMARY KEY NOT NULL,
  waiting INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  held_back INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER delivery_came AFTER INSERT ON deliveries BEGIN
  UPDATE channels SET waiting = waiting + (NEW.state <> 1), dead = dead + (NEW.state = 1) WHERE name = NEW.channel;
END;
CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON deliveries WHEN (NEW.state = 1) <> (OLD.state = 1) BEGIN
  UPDATE channels SET waiting = waiting + (NEW.state <> 1) - (OLD.state <> 1),
                      dead = dead + (NEW.state = 1) - (OLD.state = 1) WHERE name = NEW.channel;
END;
CREATE TRIGGER delivery_went AFTER DELETE ON deliveries BEGIN
  UPDATE channels SET waiting = waiting - (OLD.state <> 1), dead = dead - (OLD.state = 1) WHERE name = OLD.channel;
END;
PRAGMA user_version = 2;
)";

/// Feedback: all verdicts that people gave, what they taught about a login, and the links that were used. facet is the
/// number of history::Facet, usual 0 or 1, expires seconds since 1970.
inline constexpr const char* feedback = R"(
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
PRAGMA user_version = 3;
)";

/// steps[n] leads from version n to n + 1.
inline constexpr std::array steps{alerts, deliveries, feedback};
inline constexpr auto version = static_cast<std::int64_t>(steps.size());

}  // namespace trackalert::alert::schema
