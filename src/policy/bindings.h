// SPDX-License-Identifier: Apache-2.0
// What each bind_NOUN.cc contributes: rows of functions, and the object types that need a metatable.
#pragma once

#include <memory>
#include <span>

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

// The methods of the object types, for the documents.
std::span<const FunctionRow> address_methods();
std::span<const FunctionRow> geo_methods();

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

/// Pushes the report as a LoginTuple; the script owns it from here on, and may keep it.
void push_report(lua_State* lua, std::unique_ptr<login::Report> report);
/// Pushes the arguments of a custom function.
void push_custom_arguments(lua_State* lua, login::CustomArguments arguments);

}  // namespace trackalert::policy
