// SPDX-License-Identifier: Apache-2.0
#include "channel/routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace trackalert::channel {
namespace {

bool matches(const Route& route, const alert::Alert& alert, News news) {
  if (alert.severity < route.severity || (news == News::closed && !route.closed)) return false;
  if (!fits_pattern(route.key, alert.key)) return false;
  const auto fits = [&](const std::string& rule) { return fits_pattern(route.rule, rule); };
  return fits(alert.rule) || std::ranges::any_of(alert.rules, fits);
}

base::Result<void> check_keys(const Values& values) {
  for (const auto& [name, value] : values.all()) {
    const auto rows = route_keys();
    const auto row = std::ranges::find(rows, name, &KeyRow::name);
    if (row == rows.end()) {
      std::vector<std::string_view> names;
      names.reserve(rows.size());
      for (const auto& one : rows) names.push_back(one.name);
      return base::fail("there is no \"{}\" here, only {}", name, fmt::join(names, ", "));
    }
    const bool is_list = std::holds_alternative<std::vector<std::string>>(value);
    const bool fits = row->type == KeyType::flag   ? std::holds_alternative<bool>(value)
                      : row->type == KeyType::list ? is_list || std::holds_alternative<std::string>(value)
                                                   : std::holds_alternative<std::string>(value);
    if (!fits) return base::fail("{} is a {}", name, type_name(row->type));
  }
  return {};
}

base::Result<void> check_targets(const std::vector<std::string>& to, const std::vector<ChannelSetting>& channels) {
  if (to.empty()) return base::fail("to is missing: the names of channels");
  for (const auto& name : to) {
    if (std::ranges::find(channels, name, &ChannelSetting::name) != channels.end()) continue;
    std::vector<std::string_view> names;
    names.reserve(channels.size());
    for (const auto& channel : channels) names.push_back(channel.name);
    return base::fail("there is no channel \"{}\", only {}: addAlertChannel() comes before", name,
                      names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  return {};
}

}  // namespace

std::span<const KeyRow> route_keys() {
  static const std::vector<KeyRow> rows{
      {"severity", KeyType::text, false, "that or worse: info, low, medium (default), high, critical"},
      {"rule", KeyType::text, false, "the name of a rule that saw it, * for any characters"},
      {"key", KeyType::text, false, "whom it is about, as \"login:*@example.com\" or \"remote:192.0.2.*\""},
      {"hours", KeyType::text, false, "of the local day, as \"22-6\" or \"08:00-18:30\"; outside it does not match"},
      {"days", KeyType::list, false, "as \"mon-fri\" or { \"sat\", \"sun\" }; hours over midnight belong to the first"},
      {"to", KeyType::list, true, "the names of channels"},
      {"closed", KeyType::flag, false, "whether the end of an alert is told too, default false"},
  };
  return rows;
}

base::Result<Route> Route::from(const Values& values, const std::vector<ChannelSetting>& channels) {
  if (auto checked = check_keys(values); !checked) return std::unexpected(checked.error());
  Route route;
  const auto severity = detect::severity_by_name(values.text("severity", "medium"));
  if (!severity) return base::fail("severity is one of info, low, medium, high, critical");
  route.severity = *severity;
  route.rule = values.text("rule", "*");
  route.key = values.text("key", "*");
  if (values.has("hours")) {
    const auto hours = Hours::parse(values.text("hours"));
    if (!hours) return std::unexpected(hours.error());
    route.hours = *hours;
  }
  if (auto limited = route.hours.limit_days(values.list("days")); !limited) return std::unexpected(limited.error());
  route.to = values.list("to");
  if (auto checked = check_targets(route.to, channels); !checked) return std::unexpected(checked.error());
  route.closed = values.flag("closed");
  return route;
}

Routes::Routes(std::vector<Route> routes, const std::vector<ChannelSetting>& channels, const schedule::Zone& zone)
    : routes_(std::move(routes)), zone_(zone) {
  if (!routes_.empty()) return;
  Route all;
  for (const auto& channel : channels) {
    const auto* kind = find_kind(channel.kind);
    if (kind != nullptr && !kind->acts) all.to.push_back(channel.name);
  }
  if (!all.to.empty()) routes_.push_back(std::move(all));
}

std::vector<std::string> Routes::channels(const alert::Alert& alert, News news, history::Time now) const {
  std::vector<std::string> out;
  const base::WallTime time{std::chrono::microseconds{now}};
  for (const auto& route : routes_) {
    if (!matches(route, alert, news) || !route.hours.contains(time, zone_)) continue;
    for (const auto& name : route.to) {
      if (std::ranges::find(out, name) == out.end()) out.push_back(name);
    }
  }
  return out;
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
  // Each * is first tried with nothing; where the rest does not fit, the last * takes one character more. An earlier
  // one need never be looked at again.
  std::size_t at = 0;
  std::size_t in_text = 0;
  std::size_t star = pattern.npos;
  std::size_t star_text = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_text = in_text;
    } else if (at < pattern.size() && pattern[at] == text[in_text]) {
      ++at;
      ++in_text;
    } else if (star != pattern.npos) {
      at = star + 1;
      in_text = ++star_text;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace trackalert::channel
