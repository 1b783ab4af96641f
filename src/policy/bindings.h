// SPDX-License-Identifier: Apache-2.0
// What each bind_NOUN.cc contributes: rows of functions, and the object types that need a metatable.
#pragma once

#include <memory>
#include <span>

#include "alert/judgement.h"
#include "geo/databases.h"
#include "login/parse.h"
#include "login/report.h"
#include "policy/function_table.h"

namespace trackalert::policy {

std::span<const FunctionRow> http_functions();       // bind_http.cc: listeners, password, ACL, limits
std::span<const FunctionRow> lua_functions();        // bind_lua.cc: report, custom and background functions, limits
std::span<const FunctionRow> console_functions();    // bind_console.cc: control socket, key, show...(), shutdown
std::span<const FunctionRow> log_functions();        // bind_log.cc
std::span<const FunctionRow> address_functions();    // bind_address.cc
std::span<const FunctionRow> geo_functions();        // bind_geo.cc
std::span<const FunctionRow> schedule_functions();   // bind_schedule.cc
std::span<const FunctionRow> webhook_functions();    // bind_webhook.cc
std::span<const FunctionRow> statistic_functions();  // bind_statistic.cc
std::span<const FunctionRow> history_settings();     // bind_history_settings.cc
std::span<const FunctionRow> history_functions();    // bind_history.cc
std::span<const FunctionRow> profile_functions();    // bind_profile.cc
std::span<const FunctionRow> trend_functions();      // bind_trend.cc
std::span<const FunctionRow> history_console_functions();  // bind_history_console.cc
std::span<const FunctionRow> detection_functions();        // bind_detection.cc
std::span<const FunctionRow> alert_functions();            // bind_alert.cc
std::span<const FunctionRow> allow_functions();            // bind_allow.cc
std::span<const FunctionRow> channel_functions();          // bind_channel.cc
std::span<const FunctionRow> feedback_functions();         // bind_feedback.cc

// The methods of the object types, for the documents.
std::span<const FunctionRow> address_methods();
std::span<const FunctionRow> geo_methods();
std::span<const FunctionRow> history_methods();
std::span<const FunctionRow> profile_methods();
std::span<const FunctionRow> trend_methods();

/// A field of LoginTuple, for the documents.
struct FieldDocument {
  const char* name;
  const char* type;
  bool writable;
};
std::vector<FieldDocument> report_fields();

void register_address_types(lua_State* lua, StateContext& context);
void register_geo_types(lua_State* lua, StateContext& context);
void register_report_types(lua_State* lua, StateContext& context);
void register_history_types(lua_State* lua, StateContext& context);
void register_profile_types(lua_State* lua, StateContext& context);
void register_trend_types(lua_State* lua, StateContext& context);

/// Pushes the report as a LoginTuple; the script owns it from here on, and may keep it. Its place is looked up when it
/// is asked for; `places` must outlive the state. `judgement` may be null: nobody has judged it.
void push_report(lua_State* lua, std::unique_ptr<login::Report> report,
                 std::unique_ptr<const alert::Judgement> judgement, const geo::Databases& places);
/// The same with the place that was known when it happened.
void push_report(lua_State* lua, std::unique_ptr<login::Report> report,
                 std::unique_ptr<const alert::Judgement> judgement, geo::Place place);
/// Pushes the arguments of a custom function.
void push_custom_arguments(lua_State* lua, login::CustomArguments arguments);

}  // namespace trackalert::policy
