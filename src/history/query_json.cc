// SPDX-License-Identifier: Apache-2.0
// Each object of the request is a table of its members: name, and how to read one. The walk over an object, the path in
// an error and the list of what is known come from the table.
#include "history/query_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <expected>
#include <limits>

#include "base/ascii.h"
#include "base/log.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

using base::JsonValue;

/// What is wrong, and with which member, from the outside in.
struct Problem {
  std::string path;
  std::string what;
};
template <class T>
using Read = std::expected<T, Problem>;

std::unexpected<Problem> wrong(std::string what) {
  return std::unexpected(Problem{{}, std::move(what)});
}

std::string shown(std::string_view text) {
  constexpr std::size_t shown_bytes = 100;
  return base::escape_control(text.substr(0, shown_bytes));
}

template <class Target>
struct Member {
  std::string_view name;
  Read<void> (*read)(const JsonValue& value, Target& target, Time now);
};

template <class Target>
std::string names_of(std::span<const Member<Target>> members) {
  std::string out;
  for (const auto& member : members) {
    if (!out.empty()) out += ", ";
    out += member.name;
  }
  return out;
}

template <class Target>
Read<void> read_members(const JsonValue& value, std::span<const Member<Target>> members, Target& target, Time now) {
  const auto* object = value.as_object();
  if (object == nullptr) return wrong("not an object");
  for (auto at = object->begin(); at != object->end(); ++at) {
    const auto& name = at->first;
    const auto in_path = [&name](Problem problem) {
      problem.path = problem.path.empty() ? shown(name) : shown(name) + "." + problem.path;
      return std::unexpected(std::move(problem));
    };
    const auto member = std::ranges::find(members, name, &Member<Target>::name);
    if (member == members.end()) {
      const auto known = names_of(members);
      return in_path({{}, known.empty() ? "takes no members" : "unknown; known are " + known});
    }
    if (std::any_of(object->begin(), at, [&name](const auto& earlier) { return earlier.first == name; })) {
      return in_path({{}, "given twice"});
    }
    if (auto read = member->read(at->second, target, now); !read) return in_path(std::move(read.error()));
  }
  return {};
}

// Values.

Read<std::string> read_text(const JsonValue& value) {
  if (const auto* text = value.as_string()) return *text;
  return wrong("not a string");
}

template <std::unsigned_integral Number>
Read<Number> read_whole(const JsonValue& value, Number least, Number most) {
  const auto* number = value.as_number();
  // Written so that NaN fails. 2^53: beyond it a double skips numbers.
  constexpr double exact = 9007199254740992.0;
  if (number == nullptr || !(std::abs(*number) <= exact) || *number != std::floor(*number)) {
    return wrong("not a whole number");
  }
  if (*number < static_cast<double>(least)) return wrong(fmt::format("less than {}", least));
  if (*number > static_cast<double>(most)) return wrong(fmt::format("more than {}", most));
  return static_cast<Number>(*number);
}

Read<Time> read_time(const JsonValue& value, Time now) {
  if (const auto* number = value.as_number()) {
    if (const auto time = time_from_seconds(*number)) return *time;
    return wrong("beyond all time");
  }
  const auto* text = value.as_string();
  if (text == nullptr) return wrong("neither a string nor a number");
  auto time = parse_time(*text, now);
  if (!time) return wrong(std::move(time.error().message));
  return *time;
}

Read<base::Prefix> read_network(const JsonValue& value) {
  const auto text = read_text(value);
  if (!text) return std::unexpected(text.error());
  auto prefix = base::parse_prefix(*text);
  if (!prefix) return wrong("not an address or network: " + shown(*text));
  // As with the reports themselves, a mapped IPv4 address is one of IPv4.
  constexpr unsigned mapped_bits = 96;
  if (prefix->address.is_mapped_v4() && prefix->length >= mapped_bits) {
    *prefix = {prefix->address.unmapped(), prefix->length - mapped_bits};
  }
  return base::Prefix{prefix->address.masked(prefix->length), prefix->length};
}

Read<std::string> read_country(const JsonValue& value) {
  auto text = read_text(value);
  if (!text || text->empty()) return text;
  if (text->size() != 2 || !std::ranges::all_of(*text, base::is_letter))
    return wrong("not two letters: " + shown(*text));
  std::ranges::transform(*text, text->begin(), base::to_upper);
  return text;
}

Read<Facet> read_facet(const JsonValue& value) {
  const auto name = read_text(value);
  if (!name) return std::unexpected(name.error());
  if (const auto facet = facet_by_name(*name)) return *facet;
  std::string known;
  for (auto facet = Facet::all; facet <= Facet::hour_of_week;
       facet = static_cast<Facet>(static_cast<std::uint8_t>(facet) + 1)) {
    if (!known.empty()) known += ", ";
    known += facet_name(facet);
  }
  return wrong(fmt::format("no facet: {}; known are {}", shown(*name), known));
}

Read<TopQuery::By> read_by(const JsonValue& value) {
  const auto name = read_text(value);
  if (!name) return std::unexpected(name.error());
  if (*name == "count") return TopQuery::By::count;
  if (*name == "failures") return TopQuery::By::failures;
  if (*name == "distinct") return TopQuery::By::distinct;
  return wrong("not count, failures or distinct: " + shown(*name));
}

template <class T, class Into>
Read<void> put(Read<T> value, Into& into) {
  if (!value) return std::unexpected(std::move(value.error()));
  into = std::move(*value);
  return {};
}

constexpr std::size_t any_limit = 1'000'000'000;  ///< the limit on rows comes long before

// Objects.

template <std::optional<std::string> Filter::* field>
Read<void> text_into(const JsonValue& value, Filter& filter, Time /*now*/) {
  return put(read_text(value), filter.*field);
}

Read<void> remote_into(const JsonValue& value, Filter& filter, Time /*now*/) {
  if (filter.remote) return wrong("remote and net are one thing");
  return put(read_network(value), filter.remote);
}

Read<void> attrs_into(const JsonValue& value, Filter& filter, Time /*now*/) {
  const auto* object = value.as_object();
  if (object == nullptr) return wrong("not an object");
  for (const auto& [name, text] : *object) {
    if (text.as_string() == nullptr) return std::unexpected(Problem{shown(name), "not a string"});
    filter.attrs.emplace_back(name, *text.as_string());
  }
  return {};
}

constexpr std::array<Member<Filter>, 13> filter_members{{
    {"login", text_into<&Filter::login>},
    {"remote", remote_into},
    {"net", remote_into},
    {"asn",
     [](const JsonValue& value, Filter& filter, Time) {
       return put(read_whole<std::uint32_t>(value, 0, std::numeric_limits<std::uint32_t>::max()), filter.asn);
     }},
    {"country", [](const JsonValue& value, Filter& filter, Time) { return put(read_country(value), filter.country); }},
    {"device", text_into<&Filter::device>},
    {"protocol", text_into<&Filter::protocol>},
    {"fail_type", text_into<&Filter::fail_type>},
    {"pwhash", text_into<&Filter::pwhash>},
    {"success",
     [](const JsonValue& value, Filter& filter, Time) -> Read<void> {
       if (value.as_bool() == nullptr) return wrong("neither true nor false");
       filter.success = *value.as_bool();
       return {};
     }},
    {"attrs", attrs_into},
    {"since",
     [](const JsonValue& value, Filter& filter, Time now) { return put(read_time(value, now), filter.since); }},
    {"until",
     [](const JsonValue& value, Filter& filter, Time now) { return put(read_time(value, now), filter.until); }},
}};

template <class Query>
Read<void> limit_into(const JsonValue& value, Query& query, Time /*now*/) {
  return put(read_whole<std::size_t>(value, 1, any_limit), query.limit);
}
template <class Query>
Read<void> facet_into(const JsonValue& value, Query& query, Time /*now*/) {
  return put(read_facet(value), query.facet);
}

constexpr std::array<Member<EventsQuery>, 2> events_members{{
    {"limit", limit_into<EventsQuery>},
    {"cursor",
     [](const JsonValue& value, EventsQuery& events, Time) -> Read<void> {
       const auto text = read_text(value);
       if (!text) return std::unexpected(text.error());
       events.after = Cursor::parse(*text);
       if (!events.after) return wrong("not a cursor of an earlier answer: " + shown(*text));
       return {};
     }},
}};

constexpr std::array<Member<DistinctQuery>, 1> distinct_members{{{"facet", facet_into<DistinctQuery>}}};

constexpr std::array<Member<TopQuery>, 4> top_members{{
    {"facet", facet_into<TopQuery>},
    {"limit", limit_into<TopQuery>},
    {"by", [](const JsonValue& value, TopQuery& top, Time) { return put(read_by(value), top.by); }},
    {"of", [](const JsonValue& value, TopQuery& top, Time) { return put(read_facet(value), top.of); }},
}};

constexpr std::array<Member<SeriesQuery>, 1> series_members{{
    {"bucket",
     [](const JsonValue& value, SeriesQuery& series, Time) -> Read<void> {
       const auto text = read_text(value);
       if (!text) return std::unexpected(text.error());
       auto bucket = parse_duration(*text);
       if (!bucket) return wrong(std::move(bucket.error().message));
       series.bucket = *bucket;
       return {};
     }},
}};

constexpr std::array<Member<SignificantQuery>, 2> significant_members{{
    {"facet", facet_into<SignificantQuery>},
    {"limit", limit_into<SignificantQuery>},
}};

constexpr std::array<Member<QueryLimits>, 2> limits_members{{
    {"time_ms",
     [](const JsonValue& value, QueryLimits& limits, Time) -> Read<void> {
       const auto most = static_cast<std::uint64_t>(QueryLimits{}.time.count());
       const auto time = read_whole<std::uint64_t>(value, 1, most);
       if (!time) return std::unexpected(time.error());
       limits.time = std::chrono::milliseconds{*time};
       return {};
     }},
    {"rows", [](const JsonValue& value, QueryLimits& limits,
                Time) { return put(read_whole<std::size_t>(value, 1, QueryLimits{}.rows), limits.rows); }},
}};

/// A request on its way to a Query: how many things it asks.
struct Draft {
  Query query;
  unsigned questions = 0;
};

/// `required` must be given.
template <class What>
Read<void> question(const JsonValue& value, Draft& draft, Time now, std::span<const Member<What>> members,
                    std::string_view required = {}) {
  What what;
  if (auto read = read_members<What>(value, members, what, now); !read) return read;
  if (!required.empty() && value.find(required) == nullptr) {
    return std::unexpected(Problem{std::string(required), "missing"});
  }
  draft.query.what = what;
  ++draft.questions;
  return {};
}

constexpr std::array<Member<Draft>, 8> request_members{{
    {"filter", [](const JsonValue& value, Draft& draft,
                  Time now) { return read_members<Filter>(value, filter_members, draft.query.filter, now); }},
    {"limits", [](const JsonValue& value, Draft& draft,
                  Time now) { return read_members<QueryLimits>(value, limits_members, draft.query.limits, now); }},
    {"events", [](const JsonValue& value, Draft& draft,
                  Time now) { return question<EventsQuery>(value, draft, now, events_members); }},
    {"count",
     [](const JsonValue& value, Draft& draft, Time now) { return question<CountQuery>(value, draft, now, {}); }},
    {"distinct", [](const JsonValue& value, Draft& draft,
                    Time now) { return question<DistinctQuery>(value, draft, now, distinct_members, "facet"); }},
    {"top", [](const JsonValue& value, Draft& draft,
               Time now) { return question<TopQuery>(value, draft, now, top_members, "facet"); }},
    {"series", [](const JsonValue& value, Draft& draft,
                  Time now) { return question<SeriesQuery>(value, draft, now, series_members, "bucket"); }},
    {"significant",
     [](const JsonValue& value, Draft& draft, Time now) {
       return question<SignificantQuery>(value, draft, now, significant_members, "facet");
     }},
}};

std::unexpected<base::Error> told(std::string_view whole, const Problem& problem) {
  return base::fail("{}: {}", problem.path.empty() ? whole : std::string_view(problem.path), problem.what);
}

}  // namespace

base::Result<Query> parse_query(const JsonValue& request, Time now) {
  Draft draft;
  if (const auto read = read_members<Draft>(request, request_members, draft, now); !read) {
    return told("query", read.error());
  }
  if (draft.questions != 1) {
    return base::fail("query: must ask one of events, count, distinct, top, series or significant, not {}",
                      draft.questions == 0 ? "none" : "several");
  }
  if (auto problem = query_problem(draft.query)) return std::unexpected(base::Error{std::move(*problem)});
  return std::move(draft.query);
}

base::Result<Query> parse_query(std::string_view json, Time now) {
  const auto request = base::parse_json(json);
  if (!request) return base::fail("not JSON: {}", request.error().message);
  return parse_query(*request, now);
}

base::Result<Filter> parse_filter(const JsonValue& filter, Time now) {
  Query query;
  if (const auto read = read_members<Filter>(filter, filter_members, query.filter, now); !read) {
    return told("filter", read.error());
  }
  if (auto problem = query_problem(query)) return std::unexpected(base::Error{std::move(*problem)});
  return std::move(query.filter);
}

}  // namespace trackalert::history
