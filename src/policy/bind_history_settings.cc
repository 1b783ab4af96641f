// SPDX-License-Identifier: Apache-2.0
// Whether and how logins are remembered. All of it is for the next start.
#include <array>

#include "history/time_text.h"
#include "policy/bindings.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

constexpr history::Time least_retention = history::day;
constexpr history::Time most_retention = 3650 * history::day;
constexpr long least_memory_mb = 64;
constexpr long most_memory_mb = 1L << 20;
constexpr long most_disk_gb = 1L << 20;
/// Longer than any file system's.
constexpr std::size_t most_folder_bytes = 4000;

history::Options& options(Call& call) {
  return call.context().settings->history;
}

int set_history_dir(Call& call) {
  const auto folder = call.text(1);
  if (folder.empty() || folder.size() > most_folder_bytes || folder.find('\0') != folder.npos) {
    throw FunctionError("setHistoryDir() takes the name of a directory");
  }
  options(call).folder = folder;
  return 0;
}

history::Time retention(Call& call, std::string_view function) {
  const auto text = call.text(1);
  const auto time = history::parse_duration(text);
  if (!time || *time < least_retention || *time > most_retention) {
    throw FunctionError(fmt::format("{}() takes a duration from \"1d\" to \"3650d\", not \"{}\"", function, text));
  }
  return *time;
}

int set_history_retention(Call& call) {
  options(call).retention = retention(call, "setHistoryRetention");
  return 0;
}

int set_profile_retention(Call& call) {
  options(call).profile_retention = retention(call, "setProfileRetention");
  return 0;
}

int set_history_sync(Call& call) {
  using history::Sync;
  constexpr std::array<std::pair<std::string_view, Sync>, 3> names{
      {{"1s", Sync::every_second}, {"always", Sync::always}, {"never", Sync::never}}};
  const auto wanted = call.text(1);
  for (const auto& [name, sync] : names) {
    if (name != wanted) continue;
    options(call).sync = sync;
    return 0;
  }
  throw FunctionError(fmt::format("setHistorySync() takes \"1s\", \"always\" or \"never\", not \"{}\"", wanted));
}

int set_history_memory_mb(Call& call) {
  options(call).memory_bytes = static_cast<std::size_t>(call.integer(1, least_memory_mb, most_memory_mb)) << 20;
  return 0;
}

int set_history_max_disk_gb(Call& call) {
  options(call).max_disk_bytes = static_cast<std::uint64_t>(call.integer(1, 0, most_disk_gb)) << 30;
  return 0;
}

int set_history_pseudonymise(Call& call) {
  options(call).pseudonymise = call.boolean(1);
  return 0;
}

}  // namespace

std::span<const FunctionRow> history_settings() {
  static const std::vector<FunctionRow> rows{
      {"setHistoryDir",
       Acts::in_global_and_client,
       {{"directory", Type::text}},
       "",
       "Remembers every report in this directory, which is made if need be; without it there is no history.",
       &set_history_dir},
      {"setHistoryRetention",
       Acts::in_global_and_client,
       {{"duration", Type::text}},
       "",
       "How long reports are kept: \"1d\" to \"3650d\", default \"180d\".",
       &set_history_retention},
      {"setProfileRetention",
       Acts::in_global_and_client,
       {{"duration", Type::text}},
       "",
       "How long a profile is kept after its login was last seen, and trends at all: \"1d\" to \"3650d\", default "
       "\"400d\".",
       &set_profile_retention},
      {"setHistorySync",
       Acts::in_global_and_client,
       {{"when", Type::text}},
       "",
       "When reports are forced onto the disk, which only a power loss asks for: \"1s\" (default, every second), "
       "\"always\" (before the answer) or \"never\" (the system decides).",
       &set_history_sync},
      {"setHistoryMemoryMB",
       Acts::in_global_and_client,
       {{"megabytes", Type::integer}},
       "",
       "Memory of the history, at least 64, default 256.",
       &set_history_memory_mb},
      {"setHistoryMaxDiskGB",
       Acts::in_global_and_client,
       {{"gigabytes", Type::integer}},
       "",
       "The oldest reports go early when the directory grows beyond this; default 0, no limit.",
       &set_history_max_disk_gb},
      {"setHistoryPseudonymise",
       Acts::in_global_and_client,
       {{"pseudonymise", Type::boolean}},
       "",
       "Keeps a keyed hash of each login in place of the login; looking up a login still works. Default false.",
       &set_history_pseudonymise},
  };
  return rows;
}

}  // namespace trackalert::policy
