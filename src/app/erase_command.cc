// SPDX-License-Identifier: Apache-2.0
// trackalert erase: forgets a login.
#include <fmt/core.h>

#include <array>

#include "app/arguments.h"
#include "app/history_door.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert erase --login X [OPTION]...
Forgets a login: its reports, its profile, its trend. What it counts in the trends of others stays.

      --login X            the login
      --yes                do not ask; without a terminal it must be given
  -C, --config FILE        the daemon's configuration
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 4> rows{
    {{"--login"}, {"--yes", false}, {"--config", true, 'C'}, {"--help", false, 'h'}}};

base::Result<std::string> erase(HistoryDoor& door, const std::string& login) {
  auto told = door.ask_daemon("eraseLogin", login);
  if (!told) return std::unexpected(told.error());
  if (auto& answer = *told) return std::move(*answer);
  auto history = door.open();
  if (!history) return std::unexpected(history.error());
  auto watch = door.open_alerts(**history);
  if (!watch) return std::unexpected(watch.error());
  const auto erased = alert::erase_login(**history, watch->get(), login);
  if (!erased) return std::unexpected(erased.error());
  return fmt::format("{} reports erased\n", *erased);
}

}  // namespace

int run_erase(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("erase", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  const auto login = arguments->value("--login");
  if (!login || login->empty() || !arguments->words().empty()) return wrong_use("erase", "it wants --login X");
  if (!arguments->has("--yes") && !confirmed(fmt::format("Forget {}?", base::escape_control(*login)))) {
    return complain({"nothing was erased; without a terminal, --yes must be given"});
  }
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  const auto done = erase(**door, *login);
  if (!done) return complain(done.error());
  fmt::print("{}", *done);
  return 0;
}

}  // namespace trackalert::app
