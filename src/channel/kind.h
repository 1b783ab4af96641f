// SPDX-License-Identifier: Apache-2.0
// The kinds of channel, one row each: its keys, and how it is made. Error texts and docs/lua-api.md come from the
// rows.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "alert/signed_link.h"
#include "base/log.h"
#include "channel/alert_functions.h"
#include "channel/channel.h"
#include "channel/limits.h"
#include "channel/setting.h"
#include "history/history.h"
#include "net/http_client.h"

namespace trackalert::channel {

enum class KeyType : std::uint8_t { text, secret, number, flag, duration, list, function };
/// "text", "number", ...
[[nodiscard]] std::string_view type_name(KeyType type);

struct KeyRow {
  std::string name;
  KeyType type;
  bool needed;
  std::string help;  ///< with default and unit
};

/// What a channel stands on; all of it must outlive the channel.
struct Ground {
  std::string name;  ///< the channel's
  const base::Clock& clock;
  base::Log& log;
  net::TlsClientOptions tls;  ///< of setCurl...()
  AlertFunctions& functions;
  std::size_t at_once;
  // Of mails.
  const history::History* history;
  const alert::LinkSigner* signer;  ///< null: no links
  std::string public_url;           ///< where they lead; empty: nowhere
  std::string templates_folder;     ///< ours
};

struct KindRow {
  std::string name;
  std::string help;
  std::vector<KeyRow> keys;  ///< its own; limit_keys() are everybody's
  std::size_t at_once;       ///< messages on their way, unless the key says so
  /// It does something about an alert, and tells nobody: only a route that names it leads there.
  bool acts;
  /// Whether several alerts fit into one message of it.
  bool (*digests)(const Values& values);
  /// Beyond names and types of keys; touches nothing.
  base::Result<void> (*check)(const Values& values);
  /// Of checked values.
  base::Result<std::unique_ptr<Channel>> (*make)(const Values& values, const Ground& ground);
};

[[nodiscard]] std::span<const KindRow> channel_kinds();
/// Null where there is none.
[[nodiscard]] const KindRow* find_kind(std::string_view name);
/// What every kind has: rate, digest, quiet, at_once.
[[nodiscard]] std::span<const KeyRow> limit_keys();

/// Whether the configuration may say that; an error names what is wrong and what is valid, but no value.
[[nodiscard]] base::Result<void> check_channel(const ChannelSetting& setting);
/// Of a setting that was checked.
[[nodiscard]] base::Result<Limits> limits_of(const ChannelSetting& setting);
[[nodiscard]] base::Result<std::unique_ptr<Channel>> make_channel(const ChannelSetting& setting, const Ground& ground);
/// The functions that the channel asks, for a warning about those that there are not.
[[nodiscard]] std::vector<std::string> functions_of(const ChannelSetting& setting);

/// A name of a channel: small letters, digits, - and _, at most 64 of them.
[[nodiscard]] bool is_channel_name(std::string_view name);

// KindRow::check and KindRow::make of a kind whose file has a read(): from values to its setting, or what is wrong.
template <auto read>
base::Result<void> check_by(const Values& values) {
  const auto setting = read(values);
  return setting ? base::Result<void>{} : std::unexpected(setting.error());
}
template <auto read, class Made>
base::Result<std::unique_ptr<Channel>> make_by(const Values& values, const Ground& ground) {
  auto setting = read(values);
  if (!setting) return std::unexpected(setting.error());
  return std::make_unique<Made>(std::move(*setting), ground);
}

// One row from each file of a kind.
[[nodiscard]] KindRow webhook_kind();  // webhook_channel.cc
[[nodiscard]] KindRow syslog_kind();   // syslog_channel.cc
[[nodiscard]] KindRow ecs_kind();      // ecs_channel.cc
[[nodiscard]] KindRow exec_kind();     // exec_channel.cc
[[nodiscard]] KindRow wforce_kind();   // wforce_channel.cc
[[nodiscard]] KindRow email_kind();    // email_kind.cc

}  // namespace trackalert::channel
