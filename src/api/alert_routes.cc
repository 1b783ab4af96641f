// SPDX-License-Identifier: Apache-2.0
// /api/v1/alerts and /api/v1/alerts/{id}
#include "alert/explain.h"
#include "api/answers.h"
#include "api/history_routes.h"

namespace trackalert::api {

net::Response list_alerts(const Backend& backend, const std::string& query) {
  const auto filter = alert::make_alert_filter(query_pairs(query), backend.clock.now().time_since_epoch().count());
  if (!filter) return failure(400, filter.error().message);
  const auto page = backend.watch->list(*filter);
  if (!page) return busy(page.error().message);
  return {.status = 200, .body = alert::alert_page_json(*page)};
}

net::Response show_alert(const Backend& backend, const std::string& id) {
  const auto found = backend.watch->find(id);
  if (!found) return busy(found.error().message);
  const auto& known = *found;
  if (!known) return failure(404, "there is no such alert");
  return {.status = 200, .body = alert_json(*known)};
}

net::Response explain_alert(const Backend& backend, const std::string& id) {
  const auto explained = alert::explain_alert(*backend.history, *backend.watch, backend.clock, id);
  if (explained) return {.status = 200, .body = alert::explanation_json(*explained)};
  const auto& error = explained.error();
  return error.unknown ? failure(404, "there is no such alert") : busy(error.message);
}

}  // namespace trackalert::api
