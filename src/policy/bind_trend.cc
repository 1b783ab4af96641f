// SPDX-License-Identifier: Apache-2.0
// trend(facet, value): how much and how wide, in windows that end now.
#include <array>
#include <lua.hpp>

#include "history/trend.h"
#include "policy/bindings.h"
#include "policy/history_access.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {

struct TrendObject {
  history::Facet facet = history::Facet::all;
  std::optional<std::string> value;  ///< none: not known, of which nothing is counted
};

namespace {

using history::Facet;
using history::TrendSums;

int trend_of(Call& call) {
  (void)running_history(call);  // here and not first in a method: the error names the line that means it
  const auto facet = facet_argument(call, 1, history::trend_facets);
  if (facet != Facet::all && !call.given(2)) throw FunctionError("a facet needs a value behind it");
  auto value = facet == Facet::all ? std::optional(std::string()) : value_argument(call, 2, facet);
  push_object(call.lua(), TrendObject{facet, std::move(value)});
  return 1;
}

TrendSums sums(Call& call, int window) {
  const auto& self = *object_at<TrendObject>(call.lua(), 1);
  const auto now = now_of(call);
  const auto since = now - duration_argument(call, window);
  if (!self.value) return {};
  return answered(running_history(call).history.trend(self.facet, *self.value, since, now + 1));
}

int count(Call& call) {
  const auto total = sums(call, 2);
  return call.returns(static_cast<double>(total.successes + total.failures));
}
int successes(Call& call) {
  return call.returns(static_cast<double>(sums(call, 2).successes));
}
int failures(Call& call) {
  return call.returns(static_cast<double>(sums(call, 2).failures));
}

int distinct(Call& call) {
  constexpr std::array counted{Facet::login, Facet::remote, Facet::pwhash};
  const auto of = facet_argument(call, 2, counted);
  const auto own = object_at<TrendObject>(call.lua(), 1)->facet;
  if (of == own) throw FunctionError(fmt::format("the trend of one {0} has no other {0}s", history::facet_name(own)));
  const auto total = sums(call, 3);
  const auto& set = of == Facet::login ? total.logins : of == Facet::remote ? total.remotes : total.guesses;
  return call.returns(static_cast<double>(set.count()));
}

}  // namespace

std::span<const FunctionRow> trend_functions() {
  static const std::vector<FunctionRow> rows{
      {"trend",
       Acts::everywhere,
       {{"facet", Type::text}, {"value", Type::facet_value, true}},
       "Trend",
       "How often one value of a facet (all, login, remote, net, asn, country, device) came; \"all\" needs no value.",
       &trend_of},
  };
  return rows;
}

std::span<const FunctionRow> trend_methods() {
  static const std::vector<Parameter> window{{"self", Type::trend}, {"window", Type::text}};
  static const std::vector<FunctionRow> rows{
      {"count", Acts::everywhere, window, "number", "Reports in the window that ends now: \"1h\", \"7d\".", &count},
      {"successes", Acts::everywhere, window, "number", "Those that succeeded.", &successes},
      {"failures", Acts::everywhere, window, "number", "Those that failed.", &failures},
      {"distinct",
       Acts::everywhere,
       {{"self", Type::trend}, {"of", Type::text}, {"window", Type::text}},
       "number",
       "How many different values: \"login\", \"remote\" or \"pwhash\" (guesses: pairs of login and pwhash that "
       "failed; "
       "the same wrong password again is none). An estimate beyond 128, within 5 % or so.",
       &distinct},
  };
  return rows;
}

void register_trend_types(lua_State* lua, StateContext& context) {
  new_type_with_methods<TrendObject>(lua, trend_methods(), Type::trend, context);
}

}  // namespace trackalert::policy
