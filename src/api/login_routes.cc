// SPDX-License-Identifier: Apache-2.0
// /api/v1/logins/{login}
#include "alert/explain.h"
#include "api/answers.h"
#include "api/history_routes.h"
#include "history/overview_json.h"

namespace trackalert::api {

net::Response show_login(const Backend& backend, const std::string& login) {
  const auto overview = history::login_overview(*backend.history, login, backend.clock);
  if (!overview) return failed_query(overview.error());
  return {.status = 200, .body = history::overview_json(*overview)};
}

net::Response explain_login(const Backend& backend, const std::string& login) {
  const auto explained = alert::explain_login(*backend.history, backend.watch, backend.clock, login);
  if (!explained) return busy(explained.error().message);
  return {.status = 200, .body = alert::explanation_json(*explained)};
}

net::Response erase_login(const Backend& backend, const Change& change) {
  const auto erased = alert::erase_login(*backend.history, backend.watch, change.argument);
  if (!erased) return busy(erased.error().message);
  // Which one is what should be forgotten.
  backend.log.notice("One login was erased from the history, {} reports, for {}", *erased, change.peer.to_string());
  return {.status = 200, .body = fmt::format(R"({{"status":"ok","erased":{}}})", *erased)};
}

}  // namespace trackalert::api
