// SPDX-License-Identifier: Apache-2.0
// trackalert explain: why an alert fired, or what stands about a login.
#include <fmt/core.h>

#include <array>

#include "alert/explain.h"
#include "app/arguments.h"
#include "app/history_door.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert explain --login X | --alert ID [OPTION]...
Says why an alert fired, or what stands about a login: what was seen, what is usual, which thresholds, and, of a running
daemon, which rules nearly fired.

      --login X            a login
      --alert ID           an alert
  -C, --config FILE        the daemon's configuration
  -h, --help               print this text
)";

constexpr std::array<ArgumentRow, 4> rows{{{"--login"}, {"--alert"}, {"--config", true, 'C'}, {"--help", false, 'h'}}};

struct Question {
  bool of_login = false;  ///< or of an alert
  std::string text;
};

/// Of a history that no daemon has open.
base::Result<std::string> answer_of(HistoryDoor& door, const Question& question) {
  auto history = door.open();
  if (!history) return std::unexpected(history.error());
  auto watch = door.open_alerts(**history);
  if (!watch) return std::unexpected(watch.error());
  if (question.of_login) {
    const auto explained = alert::explain_login(**history, watch->get(), door.clock(), question.text);
    if (!explained) return base::fail("{}", explained.error().message);
    return alert::explanation_text(*explained);
  }
  const auto explained = alert::explain_alert(**history, **watch, door.clock(), question.text);
  if (!explained) return base::fail("{}", explained.error().message);
  return alert::explanation_text(*explained);
}

base::Result<std::string> explain(HistoryDoor& door, const Question& question) {
  auto told = door.ask_daemon(question.of_login ? "explainLogin" : "explainAlert", question.text);
  if (!told) return std::unexpected(told.error());
  if (auto& answer = *told) return std::move(*answer);
  return answer_of(door, question);
}

}  // namespace

int run_explain(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("explain", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  if (arguments->has("--login") == arguments->has("--alert") || !arguments->words().empty()) {
    return wrong_use("explain", "it wants either --login X or --alert ID");
  }
  const bool of_login = arguments->has("--login");
  const Question question{of_login, arguments->value(of_login ? "--login" : "--alert").value_or("")};
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  const auto answer = explain(**door, question);
  if (!answer) return complain(answer.error());
  fmt::print("{}", *answer);
  return 0;
}

}  // namespace trackalert::app
