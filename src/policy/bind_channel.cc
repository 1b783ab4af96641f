// SPDX-License-Identifier: Apache-2.0
// Channels and routes of alerts, and what is on its way.
#include <algorithm>

#include "alert/delivery.h"
#include "channel/courier.h"
#include "channel/kind.h"
#include "channel/routes.h"
#include "policy/alert_access.h"
#include "policy/bindings.h"
#include "policy/history_access.h"
#include "policy/value_table.h"

namespace trackalert::policy {
namespace {

constexpr std::size_t most_routes = 1000;
constexpr std::size_t most_shown = 100;

template <class T>
T or_throw(base::Result<T> result, std::string_view function) {
  if (!result) throw FunctionError(fmt::format("{}: {}", function, result.error().message));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

int add_alert_channel(Call& call) {
  auto& channels = call.context().settings->channels;
  channel::ChannelSetting setting{.name = call.text(1), .kind = call.text(2)};
  const auto function = fmt::format("addAlertChannel({})", setting.name);
  setting.values = or_throw(call.given(3) ? read_values(call.lua(), 3) : channel::Values(), function);
  or_throw(channel::check_channel(setting), function);
  if (std::ranges::find(channels, setting.name, &channel::ChannelSetting::name) != channels.end()) {
    throw FunctionError(function + ": there is such a channel already");
  }
  if (channels.size() == channel::Courier::max_channels) {
    throw FunctionError(fmt::format("{}: there may be {} channels", function, channel::Courier::max_channels));
  }
  channels.push_back(std::move(setting));
  return 0;
}

int route_alerts(Call& call) {
  auto& settings = *call.context().settings;
  auto values = or_throw(read_values(call.lua(), 1), "routeAlerts()");
  (void)or_throw(channel::Route::from(values, settings.channels), "routeAlerts()");
  if (settings.routes.size() == most_routes) {
    throw FunctionError(fmt::format("routeAlerts(): there may be {} routes", most_routes));
  }
  settings.routes.push_back(std::move(values));
  return 0;
}

int show_deliveries(Call& call) {
  alert::DeliveryFilter filter;
  filter.limit = most_shown;
  if (call.given(1)) filter.channel = call.text(1);
  const auto page = or_throw(running_watch(call).store().outbox().list(filter), "showDeliveries()");
  *call.context().output += alert::deliveries_text(page.deliveries);
  if (page.more) *call.context().output += "... and more; REST has all of them\n";
  return 0;
}

int resend_delivery(Call& call) {
  const auto id = call.text(1);
  const bool found = or_throw(running_watch(call).store().outbox().send_again(id, now_of(call)), "resendDelivery()");
  if (!found) throw FunctionError("there is no dead delivery " + id);
  *call.context().output += id + " waits again\n";
  return 0;
}

}  // namespace

std::span<const FunctionRow> channel_functions() {
  static const std::vector<FunctionRow> rows{
      {"addAlertChannel",
       Acts::in_global,
       {{"name", Type::text}, {"kind", Type::text}, {"config", Type::table, true}},
       "",
       "A way by which alerts leave: the kinds and their keys stand below.",
       &add_alert_channel},
      {"routeAlerts",
       Acts::in_global,
       {{"route", Type::table}},
       "",
       "Sends alerts to channels: to, and which, by severity (that or worse, default medium), rule, key, hours and "
       "days; "
       "closed = true tells their end too. An alert goes to the channels of every route that it matches; without any "
       "route to all.",
       &route_alerts},
      {"showDeliveries",
       Acts::in_global,
       {{"channel", Type::text, true}},
       "",
       "Shows what waits for channels, or was not taken by them, the oldest hundred; of one channel, if it is named.",
       &show_deliveries,
       nullptr,
       false,
       true},
      {"resendDelivery",
       Acts::in_global,
       {{"id", Type::text}},
       "",
       "Tries a delivery again that was given up, with the digest that it went in.",
       &resend_delivery},
  };
  return rows;
}

}  // namespace trackalert::policy
