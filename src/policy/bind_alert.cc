// SPDX-License-Identifier: Apache-2.0
// Alerts: the operator's own, and what the console shows of all.
#include <lua.hpp>

#include "alert/alert_text.h"
#include "alert/explain.h"
#include "alert/watch.h"
#include "policy/alert_access.h"
#include "policy/bindings.h"
#include "policy/finding_table.h"
#include "policy/history_access.h"

namespace trackalert::policy {
namespace {

constexpr std::size_t most_shown = 100;

int raise_alert(Call& call) {
  auto& watch = running_watch(call);
  auto finding = read_finding(call.lua(), 1, now_of(call));
  if (!finding) throw FunctionError("raiseAlert(): " + finding.error().message);
  watch.raise(*finding);
  return 0;
}

template <class T>
T explained(alert::Explained<T> result) {
  if (!result) throw FunctionError(result.error().message);
  return std::move(*result);
}

/// Cut where it would not fit, with a line that says so.
void show(Call& call, std::string text) {
  if (text.size() > most_console_bytes) {
    text.resize(text.rfind('\n', most_console_bytes) + 1);
    text += "... the rest does not fit; REST has all of it\n";
  }
  *call.context().output += text;
}

/// A login, or pairs as in the query of REST.
alert::AlertFilter filter_argument(const Call& call) {
  Pairs pairs{{"limit", std::to_string(most_shown)}};
  if (call.given(1)) {
    if (lua_istable(call.lua(), 1)) {
      auto more = call.pairs(1);
      pairs.insert(pairs.end(), more.begin(), more.end());
    } else {
      pairs.emplace_back("login", call.text(1));
    }
  }
  auto filter = alert::make_alert_filter(pairs, now_of(call));
  if (!filter) throw FunctionError(filter.error().message);
  return *filter;
}

alert::AlertPage page_of(const Call& call, const alert::AlertFilter& filter) {
  auto page = running_watch(call).list(filter);
  if (!page) throw FunctionError(page.error().message);
  return std::move(*page);
}

int show_alerts(Call& call) {
  show(call, alert::alerts_table(page_of(call, filter_argument(call)).alerts));
  return 0;
}

/// Fewer alerts, until what is left fits; the cursor says where to go on.
int alerts_json(Call& call) {
  auto filter = filter_argument(call);
  while (true) {
    const auto json = alert::alert_page_json(page_of(call, filter));
    if (json.size() <= most_console_bytes) return call.returns(std::string_view(json));
    if (filter.limit == 1) throw FunctionError("the alert does not fit; REST has all of it");
    filter.limit /= 2;
  }
}

int alert_as_json(Call& call) {
  const auto found = running_watch(call).find(call.text(1));
  if (!found) throw FunctionError(found.error().message);
  const auto& known = *found;
  if (!known) throw FunctionError("there is no alert " + call.text(1));
  const auto json = alert::alert_json(*known);
  if (json.size() > most_console_bytes) throw FunctionError("the alert does not fit; REST has all of it");
  return call.returns(std::string_view(json));
}

int show_alert(Call& call) {
  const auto found = running_watch(call).find(call.text(1));
  if (!found) throw FunctionError(found.error().message);
  const auto& known = *found;
  if (!known) throw FunctionError("there is no alert " + call.text(1));
  show(call, alert::alert_text(*known));
  return 0;
}

int explain_login(Call& call) {
  const auto& services = call.context().services;
  show(call, alert::explanation_text(explained(alert::explain_login(running_history(call).history, &running_watch(call),
                                                                    services.clock, call.text(1), console_limits))));
  return 0;
}

int explain_alert(Call& call) {
  const auto& services = call.context().services;
  show(call, alert::explanation_text(explained(alert::explain_alert(running_history(call).history, running_watch(call),
                                                                    services.clock, call.text(1), console_limits))));
  return 0;
}

}  // namespace

std::span<const FunctionRow> alert_functions() {
  static const std::vector<FunctionRow> rows{
      {"raiseAlert",
       Acts::in_workers,
       {{"alert", Type::table}},
       "",
       "An alert of your own: rule, severity, key and message, optionally evidence (names with a number, a text, or a "
       "table of seen, usual and threshold), sources, logins, taken, attack and t (seconds since 1970, now by "
       "default). "
       "Alerts of one rule and key are one, which goes on.",
       &raise_alert},
      {"showAlerts",
       Acts::in_global,
       {{"filter", Type::facet_value, true}},
       "",
       "Shows the alerts that were seen last, a hundred at most; of one login, if it is named, or by a table of "
       "severity, rule, state, key, key_prefix, login, source, since, until, limit and cursor.",
       &show_alerts,
       nullptr,
       false,
       true},
      {"alertsJson",
       Acts::in_global,
       {{"filter", Type::facet_value, true}},
       "string",
       "The same as JSON, with a cursor if there are more; as GET /api/v1/alerts.",
       &alerts_json,
       nullptr,
       false,
       true},
      {"alertJson",
       Acts::in_global,
       {{"id", Type::text}},
       "string",
       "One alert as JSON.",
       &alert_as_json,
       nullptr,
       false,
       true},
      {"showAlert",
       Acts::in_global,
       {{"id", Type::text}},
       "",
       "Shows all that one alert says.",
       &show_alert,
       nullptr,
       false,
       true},
      {"explainLogin",
       Acts::in_global,
       {{"login", Type::text}},
       "",
       "Shows what is usual for a login, what it did last, which alerts name it, and how near which rules are.",
       &explain_login,
       nullptr,
       false,
       true},
      {"explainAlert",
       Acts::in_global,
       {{"id", Type::text}},
       "",
       "Shows why an alert fired: what was seen, what is usual, the rule with its numbers, and what is known of whom "
       "it "
       "is about.",
       &explain_alert,
       nullptr,
       false,
       true},
  };
  return rows;
}

}  // namespace trackalert::policy
