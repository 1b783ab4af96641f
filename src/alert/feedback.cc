// SPDX-License-Identifier: Apache-2.0
#include "alert/feedback.h"

#include <algorithm>

namespace trackalert::alert {
namespace {

using history::Facet;

history::Time whole_second(history::Time time) {
  return time / history::second * history::second;
}

/// Evidence of what was new, for reports that the history has no longer.
constexpr std::array<std::pair<std::string_view, Facet>, 4> evidence_of_new{
    {{"new_country", Facet::country}, {"new_asn", Facet::asn}, {"new_net", Facet::net}, {"new_device", Facet::device}}};

class Lesson {
 public:
  Lesson(const Alert& alert, std::string login, bool usual, history::Time now)
      : alert_(alert), login_(std::move(login)), usual_(usual), now_(now) {}

  void add(Facet facet, std::string_view value) {
    const auto same = [&](const Mark& mark) { return mark.facet == facet && mark.value == value; };
    if (marks_.size() >= max_learned || std::ranges::any_of(marks_, same)) return;
    marks_.push_back({.login = login_,
                      .facet = facet,
                      .value = std::string(value),
                      .usual = usual_,
                      .since = now_,
                      .alert = alert_.id});
  }
  void add(const history::Event& event) {
    for (const auto facet : MarkTable::facets) {
      history::ValueBuffer buffer;
      if (const auto value = history::value_of(facet, event, buffer)) add(facet, *value);
    }
  }
  void add_evidence() {
    for (const auto& [name, facet] : evidence_of_new) {
      const auto piece = std::ranges::find(alert_.evidence, name, &detect::Evidence::name);
      if (piece == alert_.evidence.end()) continue;
      const auto* text = std::get_if<std::string>(&piece->seen);
      const auto value = text == nullptr ? base::fail("a number") : history::value_from_text(facet, *text);
      if (value && !value->empty()) add(facet, *value);
    }
  }
  /// Only what the login has not been used to before the alert is to be forgotten.
  void leave_out_what_was_known(const history::Profile& profile) {
    std::erase_if(marks_, [&](const Mark& mark) {
      const auto usage = profile.find(mark.facet, mark.value);
      return usage && usage->first < whole_second(alert_.first_seen) && usage->success_days > 1;
    });
  }
  std::vector<Mark> take() { return std::move(marks_); }

 private:
  const Alert& alert_;
  const std::string login_;
  const bool usual_;
  const history::Time now_;
  std::vector<Mark> marks_;
};

Handled<std::vector<Mark>> lesson_of(const history::History& history, const Alert& alert, const Wish& wish,
                                     const std::string& login, history::Time now) {
  if (login.empty()) return std::vector<Mark>();
  Lesson lesson(alert, login, wish.verdict == Verdict::good, now);
  const auto reports = reports_behind(history, alert, login);
  for (const auto& report : reports) lesson.add(report);
  if (reports.empty() && login_of(alert) == login) lesson.add_evidence();
  if (wish.verdict != Verdict::good) {
    const auto profile = history.profile(login);
    if (!profile) return std::unexpected(Refusal{Refusal::Why::storage, profile.error().message});
    lesson.leave_out_what_was_known(*profile);
  }
  return lesson.take();
}

void add_touched(const history::History& history, const base::Clock& clock, FeedbackAnswer& answer,
                 const std::string& own_login) {
  const auto end = clock.steady() + touched_within;
  const auto& sources = answer.alert.sources.shown();
  answer.all_touched = answer.alert.sources.total() <= max_touched_sources;
  for (std::size_t i = 0; i < sources.size() && i < max_touched_sources; ++i) {
    const auto source = base::parse_prefix(sources[i]);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock.steady());
    if (!source) continue;
    history::Query query;
    query.filter.remote = source->length == source->address.bits() ? detect::source_of(source->address) : *source;
    query.filter.success = true;
    query.filter.since = std::min(answer.alert.first_seen, answer.record.time - touched_since);
    query.what = history::TopQuery{.facet = Facet::login, .limit = max_touched_logins + 1};
    query.limits.time = std::max(left, std::chrono::milliseconds{0});
    const auto found = history.query(query);
    if (!found) {
      answer.all_touched = false;
      continue;
    }
    Touched touched{.source = sources[i], .logins = std::get<history::TopAnswer>(found->rows).rows};
    std::erase_if(touched.logins, [&own_login](const auto& row) { return row.value == own_login; });
    if (touched.logins.size() > max_touched_logins) {
      touched.logins.resize(max_touched_logins);
      answer.all_touched = false;
    }
    if (!touched.logins.empty()) answer.touched.push_back(std::move(touched));
  }
}

std::string advice_on(const FeedbackAnswer& answer, const std::string& login) {
  const auto& alert = answer.alert;
  if (answer.record.verdict != Verdict::good || !login.empty()) return {};
  const std::string_view key = alert.key;
  const auto colon = key.find(':');
  if (!key.starts_with("remote:") && !key.starts_with("net:")) return {};
  return fmt::format(
      "the source is judged as before; to have nobody alerted about it: allowRemote(\"{}\", {{ detection "
      "= \"{}\" }})",
      key.substr(colon + 1), alert.rule);
}

}  // namespace

std::string login_of(const Alert& alert) {
  const std::string_view key = alert.key;
  return key.starts_with(detect::login_key_prefix) ? std::string(key.substr(detect::login_key_prefix.size()))
                                                   : std::string();
}

std::vector<history::Event> reports_behind(const history::History& history, const Alert& alert,
                                           const std::string& login) {
  history::Query query;
  query.filter.login = login;
  query.filter.success = true;
  query.filter.since = whole_second(alert.first_seen);
  query.filter.until = alert.last_seen + 1;
  query.what = history::EventsQuery{.limit = max_reports_behind, .after = {}};
  const auto found = history.query(query);
  if (!found) return {};
  auto events = std::get<history::EventsAnswer>(found->rows).events;
  const auto& sources = alert.sources.shown();
  std::erase_if(events, [&](const history::Event& event) {
    // A journey has a beginning, which is in no list of sources.
    if (sources.empty() || whole_second(event.time) == whole_second(alert.first_seen)) return false;
    return std::ranges::find(sources, event.report.remote.to_string()) == sources.end();
  });
  return events;
}

Handled<FeedbackAnswer> give_feedback(const history::History& history, Watch& watch, const base::Clock& clock,
                                      const Wish& wish) {
  const auto found = watch.find(wish.alert);
  if (!found) return std::unexpected(Refusal{Refusal::Why::storage, found.error().message});
  const auto& known = *found;
  if (!known) return std::unexpected(Refusal{Refusal::Why::unknown, "there is no alert " + wish.alert});
  const auto own = login_of(*known);
  if (!own.empty() && !wish.login.empty() && own != wish.login) {
    return std::unexpected(Refusal{Refusal::Why::bad_wish, "the alert is about another login"});
  }
  const auto login = own.empty() ? wish.login : own;
  VerdictNote note{.alert = wish.alert,
                   .record = {wish.verdict, wish.by, clock.now().time_since_epoch().count()},
                   .login = login,
                   .link = wish.link};
  auto marks = lesson_of(history, *known, wish, login, note.record.time);
  if (!marks) return std::unexpected(marks.error());
  note.marks = std::move(*marks);
  auto done = watch.record(note);
  if (!done) return std::unexpected(done.error());
  FeedbackAnswer answer{.alert = std::move(*done), .record = note.record, .learned = std::move(note.marks)};
  if (wish.verdict == Verdict::bad) add_touched(history, clock, answer, login);
  answer.advice = advice_on(answer, login);
  return answer;
}

}  // namespace trackalert::alert
