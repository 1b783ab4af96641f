// SPDX-License-Identifier: Apache-2.0
#include "app/history_door.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "app/client.h"
#include "app/config_file.h"
#include "app/offline_config.h"
#include "console/client.h"

namespace trackalert::app {
std::string lua_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\')
      out += fmt::format("\\{:03}", byte);
    else
      out += c;
  }
  return out + '"';
}

int complain(const base::Error& error) {
  fmt::print(stderr, "trackalert: {}\n", base::escape_control(error.message));
  return 1;
}

HistoryDoor::HistoryDoor() : log_(warnings_alone()) {}

base::Result<std::unique_ptr<HistoryDoor>> HistoryDoor::find(const std::optional<std::string>& config_file) {
  std::unique_ptr<HistoryDoor> door(new HistoryDoor);
  auto settings = client_settings(config_file, door->log_);
  if (!settings) return std::unexpected(settings.error());
  door->settings_ = std::move(*settings);
  auto& folder = door->settings_.history.folder;
  if (!folder.empty()) folder = absolute_name(folder);
  return door;
}

base::Result<std::optional<std::string>> HistoryDoor::ask_daemon(std::string_view function, std::string_view text) {
  return tell_daemon(fmt::format("{}({})", function, lua_quoted(text)));
}

base::Result<std::optional<std::string>> HistoryDoor::tell_daemon(const std::string& command) {
  if (!settings_.console_key) return std::nullopt;  // then no daemon of this configuration has a console either
  auto client = console::ConsoleClient::connect(console_of(settings_), *settings_.console_key);
  if (!client) return std::nullopt;
  auto answer = client->execute(command);
  if (!answer) return std::unexpected(answer.error());
  constexpr std::string_view failure = "Error: ";
  if (answer->starts_with(failure)) return base::fail("{}", answer->substr(failure.size()));
  return std::move(*answer);
}

base::Result<std::string> HistoryDoor::folder() const {
  if (settings_.history.folder.empty()) return base::fail("the configuration has no setHistoryDir()");
  return settings_.history.folder;
}

base::Result<std::unique_ptr<history::rocksdb::LocalHistory>> HistoryDoor::open(
    const std::optional<std::string>& folder) {
  history::rocksdb::LocalHistory::Setup setup{.options = settings_.history, .upkeep = false};
  if (folder) setup.options.folder = *folder;
  if (setup.options.folder.empty()) return base::fail("the configuration has no setHistoryDir()");
  // Not the daemon's folder made by a mistyped configuration, with the wrong owner.
  std::error_code ignored;
  if (!std::filesystem::exists(setup.options.folder + "/db", ignored)) {
    return base::fail("there is no history in {}", setup.options.folder);
  }
  return history::rocksdb::LocalHistory::open(std::move(setup), clock_, log_, registry_);
}

base::Result<HistoryDoor::Copy> HistoryDoor::open_copy() {
  const auto live = folder();
  if (!live) return std::unexpected(live.error());
  // Below the history: there the daemon may write, and hard links reach.
  remove_copies_left_behind(*live);
  ScratchFolder copy(copy_folder_of(*live));
  const auto told = ask_daemon("backupHistory", copy.folder());
  if (!told) return std::unexpected(told.error());
  auto history = open(told->has_value() ? std::optional(copy.folder()) : std::nullopt);
  if (!history) return std::unexpected(history.error());
  return Copy{std::move(copy), std::move(*history)};
}

base::Result<std::unique_ptr<alert::Watch>> HistoryDoor::open_alerts(const history::History& history) {
  alert::Watch::Options options;
  options.history_folder = settings_.history.folder;
  return alert::Watch::open({history, clock_, log_, registry_}, options);
}

}  // namespace trackalert::app
