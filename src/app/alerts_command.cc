// SPDX-License-Identifier: Apache-2.0
// trackalert alerts: what there is, and what a person does with it.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "alert/alert_text.h"
#include "alert/feedback.h"
#include "app/arguments.h"
#include "app/history_door.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert alerts [OPTION]...
       trackalert alerts show ID [--json]
       trackalert alerts ack|close ID [--by WHO]
       trackalert alerts feedback ID good|bad|forget [--by WHO] [--login X]
       trackalert alerts rules
Shows alerts, what was seen last first; takes one in hand, closes it, or says what it was; "rules" shows how many alerts of
each rule were false alarms. Asks the running daemon, or opens its directory if none runs.

      --severity S         this severe or more: info, low, medium, high, critical
      --rule R             of this rule
      --state S            open, acknowledged, closed or shadow
      --key K              about exactly this, as "login:ann"; --key-prefix P: about what begins so
      --login X            that name this login
      --source IP          that name this address or network
      --since TIME         seen from then on: 30d (ago), 2026-11-01, seconds since 1970
      --until TIME         seen before then
      --limit N            so many (100, at most 1000)
      --cursor C           those behind an earlier page
      --by WHO             who does it (default: the name of the user)
      --json               print JSON
  -C, --config FILE        the daemon's configuration
  -h, --help               print this text
)";

/// What chooses alerts: the members of make_alert_filter().
constexpr std::array<std::string_view, 11> filters{"--severity",   "--rule",  "--state",  "--key",
                                                   "--key-prefix", "--login", "--source", "--since",
                                                   "--until",      "--limit", "--cursor"};
constexpr std::array<ArgumentRow, 4> other_rows{
    {{"--by"}, {"--json", false}, {"--config", true, 'C'}, {"--help", false, 'h'}}};

std::string user_name() {
  const char* name = std::getenv("USER");  // NOLINT(concurrency-mt-unsafe): one thread
  return name == nullptr || *name == '\0' ? "command line" : name;
}

/// One command, both for the daemon's console and for an own look.
struct Task {
  std::string verb;  ///< list, show, ack, close, feedback, rules
  std::string id;
  std::string verdict;
  std::string by;
  std::string login;  ///< of feedback
  std::vector<std::pair<std::string, std::string>> filter;
  bool json = false;
};

std::string console_command(const Task& task) {
  const auto id = lua_quoted(task.id);
  if (task.verb == "rules") return "showFeedback()";
  if (task.verb == "show") return fmt::format("{}({})", task.json ? "return alertJson" : "showAlert", id);
  if (task.verb == "ack") return fmt::format("ackAlert({}, {})", id, lua_quoted(task.by));
  if (task.verb == "close") return fmt::format("closeAlert({}, {})", id, lua_quoted(task.by));
  if (task.verb == "feedback") {
    const auto login = task.login.empty() ? std::string("nil") : lua_quoted(task.login);
    return fmt::format("alertFeedback({}, {}, {}, {})", id, lua_quoted(task.verdict), lua_quoted(task.by), login);
  }
  std::string pairs;
  for (const auto& [name, value] : task.filter) pairs += fmt::format("{} = {}, ", name, lua_quoted(value));
  return fmt::format("{}({{ {}}})", task.json ? "return alertsJson" : "showAlerts", pairs);
}

template <class T>
base::Result<T> result_of(alert::Handled<T> handled) {
  if (!handled) return base::fail("{}", handled.error().message);
  return std::move(*handled);
}

base::Result<std::string> list(alert::Watch& watch, const Task& task, history::Time now) {
  const auto filter = alert::make_alert_filter(task.filter, now);
  if (!filter) return std::unexpected(filter.error());
  const auto page = watch.list(*filter);
  if (!page) return std::unexpected(page.error());
  return task.json ? alert::alert_page_json(*page) : alert::alerts_table(page->alerts);
}

base::Result<std::string> show(alert::Watch& watch, const Task& task) {
  const auto found = watch.find(task.id);
  if (!found) return std::unexpected(found.error());
  const auto& known = *found;
  if (!known) return base::fail("there is no alert {}", task.id);
  return task.json ? alert::alert_json(*known) : alert::alert_text(*known);
}

/// Of a history that no daemon has open.
base::Result<std::string> do_it(HistoryDoor& door, const Task& task) {
  auto history = door.open();
  if (!history) return std::unexpected(history.error());
  auto watch = door.open_alerts(**history);
  if (!watch) return std::unexpected(watch.error());
  const auto now = door.clock().now().time_since_epoch().count();
  if (task.verb == "list") return list(**watch, task, now);
  if (task.verb == "show") return show(**watch, task);
  if (task.verb == "rules") {
    const auto counts = (*watch)->verdict_counts();
    if (!counts) return std::unexpected(counts.error());
    return alert::verdict_counts_text(*counts);
  }
  if (task.verb == "feedback") {
    const alert::Wish wish{.alert = task.id,
                           .verdict = alert::verdict_by_name(task.verdict).value_or(alert::Verdict::forget),
                           .by = task.by,
                           .login = task.login,
                           .link = {}};
    const auto answer = result_of(alert::give_feedback(**history, **watch, door.clock(), wish));
    if (!answer) return std::unexpected(answer.error());
    return alert::feedback_text(*answer);
  }
  const bool closes = task.verb == "close";
  const auto done = result_of(closes ? (*watch)->close(task.id, task.by) : (*watch)->acknowledge(task.id, task.by));
  if (!done) return std::unexpected(done.error());
  return fmt::format("Alert {} is {}\n", done->id, closes ? "closed" : "acknowledged");
}

base::Result<Task> task_of(const Arguments& arguments) {
  const auto& words = arguments.words();
  Task task{.verb = words.empty() ? "list" : words.front(), .json = arguments.has("--json")};
  constexpr std::array<std::pair<std::string_view, std::size_t>, 6> verbs{
      {{"list", 1}, {"rules", 1}, {"show", 2}, {"ack", 2}, {"close", 2}, {"feedback", 3}}};
  const auto* const verb = std::ranges::find(verbs, task.verb, &std::pair<std::string_view, std::size_t>::first);
  if (verb == verbs.end()) return base::fail("what is {}?", task.verb);
  if (words.size() != verb->second && !words.empty())
    return base::fail("{} wants {} words behind it", task.verb, verb->second - 1);
  if (words.size() > 1) task.id = words[1];
  if (words.size() > 2) task.verdict = words[2];
  task.by = arguments.value("--by").value_or(user_name());
  if (task.verb == "feedback") {
    if (!alert::verdict_by_name(task.verdict)) return base::fail("the verdict is one of good, bad, forget");
    task.login = arguments.value("--login").value_or("");
  }
  if (task.verb != "list") return task;
  for (const auto option : filters) {
    const auto value = arguments.value(option);
    if (!value) continue;
    std::string name(option.substr(2));
    std::ranges::replace(name, '-', '_');
    task.filter.emplace_back(std::move(name), *value);
  }
  return task;
}

}  // namespace

int run_alerts(std::span<const std::string> words) {
  std::vector<ArgumentRow> rows(other_rows.begin(), other_rows.end());
  for (const auto filter : filters) rows.push_back({filter});
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("alerts", arguments.error().message);
  if (arguments->has("--help")) {
    fmt::print("{}", help);
    return 0;
  }
  const auto task = task_of(*arguments);
  if (!task) return wrong_use("alerts", task.error().message);
  const base::SystemClock clock;
  if (auto fits = alert::make_alert_filter(task->filter, clock.now().time_since_epoch().count()); !fits) {
    return wrong_use("alerts", fits.error().message);
  }
  auto door = HistoryDoor::find(arguments->value("--config"));
  if (!door) return complain(door.error());
  auto told = (*door)->tell_daemon(console_command(*task));
  if (!told) return complain(told.error());
  auto& answer = *told;
  if (!answer) {
    auto own = do_it(**door, *task);
    if (!own) return complain(own.error());
    answer = std::move(*own);
  }
  fmt::print("{}{}", *answer, answer->ends_with('\n') ? "" : "\n");
  return 0;
}

}  // namespace trackalert::app
