// SPDX-License-Identifier: Apache-2.0
// profile(login): what is usual for one login.
#include <lua.hpp>

#include <algorithm>

#include "alert/watch.h"
#include "history/profile_json.h"
#include "policy/bindings.h"
#include "policy/history_access.h"
#include "policy/lua_state.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {

/// As of the call of profile().
struct ProfileObject {
  history::Profile profile;
  std::vector<alert::Mark> marks;  ///< what people have said of the login
  ExternalMemory memory;
};

namespace {

using history::Usage;

int profile_of(Call& call) {
  auto profile = answered(running_history(call).history.profile(call.text(1)));
  const auto size = profile.bytes().capacity();
  const auto* watch = running_history(call).watch;
  auto marks = watch == nullptr ? std::vector<alert::Mark>() : watch->marks().of(call.text(1));
  push_object(call.lua(), ProfileObject{std::move(profile), std::move(marks), ExternalMemory(call.lua(), size)});
  return 1;
}

const history::Profile& self(const Call& call) {
  return object_at<ProfileObject>(call.lua(), 1)->profile;
}

/// Of the login as a whole, or of the value that two arguments name. Never seen: all 0.
Usage usage_of(Call& call) {
  if (!call.given(2)) return self(call).total();
  if (!call.given(3)) throw FunctionError("a facet needs a value behind it");
  const auto facet = facet_argument(call, 2, history::profile_facets);
  const auto value = value_argument(call, 3, facet);
  return value ? self(call).find(facet, *value).value_or(Usage{}) : Usage{};
}

int seen(Call& call) {
  const auto facet = facet_argument(call, 2, history::profile_facets);
  const auto value = value_argument(call, 3, facet);
  if (!value) return call.returns(true);  // nobody can be told by what is not known
  const auto& marks = object_at<ProfileObject>(call.lua(), 1)->marks;
  const auto mark =
      std::ranges::find_if(marks, [&](const alert::Mark& one) { return one.facet == facet && one.value == *value; });
  if (mark != marks.end() && mark->usual) return call.returns(true);
  const auto usage = self(call).find(facet, *value);
  if (!usage || (mark != marks.end() && usage->last <= mark->since)) return call.returns(false);
  return call.returns(!call.given(4) || usage->last >= now_of(call) - duration_argument(call, 4));
}

/// nil for never.
int returns_time(Call& call, history::Time time) {
  if (time != 0) return call.returns(to_seconds(time));
  lua_pushnil(call.lua());
  return 1;
}

int first_seen(Call& call) {
  return returns_time(call, usage_of(call).first);
}
int last_seen(Call& call) {
  return returns_time(call, usage_of(call).last);
}
int successes(Call& call) {
  return call.returns(static_cast<double>(usage_of(call).successes));
}
int failures(Call& call) {
  return call.returns(static_cast<double>(usage_of(call).failures));
}

int values(Call& call) {
  const auto wanted = facet_argument(call, 2, history::profile_facets);
  lua_State* lua = call.lua();
  lua_newtable(lua);
  int index = 0;
  for (const auto& [value, usage] : history::profile_rows(self(call), wanted)) {
    lua_createtable(lua, 0, 5);
    set_text(lua, "value", value);
    set_number(lua, "first_seen", to_seconds(usage.first));
    set_number(lua, "last_seen", to_seconds(usage.last));
    set_number(lua, "successes", usage.successes);
    set_number(lua, "failures", usage.failures);
    lua_rawseti(lua, -2, ++index);
  }
  return 1;
}

}  // namespace

std::span<const FunctionRow> profile_functions() {
  static const std::vector<FunctionRow> rows{
      {"profile",
       Acts::everywhere,
       {{"login", Type::text}},
       "Profile",
       "What is known of a login, as of the call; of one that was never seen, nothing.",
       &profile_of},
  };
  return rows;
}

std::span<const FunctionRow> profile_methods() {
  static const std::vector<Parameter> of_a_value{
      {"self", Type::profile}, {"facet", Type::text, true}, {"value", Type::facet_value, true}};
  static const std::vector<FunctionRow> rows{
      {"seen",
       Acts::everywhere,
       {{"self", Type::profile}, {"facet", Type::text}, {"value", Type::facet_value}, {"window", Type::text, true}},
       "boolean",
       "Whether the login was seen with this value, within the window (\"90d\") if there is one; true for a value that "
       "is not known (\"\", asn 0), and for what a verdict made usual; false for what a verdict made forgotten.",
       &seen},
      {"first_seen", Acts::everywhere, of_a_value, "number",
       "When the login, or its value of a facet, was seen first, in seconds since 1970; nil for never.", &first_seen},
      {"last_seen", Acts::everywhere, of_a_value, "number", "When it was seen last, as first_seen.", &last_seen},
      {"successes", Acts::everywhere, of_a_value, "number",
       "How often the login, or it with this value of a facet, succeeded.", &successes},
      {"failures", Acts::everywhere, of_a_value, "number", "How often it failed.", &failures},
      {"values",
       Acts::everywhere,
       {{"self", Type::profile}, {"facet", Type::text}},
       "table",
       "The values of a facet that are known, what was seen last first: {value=, first_seen=, last_seen=, successes=, "
       "failures=}.",
       &values},
  };
  return rows;
}

void register_profile_types(lua_State* lua, StateContext& context) {
  new_type_with_methods<ProfileObject>(lua, profile_methods(), Type::profile, context);
}

}  // namespace trackalert::policy
