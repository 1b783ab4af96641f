// SPDX-License-Identifier: Apache-2.0
#include "history/contract_compare_for_tests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "base/json_writer.h"
#include "history/answer_json.h"
#include "history/contract_approximate_for_tests.h"
#include "history/reference_query_for_tests.h"

namespace trackalert::history {
namespace {

using base::json_string;

/// Texts may be long; where they differ is not.
std::string shown(const std::string& text) {
  constexpr std::size_t shown_bytes = 80;
  if (text.size() <= shown_bytes) return json_string(text);
  return fmt::format("{}... ({} bytes)", json_string(text.substr(0, shown_bytes)), text.size());
}

std::string shown(bool flag) {
  return flag ? "true" : "false";
}
std::string shown(std::uint64_t number) {
  return std::to_string(number);
}
std::string shown(Time time) {
  return std::to_string(time);
}
std::string shown(const base::Address& address) {
  return address.to_string();
}
std::string shown(const login::Attributes& attrs) {
  std::string out;
  for (const auto& [name, text] : attrs) out += shown(name) + "=" + shown(text) + " ";
  return out;
}
std::string shown(const login::MultiAttributes& attrs) {
  std::string out;
  for (const auto& [name, values] : attrs) {
    out += shown(name) + "=[";
    for (const auto& text : values) out += shown(text) + " ";
    out += "] ";
  }
  return out;
}

template <class T>
Difference differ(std::string_view what, const T& got, const T& wanted) {
  if (got == wanted) return std::nullopt;
  return fmt::format("{} is {}, should be {}", what, shown(got), shown(wanted));
}

/// An engine may round positions.
Difference differ_in_place(const geo::Place& got, const geo::Place& wanted) {
  constexpr double degrees = 1e-4;
  constexpr double km = 0.5;
  if (auto difference = differ("country_code", got.country_code, wanted.country_code)) return difference;
  if (auto difference = differ("city", got.city, wanted.city)) return difference;
  if (auto difference = differ("as_name", got.as_name, wanted.as_name)) return difference;
  if (auto difference = differ("asn", std::uint64_t{got.asn}, std::uint64_t{wanted.asn})) return difference;
  if (auto difference = differ("has_position", got.has_position, wanted.has_position)) return difference;
  const bool near = std::abs(got.latitude - wanted.latitude) <= degrees &&
                    std::abs(got.longitude - wanted.longitude) <= degrees &&
                    std::abs(got.accuracy_km - wanted.accuracy_km) <= km;
  if (near) return std::nullopt;
  return fmt::format("position is {}/{} ~{}, should be {}/{} ~{}", got.latitude, got.longitude, got.accuracy_km,
                     wanted.latitude, wanted.longitude, wanted.accuracy_km);
}

Difference differ_in_report(const login::Report& got, const login::Report& wanted) {
  if (std::abs(got.t - wanted.t) > 6e-7) return fmt::format("t is {:.7f}, should be {:.7f}", got.t, wanted.t);
  if (auto difference = differ("login", got.login, wanted.login)) return difference;
  if (auto difference = differ("remote", got.remote, wanted.remote)) return difference;
  if (auto difference = differ("pwhash", got.pwhash, wanted.pwhash)) return difference;
  if (auto difference = differ("protocol", got.protocol, wanted.protocol)) return difference;
  if (auto difference = differ("device_id", got.device_id, wanted.device_id)) return difference;
  if (auto difference = differ("session_id", got.session_id, wanted.session_id)) return difference;
  if (auto difference = differ("fail_type", got.fail_type, wanted.fail_type)) return difference;
  if (auto difference = differ("success", got.success, wanted.success)) return difference;
  if (auto difference = differ("policy_reject", got.policy_reject, wanted.policy_reject)) return difference;
  if (auto difference = differ("tls", got.tls, wanted.tls)) return difference;
  if (auto difference = differ("attrs", got.attrs, wanted.attrs)) return difference;
  if (auto difference = differ("attrs_mv", got.attrs_mv, wanted.attrs_mv)) return difference;
  if (auto difference = differ("device_attrs", got.device_attrs, wanted.device_attrs)) return difference;
  return differ("has_device_attrs", got.has_device_attrs, wanted.has_device_attrs);
}

Difference differ_in_rows(const CountAnswer& got, const CountAnswer& wanted) {
  if (got == wanted) return std::nullopt;
  return fmt::format("{} successes and {} failures, should be {} and {}", got.successes, got.failures, wanted.successes,
                     wanted.failures);
}

Difference differ_in_rows(const EventsAnswer& got, const EventsAnswer& wanted) {
  const auto common = std::min(got.events.size(), wanted.events.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (auto difference = compare_events(got.events[i], wanted.events[i])) {
      return fmt::format("event {} of the page: {}", i, *difference);
    }
  }
  if (auto difference = differ("number of events", std::uint64_t{got.events.size()}, wanted.events.size())) {
    return difference;
  }
  if (got.next == wanted.next) return std::nullopt;
  const auto cursor = [](const auto& next) { return next ? next->to_string() : "none"; };
  return fmt::format("cursor is {}, should be {}", cursor(got.next), cursor(wanted.next));
}

Difference differ_in_rows(const DistinctAnswer& got, const DistinctAnswer& wanted) {
  return differ("distinct", got.values, wanted.values);
}

template <class Rows, class Show>
Difference differ_in_lists(const Rows& got, const Rows& wanted, Show show) {
  for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
    if (i < got.size() && i < wanted.size() && got[i] == wanted[i]) continue;
    return fmt::format("row {} of {} is {}, should be {} of {}", i, got.size(), i < got.size() ? show(got[i]) : "none",
                       i < wanted.size() ? show(wanted[i]) : "none", wanted.size());
  }
  return std::nullopt;
}

Difference differ_in_rows(const TopAnswer& got, const TopAnswer& wanted) {
  return differ_in_lists(got.rows, wanted.rows,
                         [](const auto& row) { return fmt::format("{} ({})", shown(row.value), row.score); });
}

Difference differ_in_rows(const SeriesAnswer& got, const SeriesAnswer& wanted) {
  return differ_in_lists(got.rows, wanted.rows, [](const auto& row) {
    return fmt::format("{}: {} successes, {} failures", row.start, row.successes, row.failures);
  });
}

/// Scores are sums and quotients that may be worked out in another order: what they place equally may change places.
/// `all`: without the limit.
Difference differ_in_significant(const SignificantAnswer& got, const SignificantAnswer& wanted,
                                 const SignificantAnswer& all) {
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); };
  if (auto number = differ("number of rows", std::uint64_t{got.rows.size()}, std::uint64_t{wanted.rows.size()})) {
    return number;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < got.rows.size(); ++i) {
    const auto& row = got.rows[i];
    if (!seen.insert(row.value).second) return fmt::format("{} comes twice", shown(row.value));
    const auto found = std::ranges::find(all.rows, row.value, &SignificantAnswer::Row::value);
    if (found == all.rows.end()) return fmt::format("{} is not significant", shown(row.value));
    if (row.within != found->within || row.overall != found->overall || !near(row.score, found->score)) {
      return fmt::format("{}: {} of {}, {}; should be {} of {}, {}", shown(row.value), row.within, row.overall,
                         row.score, found->within, found->overall, found->score);
    }
    if (!near(row.score, wanted.rows[i].score)) {
      return fmt::format("row {} is {} ({}), should be {} ({})", i, shown(row.value), row.score,
                         shown(wanted.rows[i].value), wanted.rows[i].score);
    }
  }
  return std::nullopt;
}

Difference differ_in_exact(const Answer& got, const Answer& wanted, const ReferenceHistory& reference,
                           const Query& query) {
  if (got.rows.index() != wanted.rows.index()) return "the answer to another question";
  if (const auto* significant = std::get_if<SignificantAnswer>(&got.rows)) {
    auto unlimited = query;
    std::get<SignificantQuery>(unlimited.what).limit = reference.memory().log.size() + 1;
    unlimited.limits = {.time = std::chrono::hours{1}, .rows = reference.memory().log.size() + 1};
    const auto all = reference.query(unlimited);
    return differ_in_significant(*significant, std::get<SignificantAnswer>(wanted.rows),
                                 std::get<SignificantAnswer>(all->rows));
  }
  return std::visit(
      [&wanted](const auto& rows) -> Difference {
        using Rows = std::decay_t<decltype(rows)>;
        if constexpr (std::is_same_v<Rows, SignificantAnswer>) {
          return std::nullopt;
        } else {
          return differ_in_rows(rows, std::get<Rows>(wanted.rows));
        }
      },
      got.rows);
}

std::string_view kind_of(const QueryError& error) {
  switch (error.kind) {
    case QueryError::Kind::bad_query:
      return "bad_query";
    case QueryError::Kind::limit:
      return "limit";
    default:
      return "storage";
  }
}

struct Asked {
  std::string operator()(const CountQuery& /*unused*/) const { return "count"; }
  std::string operator()(const EventsQuery& what) const {
    return fmt::format("events limit={} after={}", what.limit, what.after ? what.after->to_string() : "none");
  }
  std::string operator()(const DistinctQuery& what) const { return fmt::format("distinct {}", facet_name(what.facet)); }
  std::string operator()(const TopQuery& what) const {
    static constexpr std::array by{"count", "failures", "distinct"};
    return fmt::format("top {} limit={} by={} of={}", facet_name(what.facet), what.limit,
                       by[static_cast<std::size_t>(what.by)], facet_name(what.of));
  }
  std::string operator()(const SeriesQuery& what) const { return fmt::format("series bucket={}", what.bucket); }
  std::string operator()(const SignificantQuery& what) const {
    return fmt::format("significant {} limit={}", facet_name(what.facet), what.limit);
  }
};

}  // namespace

std::string describe(const Event& event) {
  return event_json(event);
}

std::string describe(const Query& query) {
  const auto& filter = query.filter;
  std::string out;
  const auto add = [&out](std::string_view name, const auto& value) {
    if (value) out += fmt::format("{}={} ", name, shown(*value));
  };
  add("login", filter.login);
  if (filter.remote) out += fmt::format("remote={}/{} ", filter.remote->address.to_string(), filter.remote->length);
  if (filter.asn) out += fmt::format("asn={} ", *filter.asn);
  add("country", filter.country);
  add("device", filter.device);
  add("protocol", filter.protocol);
  add("fail_type", filter.fail_type);
  add("pwhash", filter.pwhash);
  add("success", filter.success);
  for (const auto& [name, text] : filter.attrs) out += fmt::format("attrs.{}={} ", shown(name), shown(text));
  add("since", filter.since);
  add("until", filter.until);
  return fmt::format("{}[{}] limits: {} ms, {} rows, {} bytes", out, std::visit(Asked{}, query.what),
                     query.limits.time.count(), query.limits.rows, query.limits.memory_bytes);
}

Difference compare_events(const Event& got, const Event& wanted) {
  auto difference = differ("sequence", got.sequence, wanted.sequence);
  if (!difference) difference = differ("time", got.time, wanted.time);
  if (!difference) difference = differ_in_report(got.report, wanted.report);
  if (!difference) difference = differ_in_place(got.place, wanted.place);
  if (difference) *difference += " in " + describe(wanted);
  return difference;
}

Difference compare_answers(const QueryResult<Answer>& got, const ReferenceHistory& reference, const Query& query) {
  const auto wanted = reference.query(query);
  Difference difference;
  if (!got && !wanted) {
    if (got.error().kind != wanted.error().kind) {
      difference = fmt::format("fails as {} ({}), should as {} ({})", kind_of(got.error()), got.error().message,
                               kind_of(wanted.error()), wanted.error().message);
    } else if (got.error().message.empty()) {
      difference = "fails without a message";
    }
  } else if (!got) {
    difference = fmt::format("fails as {} ({}), should be answered", kind_of(got.error()), got.error().message);
  } else if (!wanted) {
    difference = fmt::format("is answered, should fail as {} ({})", kind_of(wanted.error()), wanted.error().message);
  } else if (got->approximate) {
    difference = differ_in_approximate(*got, reference, query);
  } else {
    difference = differ_in_exact(*got, *wanted, reference, query);
  }
  if (difference) *difference = describe(query) + ": " + *difference;
  return difference;
}

Difference compare_profiles(const Profile& got, const RememberedValues& wanted) {
  std::map<std::pair<Facet, std::string>, Usage> rest;
  if (!got.empty()) rest[{Facet::all, ""}] = got.total();
  got.for_each([&rest](Facet facet, std::string_view value, const Usage& usage) {
    rest[{facet, value_to_text(facet, value)}] = usage;
  });
  for (const auto& [key, remembered] : wanted) {
    const auto name = fmt::format("profile, {} {}", facet_name(key.first), shown(key.second));
    const auto found = rest.extract(key);
    if (found.empty()) return name + " is missing";
    const Usage& usage = found.mapped();
    auto equal_days = remembered.usage;
    if (usage.success_days <= remembered.success_days && usage.success_days >= equal_days.success_days) {
      equal_days.success_days = usage.success_days;
    }
    if (usage == equal_days) continue;
    const auto show = [](const Usage& u) {
      return fmt::format("first {} last {} last success {}, {} successes, {} failures, {} days", u.first, u.last,
                         u.last_success, u.successes, u.failures, u.success_days);
    };
    return fmt::format("{}: {}, should be {}", name, show(usage), show(remembered.usage));
  }
  if (rest.empty()) return std::nullopt;
  return fmt::format("profile knows {} {}, which never came", facet_name(rest.begin()->first.first),
                     shown(rest.begin()->first.second));
}

}  // namespace trackalert::history
