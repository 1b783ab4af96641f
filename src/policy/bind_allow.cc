// SPDX-License-Identifier: Apache-2.0
// The allow list: what nobody is alerted about. In the configuration it holds until the next reload; from the console
// it is kept beside the history.
#include <algorithm>

#include "alert/allow_list.h"
#include "history/table_text.h"
#include "history/time_text.h"
#include "policy/alert_access.h"
#include "policy/bindings.h"
#include "policy/history_access.h"

namespace trackalert::policy {
namespace {

using alert::Allowance;

constexpr std::size_t most_configured = alert::AllowList::max_entries;

history::Time end_of(const std::string& text, history::Time now) {
  const auto moment = history::parse_end(text, now);
  if (!moment) throw FunctionError(fmt::format("expires: {}", moment.error().message));
  return *moment;
}

Allowance draft_of(Call& call) {
  Allowance wanted{.value = call.text(1), .since = call.context().services.clock.now().time_since_epoch().count()};
  wanted.by = call.context().loading ? "configuration" : "console";
  for (const auto& [name, value] : call.given(2) ? call.pairs(2) : Pairs{}) {
    if (name == "reason")
      wanted.reason = value;
    else if (name == "expires")
      wanted.until = end_of(value, wanted.since);
    else if (name == "detection")
      wanted.detection = value;
    else
      throw FunctionError(fmt::format("there is no \"{}\" here, only reason, expires and detection", name));
  }
  return wanted;
}

/// A configuration outlives what it says for a time: that is no error.
bool is_over(Call& call, std::string_view what, const Allowance& wanted) {
  if (!call.context().loading || wanted.until == 0 || wanted.until > wanted.since) return false;
  call.context().services.log.notice("The allow list's entry for {} {} is over since {}", what,
                                     history::printable(wanted.value), history::format_time(wanted.until));
  return true;
}

int allow(Call& call, std::string_view what) {
  auto wanted = draft_of(call);
  if (is_over(call, what, wanted)) return 0;
  auto made = alert::make_allowance(what, std::move(wanted));
  if (!made) throw FunctionError(made.error().message);
  auto allowance = std::move(*made);
  if (!call.context().loading) {
    if (auto kept = running_watch(call).allow(allowance); !kept) throw FunctionError(kept.error().message);
    *call.context().output += fmt::format("Allowed as {}\n", allowance.id);
    return 0;
  }
  auto& configured = call.context().settings->allowances;
  const auto same = std::ranges::find(configured, allowance.id, &Allowance::id);
  if (same != configured.end()) {
    *same = std::move(allowance);
    return 0;
  }
  if (configured.size() >= most_configured) {
    throw FunctionError(fmt::format("the allow list has at most {} entries", most_configured));
  }
  configured.push_back(std::move(allowance));
  return 0;
}

int allow_remote(Call& call) {
  return allow(call, "remote");
}
int allow_login(Call& call) {
  return allow(call, "login");
}
int allow_asn(Call& call) {
  return allow(call, "asn");
}
int allow_country(Call& call) {
  return allow(call, "country");
}

int disallow(Call& call) {
  if (call.context().loading) throw FunctionError("disallow() is for the console");
  const auto removed = running_watch(call).disallow(call.text(1));
  if (!removed) throw FunctionError(removed.error().message);
  if (!*removed) throw FunctionError(fmt::format("there is no \"{}\", or it is the configuration's", call.text(1)));
  *call.context().output += "No longer allowed\n";
  return 0;
}

int show_allowed(Call& call) {
  const auto all = running_watch(call).allowances();
  auto& out = *call.context().output;
  if (all.empty()) out += "Nothing is allowed.\n";
  for (const auto& one : all) {
    const auto until = one.until == 0 ? std::string("for good") : "until " + history::format_time(one.until);
    out += fmt::format("{}  {:<8}{:<30}{:<24}{}, {}: {}\n", one.id, alert::allowance_name(one.what),
                       history::printable(one.value), one.detection.empty() ? "all detections" : one.detection, until,
                       one.by, history::printable(one.reason));
  }
  return 0;
}

FunctionRow row_of(const char* name, const char* parameter, const char* help, int (*run)(Call&)) {
  return {name, Acts::in_global, {{parameter, Type::text}, {"options", Type::pairs, true}}, "", help, run};
}

}  // namespace

std::span<const FunctionRow> allow_functions() {
  static const std::vector<FunctionRow> rows{
      row_of("allowRemote", "remote",
             "Nobody is alerted about an address or a network; options are reason, expires (\"30d\", or a moment) and "
             "detection (one; all by default). From the console it is kept over restarts.",
             &allow_remote),
      row_of("allowLogin", "login", "The same for a login.", &allow_login),
      row_of("allowAsn", "asn", "The same for an autonomous system, by its number.", &allow_asn),
      row_of("allowCountry", "country", "The same for a country, by its two letters.", &allow_country),
      {"disallow",
       Acts::in_global,
       {{"id", Type::text}},
       "",
       "Takes an entry of the console or of REST out of the allow list.",
       &disallow},
      {"showAllowed", Acts::in_global, {}, "", "Shows the allow list.", &show_allowed, nullptr, false, true},
  };
  return rows;
}

}  // namespace trackalert::policy
