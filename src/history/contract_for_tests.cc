// SPDX-License-Identifier: Apache-2.0
#include "history/contract_for_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/json_writer.h"
#include "history/contract_compare_for_tests.h"
#include "history/contract_stream_for_tests.h"
#include "history/reference_history_for_tests.h"
#include "history/reference_query_for_tests.h"

namespace trackalert::history {
namespace {

class Contract {
 public:
  Contract(base::FakeClock& clock, const OpenHistory& open, const ContractOptions& options)
      : clock_(clock), open_(open), options_(options), dice_(options.seed), stream_(dice_), reference_(clock) {}

  Difference run() {
    if (auto difference = reopen()) return at_step("opening", *difference);
    for (unsigned step = 0; step < options_.steps; ++step) {
      if (auto difference = take_step()) return at_step(std::to_string(step), *difference);
    }
    if (auto difference = check_everything()) return at_step("end", *difference);
    if (auto difference = reopen()) return at_step("reopening at the end", *difference);
    if (auto difference = check_everything()) return at_step("end, after reopening", *difference);
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string at_step(const std::string& step, const std::string& difference) const {
    return fmt::format("seed {}, step {}, {} reports: {}", options_.seed, step, log().size(), difference);
  }

  [[nodiscard]] const std::vector<Event>& log() const { return reference_.memory().log; }
  [[nodiscard]] Time now() const { return clock_.now().time_since_epoch().count(); }

  Difference reopen() {
    engine_.reset();
    engine_ = open_();
    return engine_ ? check_status() : Difference("does not open");
  }

  Difference take_step() {
    pass_time();
    if (auto difference = append()) return difference;
    if (dice_.percent(5)) {
      if (auto difference = erase(stream_.login())) return difference;
    }
    if (dice_.percent(options_.restart_chance)) {
      if (auto difference = reopen()) return "after reopening: " + *difference;
    }
    return ask();
  }

  void pass_time() {
    const auto chance = dice_.roll(100);
    const Time longest = chance < 50 ? 10 * second : chance < 80 ? 20 * minute : chance < 95 ? 8 * hour : 3 * day;
    clock_.advance(std::chrono::microseconds{dice_.between(0, longest)});
  }

  Difference append() {
    std::vector<Stream::Made> made(dice_.roll(options_.max_batch + 1));
    for (auto& one : made) one = stream_.report(now());
    std::vector<Arrival> arrivals;
    arrivals.reserve(made.size());
    for (const auto& [report, place] : made) arrivals.push_back({.report = &report, .place = place});
    if (const auto appended = engine_->append(arrivals); !appended) return "append: " + appended.error().message;
    for (const auto& arrival : arrivals) {
      const auto last = reference_.memory().last_sequence;
      if (arrival.sequence <= last) return fmt::format("append: sequence {} after {}", arrival.sequence, last);
      auto wanted = arrival;
      reference_.add(wanted);
      if (auto difference = compare_arrivals(arrival, wanted)) return difference;
    }
    return std::nullopt;
  }

  [[nodiscard]] Difference compare_arrivals(const Arrival& got, const Arrival& wanted) const {
    const auto& event = log().back();
    if (got.time != wanted.time) {
      return fmt::format("append: time {}, should be {}, now is {}: {}", got.time, wanted.time, now(), describe(event));
    }
    if (got.before != wanted.before) return "append: what the profile knew before is wrong: " + describe(event);
    if (got.novelty == wanted.novelty) return std::nullopt;
    const auto show = [](const Novelty& novelty) {
      return fmt::format("values {:06b}, never succeeded {:06b}, login {}", novelty.new_values, novelty.never_succeeded,
                         novelty.new_login);
    };
    return fmt::format("append: new is {}; should be {}: {}", show(got.novelty), show(wanted.novelty), describe(event));
  }

  Difference erase(const std::string& login) {
    const auto who = dice_.percent(20) ? std::string() : login;
    const auto gone = engine_->erase(who);
    if (!gone) return "erase: " + gone.error().message;
    const auto wanted = reference_.erase(who);
    if (*gone != *wanted) {
      return fmt::format("erase {}: {} reports, should be {}", base::json_string(who), *gone, *wanted);
    }
    if (auto difference = check_profile(who)) return "after erase: " + *difference;
    if (auto difference = check_trend(Facet::login, who, 0, now() + day)) return "after erase: " + *difference;
    Query query;
    query.filter.login = who;
    query.what = EventsQuery{};
    if (auto difference = check_query(query)) return "after erase: " + *difference;
    return check_status();
  }

  Difference ask() {
    for (int i = 0; i < 4; ++i) {
      if (auto difference = check_query(stream_.query(log(), now()))) return difference;
      if (auto difference = check_any_trend()) return difference;
    }
    if (auto difference = check_profile(stream_.login())) return difference;
    if (dice_.percent(20)) {
      if (auto difference = check_limits()) return difference;
    }
    if (dice_.percent(10)) {
      if (auto difference = check_query(stream_.nonsense())) return difference;
    }
    if (dice_.percent(10)) {
      if (auto difference = check_each_event(stream_.filter(log(), now()))) return difference;
    }
    return dice_.percent(10) ? check_status() : std::nullopt;
  }

  /// Events page by page to the end.
  Difference check_query(Query query) {
    while (true) {
      const auto got = engine_->query(query);
      if (auto difference = compare_answers(got, reference_, query)) return difference;
      const auto* page = got ? std::get_if<EventsAnswer>(&got->rows) : nullptr;
      if (page == nullptr || !page->next) return std::nullopt;
      std::get<EventsQuery>(query.what).after = page->next;
    }
  }

  Difference check_limits() {
    auto query = stream_.query(log(), now());
    switch (dice_.roll(3)) {
      case 0:
        query.limits.rows = 1 + dice_.roll(5);
        break;
      case 1:
        query.limits.time = std::chrono::milliseconds{0};
        break;
      default:
        query.limits.memory_bytes = 1;
        // What the others hold is no value.
        query.what = DistinctQuery{Facet::remote};
        // Without a value, an engine may have come upon some that the filter then did not take.
        if (reference_.query(query)) return std::nullopt;
    }
    return compare_answers(engine_->query(query), reference_, query);
  }

  Difference check_profile(const std::string& login) {
    const auto got = engine_->profile(login);
    if (!got) return "profile: " + got.error().message;
    auto difference = compare_profiles(*got, reference_.remembered(login));
    if (difference) *difference = base::json_string(login) + ": " + *difference;
    return difference;
  }

  Difference check_any_trend() {
    if (log().empty()) return std::nullopt;
    const auto facet = dice_.one_of(trend_facets);
    const auto text = shown_value(facet, dice_.one_of(log()));
    const auto [since, until] = stream_.window(log(), now());
    return check_trend(facet, text, since, until);
  }

  Difference check_trend(Facet facet, const std::string& text, Time since, Time until) {
    const auto value = value_from_text(facet, text);
    if (!value) return std::nullopt;  // no value: there is nothing to ask
    const auto got = engine_->trend(facet, *value, since, until);
    if (!got) return fmt::format("trend of {}: {}", facet_name(facet), got.error().message);
    return compare_trends(*got, reference_, facet, text, since, until);
  }

  Difference check_each_event(const Filter& filter) {
    std::vector<Event> got;
    const auto walked = engine_->each_event(filter, [&got](const Event& event) {
      got.push_back(event);
      return true;
    });
    if (!walked) return "each_event: " + walked.error().message;
    std::ranges::sort(got, {}, &Event::sequence);
    const auto wanted = naive_select(log(), filter);
    Query query;
    query.filter = filter;
    for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
      if (auto difference = compare_events(got[i], *wanted[i])) {
        return fmt::format("each_event of {}: {}", describe(query), *difference);
      }
    }
    if (got.size() != wanted.size()) {
      return fmt::format("each_event of {}: {} events, should be {}", describe(query), got.size(), wanted.size());
    }
    return wanted.size() > 1 ? check_early_end(filter) : std::nullopt;
  }

  Difference check_early_end(const Filter& filter) {
    int seen = 0;
    const auto walked = engine_->each_event(filter, [&seen](const Event& /*unused*/) { return ++seen < 1; });
    if (!walked) return "each_event, stopped: " + walked.error().message;
    return seen == 1 ? std::nullopt : Difference("each_event goes on after the stop");
  }

  Difference check_status() {
    const auto got = engine_->status();
    const auto wanted = reference_.status();
    if (!got.accepting) return "status: not accepting: " + got.trouble;
    if (got.reports != wanted.reports) {
      return fmt::format("status: {} reports, should be {}", got.reports, wanted.reports);
    }
    if (got.last_sequence < wanted.last_sequence) {
      return fmt::format("status: last sequence {}, should be {}", got.last_sequence, wanted.last_sequence);
    }
    if (wanted.oldest && (!got.oldest || *got.oldest > *wanted.oldest)) return "status: not the oldest report";
    if (wanted.newest && (!got.newest || *got.newest < *wanted.newest)) return "status: not the newest report";
    const bool exact = reference_.memory().erased.empty();
    if (exact && (got.oldest != wanted.oldest || got.newest != wanted.newest)) {
      return "status: older than the oldest report, or newer than the newest";
    }
    return std::nullopt;
  }

  /// Every value that ever was, and every event.
  Difference check_everything() {
    std::set<std::pair<Facet, std::string>> values;
    std::set<std::string> logins;  // themselves: a trend shows a long one in its short form
    for (const auto& events : {log(), reference_.memory().erased}) {
      for (const auto& event : events) {
        for (const auto facet : trend_facets) values.emplace(facet, shown_value(facet, event));
        logins.insert(event.report.login);
      }
    }
    const Time today = day_of(now()) * day;
    for (const auto& [facet, text] : values) {
      if (auto difference = check_trend(facet, text, 0, today + 2 * day)) return difference;
      if (auto difference = check_trend(facet, text, today - 3 * day, today - day)) return difference;
    }
    for (const auto& login : logins) {
      if (auto difference = check_profile(login)) return difference;
    }
    if (auto difference = check_no_trends()) return difference;
    if (auto difference = check_each_event({})) return difference;
    if (auto difference = check_status()) return difference;
    Query query;
    query.what = EventsQuery{.limit = 1000, .after = {}};
    return check_query(query);
  }

  Difference check_no_trends() {
    for (const auto facet : {Facet::protocol, Facet::fail_type, Facet::pwhash, Facet::hour_of_week}) {
      const auto got = engine_->trend(facet, "x", 0, now());
      if (got || got.error().kind != QueryError::Kind::bad_query) {
        return fmt::format("trend of {}: should be refused as a bad query", facet_name(facet));
      }
    }
    return std::nullopt;
  }

  base::FakeClock& clock_;
  const OpenHistory& open_;
  const ContractOptions options_;
  Dice dice_;
  Stream stream_;
  ReferenceHistory reference_;
  std::unique_ptr<History> engine_;
};

}  // namespace

std::optional<std::string> contract_violation(base::FakeClock& clock, const OpenHistory& open,
                                              const ContractOptions& options) {
  return Contract(clock, open, options).run();
}

}  // namespace trackalert::history
