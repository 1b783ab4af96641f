// SPDX-License-Identifier: Apache-2.0
#include "history/reference_query_for_tests.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace trackalert::history {
namespace {

std::string naive_attribute(const login::Attributes& attributes, const std::string& name) {
  for (const auto& [key, value] : attributes) {
    if (key == name) return value;
  }
  return "";
}

std::string naive_device(const login::Attributes& attributes) {
  const auto system = naive_attribute(attributes, "os.family");
  std::string program;
  for (const auto* name : {"browser.family", "imapc.family", "app.name"}) {
    if (program.empty()) program = naive_attribute(attributes, name);
  }
  const auto device = naive_attribute(attributes, "device.family");
  if (system.empty() && program.empty() && device.empty()) return "";
  const auto dash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  return (dash(system) + " / " + dash(program) + " / " + dash(device)).substr(0, 96);
}

std::string naive_net(const base::Address& address) {
  auto bytes = address.bytes();
  if (address.is_v4()) {
    return std::to_string(bytes[0]) + "." + std::to_string(bytes[1]) + "." + std::to_string(bytes[2]) + ".0/24";
  }
  std::fill(bytes.begin() + 6, bytes.end(), std::uint8_t{0});
  return base::Address::v6(bytes).to_string() + "/48";
}

std::string naive_hour_of_week(Time time) {
  const std::chrono::sys_time<std::chrono::microseconds> moment{std::chrono::microseconds{time}};
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const auto hours = std::chrono::floor<std::chrono::hours>(moment - days).count();
  const auto days_since_monday = std::chrono::weekday{days}.iso_encoding() - 1;
  return std::to_string(days_since_monday * 24 + static_cast<unsigned>(hours));
}

/// Whether the first `length` bits are equal, bit by bit.
bool naive_contains(const base::Prefix& network, const base::Address& address) {
  if (network.address.family() != address.family()) return false;
  for (unsigned bit = 0; bit < network.length; ++bit) {
    const unsigned shift = 7 - bit % 8;
    if ((network.address.bytes()[bit / 8] >> shift & 1) != (address.bytes()[bit / 8] >> shift & 1)) return false;
  }
  return true;
}

bool naive_has_attribute(const login::Report& report, const std::string& name, const std::string& text) {
  for (const auto& [key, value] : report.attrs) {
    if (key == name && value == text) return true;
  }
  for (const auto& [key, values] : report.attrs_mv) {
    if (key == name && std::ranges::count(values, text) > 0) return true;
  }
  return false;
}

std::unexpected<QueryError> over(const char* limit) {
  return std::unexpected(QueryError{QueryError::Kind::limit, std::string("reference: ") + limit});
}

Time naive_bucket_start(Time time, Time bucket) {
  Time start = time / bucket * bucket;
  if (start > time) start -= bucket;  // division rounds to 0, buckets begin below
  return start;
}

using Selection = std::vector<const Event*>;

/// Each question on the events that the filter took. `log`: all of them.
struct Questions {
  const std::vector<Event>& log;
  const Query& query;
  const Selection& events;

  [[nodiscard]] bool too_many_rows(std::size_t rows) const { return rows > query.limits.rows; }
  [[nodiscard]] bool too_much_memory(const Scores& values) const {
    std::size_t bytes = 0;
    for (const auto& [value, score] : values) bytes += value.size() + sizeof score;
    return bytes > query.limits.memory_bytes;
  }

  QueryResult<Answer> operator()(const CountQuery& /*unused*/) const {
    CountAnswer count;
    for (const auto* event : events) ++(event->report.success ? count.successes : count.failures);
    return Answer{count, false};
  }

  QueryResult<Answer> operator()(const EventsQuery& what) const {
    Selection sorted = events;
    std::ranges::sort(sorted, [](const Event* a, const Event* b) {
      return a->time != b->time ? a->time > b->time : a->sequence > b->sequence;
    });
    EventsAnswer answer;
    for (const auto* event : sorted) {
      if (what.after && (event->time > what.after->time ||
                         (event->time == what.after->time && event->sequence >= what.after->sequence))) {
        continue;
      }
      if (answer.events.size() == what.limit) {
        answer.next = Cursor{answer.events.back().time, answer.events.back().sequence};
        break;
      }
      if (too_many_rows(answer.events.size() + 1)) return over("rows");
      answer.events.push_back(*event);
    }
    return Answer{std::move(answer), false};
  }

  QueryResult<Answer> operator()(const DistinctQuery& what) const {
    const auto values = naive_scores(events, {.facet = what.facet});
    if (too_much_memory(values)) return over("memory");
    return Answer{DistinctAnswer{values.size()}, false};
  }

  QueryResult<Answer> operator()(const TopQuery& what) const {
    const auto scores = naive_scores(events, what);
    if (too_much_memory(scores)) return over("memory");
    TopAnswer answer;
    for (const auto& [value, score] : scores) {
      if (score > 0) answer.rows.push_back({value, score});
    }
    // The map has put equal scores into the order of their values.
    std::ranges::stable_sort(answer.rows, std::ranges::greater{}, &TopAnswer::Row::score);
    if (answer.rows.size() > what.limit) answer.rows.resize(what.limit);
    if (too_many_rows(answer.rows.size())) return over("rows");
    return Answer{std::move(answer), false};
  }

  QueryResult<Answer> operator()(const SeriesQuery& what) const {
    std::map<Time, SeriesAnswer::Row> buckets;
    for (const auto* event : events) {
      const Time start = naive_bucket_start(event->time, what.bucket);
      auto& row = buckets[start];
      row.start = start;
      ++(event->report.success ? row.successes : row.failures);
    }
    SeriesAnswer answer;
    if (buckets.empty()) return Answer{answer, false};
    const Time first = buckets.begin()->first;
    const Time last = buckets.rbegin()->first;
    if (static_cast<std::uint64_t>((last - first) / what.bucket) >= query.limits.rows) return over("rows");
    for (Time start = first; start <= last; start += what.bucket) {
      answer.rows.push_back(buckets.contains(start) ? buckets[start] : SeriesAnswer::Row{start, 0, 0});
    }
    return Answer{std::move(answer), false};
  }

  QueryResult<Answer> operator()(const SignificantQuery& what) const {
    Filter same_time;
    same_time.since = query.filter.since;
    same_time.until = query.filter.until;
    const auto everything = naive_select(log, same_time);
    const auto within = naive_scores(events, {.facet = what.facet});
    const auto overall = naive_scores(everything, {.facet = what.facet});
    if (too_much_memory(within)) return over("memory");
    SignificantAnswer answer;
    for (const auto& [value, count] : within) {
      const auto p = static_cast<double>(count) / static_cast<double>(events.size());
      const auto q = static_cast<double>(overall.at(value)) / static_cast<double>(everything.size());
      if (count >= 3 && p > q) answer.rows.push_back({value, (p - q) * p / q, count, overall.at(value)});
    }
    std::ranges::stable_sort(answer.rows, std::ranges::greater{}, &SignificantAnswer::Row::score);
    if (answer.rows.size() > what.limit) answer.rows.resize(what.limit);
    if (too_many_rows(answer.rows.size())) return over("rows");
    return Answer{std::move(answer), false};
  }
};

}  // namespace

std::string naive_text(Facet facet, const Event& event) {
  const auto& report = event.report;
  const bool no_address = report.remote == base::Address{};
  if (facet == Facet::all) return "all";
  if (facet == Facet::login) return report.login;
  if (facet == Facet::remote) return no_address ? "" : report.remote.to_string();
  if (facet == Facet::net) return no_address ? "" : naive_net(report.remote);
  if (facet == Facet::asn) return event.place.asn == 0 ? "" : std::to_string(event.place.asn);
  if (facet == Facet::country) return event.place.country_code;
  if (facet == Facet::device) return naive_device(report.device_attrs);
  if (facet == Facet::protocol) return report.protocol;
  if (facet == Facet::fail_type) return report.fail_type;
  if (facet == Facet::pwhash) return report.pwhash;
  return naive_hour_of_week(event.time);
}

bool naive_matches(const Filter& filter, const Event& event) {
  const auto& report = event.report;
  if (filter.since && event.time < *filter.since) return false;
  if (filter.until && event.time >= *filter.until) return false;
  if (filter.login && report.login != *filter.login) return false;
  if (filter.remote && (report.remote == base::Address{} || !naive_contains(*filter.remote, report.remote))) {
    return false;
  }
  if (filter.asn && event.place.asn != *filter.asn) return false;
  if (filter.country && event.place.country_code != *filter.country) return false;
  if (filter.device && naive_device(report.device_attrs) != *filter.device) return false;
  if (filter.protocol && report.protocol != *filter.protocol) return false;
  if (filter.fail_type && report.fail_type != *filter.fail_type) return false;
  if (filter.pwhash && report.pwhash != *filter.pwhash) return false;
  if (filter.success && report.success != *filter.success) return false;
  for (const auto& [name, text] : filter.attrs) {
    if (!naive_has_attribute(report, name, text)) return false;
  }
  return true;
}

std::vector<const Event*> naive_select(const std::vector<Event>& log, const Filter& filter) {
  std::vector<const Event*> out;
  for (const auto& event : log) {
    if (naive_matches(filter, event)) out.push_back(&event);
  }
  return out;
}

Scores naive_scores(const std::vector<const Event*>& events, const TopQuery& query) {
  Scores scores;
  std::map<std::string, std::set<std::string>> different;
  for (const auto* event : events) {
    const auto value = naive_text(query.facet, *event);
    if (value.empty()) continue;
    auto& score = scores[value];
    if (query.by == TopQuery::By::count) {
      ++score;
    } else if (query.by == TopQuery::By::failures) {
      score += event->report.success ? 0 : 1;
    } else if (const auto of = naive_text(query.of, *event); !of.empty()) {
      different[value].insert(of);
      score = different[value].size();
    }
  }
  return scores;
}

QueryResult<Answer> naive_answer(const std::vector<Event>& log, const Query& query) {
  if (auto problem = query_problem(query)) {
    return std::unexpected(QueryError{QueryError::Kind::bad_query, std::move(*problem)});
  }
  if (query.limits.time.count() == 0) return over("time");
  const auto events = naive_select(log, query.filter);
  return std::visit(Questions{log, query, events}, query.what);
}

}  // namespace trackalert::history
