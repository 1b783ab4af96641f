// SPDX-License-Identifier: Apache-2.0
#include "channel/alert_words.h"

#include <fmt/format.h>
#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <memory>

#include "alert/feedback.h"
#include "base/ascii.h"
#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::channel {
namespace {

using Names = std::set<std::string, std::less<>>;

icu::Locale locale_of(const Reader& reader) {
  return {reader.language.c_str()};
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::unique_ptr<icu::TimeZone> zone_of(const Reader& reader) {
  if (!reader.timezone.empty()) {
    std::unique_ptr<icu::TimeZone> named(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(reader.timezone)));
    if (*named != icu::TimeZone::getUnknown()) return named;
  }
  return std::unique_ptr<icu::TimeZone>(icu::TimeZone::createDefault());
}

/// What both kinds for operators say of an alert.
const Names& names_of_alert() {
  static const Names names{"id",   "rule",       "severity",  "state", "key",    "message",  "news",
                           "when", "first_seen", "last_seen", "count", "attack", "feedback", "handled_by"};
  return names;
}

void put_alert(const Item& item, const Reader& reader, Fillings& out) {
  const auto& alert = item.alert;
  out.texts = {{"id", alert.id},
               {"rule", alert.rule},
               {"severity", std::string(detect::severity_name(alert.severity))},
               {"state", std::string(alert::state_name(alert.state()))},
               {"key", alert.key},
               {"message", alert.message},
               {"news", std::string(news_name(item.news))},
               {"when", when_text(alert.last_seen, reader)},
               {"first_seen", history::format_time(alert.first_seen)},
               {"last_seen", history::format_time(alert.last_seen)},
               {"count", std::to_string(alert.count)},
               {"attack", alert.attack},
               {"feedback", alert.feedback},
               {"handled_by", alert.handled_by}};
}

std::vector<Fillings> listed(const alert::NameList& names) {
  std::vector<Fillings> out;
  for (const auto& name : names.shown()) {
    if (out.size() >= max_listed) break;
    out.push_back({.texts = {{"name", name}}, .lists = {}});
  }
  return out;
}

/// How many are not listed; empty for none.
std::string further(const alert::NameList& names) {
  const auto shown = std::min(names.shown().size(), max_listed);
  return names.total() > shown ? std::to_string(names.total() - shown) : std::string();
}

std::vector<Fillings> evidence_of(const alert::Alert& alert) {
  std::vector<Fillings> out;
  for (const auto& piece : alert.evidence) {
    if (out.size() >= max_listed) break;
    const auto* number = std::get_if<double>(&piece.seen);
    out.push_back(
        {.texts = {{"name", piece.name},
                   {"seen", number != nullptr ? base::json_number(*number) : std::get<std::string>(piece.seen)},
                   {"usual", piece.usual},
                   {"threshold", piece.threshold ? base::json_number(*piece.threshold) : std::string()}},
         .lists = {}});
  }
  return out;
}

std::string number_or_nothing(std::uint64_t number) {
  return number == 0 ? std::string() : std::to_string(number);
}

/// The first of the attributes that is known.
std::string attribute(const login::Attributes& attributes, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto at =
        std::ranges::find(attributes, name, [](const auto& pair) -> std::string_view { return pair.first; });
    if (at != attributes.end() && !at->second.empty() && at->second != "Other") return at->second;
  }
  return {};
}

std::string evidence_text(const alert::Alert& alert, std::string_view name) {
  const auto at = std::ranges::find(alert.evidence, name, &detect::Evidence::name);
  if (at == alert.evidence.end()) return {};
  const auto* text = std::get_if<std::string>(&at->seen);
  return text == nullptr ? std::string() : *text;
}

}  // namespace

std::string when_text(history::Time time, const Reader& reader) {
  const std::unique_ptr<icu::DateFormat> format(
      icu::DateFormat::createDateTimeInstance(icu::DateFormat::kFull, icu::DateFormat::kShort, locale_of(reader)));
  if (!format) return history::format_time(time);
  format->adoptTimeZone(zone_of(reader).release());
  icu::UnicodeString text;
  format->format(static_cast<UDate>(time) / 1000.0, text);
  return utf8(text);
}

std::string country_text(std::string_view code, const Reader& reader) {
  if (code.size() != 2 || !std::ranges::all_of(code, base::is_upper)) return {};
  icu::UnicodeString text;
  icu::Locale("", std::string(code).c_str()).getDisplayCountry(locale_of(reader), text);
  return utf8(text);
}

const Vocabulary& operator_vocabulary() {
  static const Vocabulary vocabulary = [] {
    Vocabulary out{.texts = names_of_alert(),
                   .lists = {{"evidence", {"name", "seen", "usual", "threshold"}},
                             {"sources", {"name"}},
                             {"logins", {"name"}},
                             {"taken", {"name"}}}};
    out.texts.insert({"held_back", "further_sources", "further_logins", "further_taken"});
    return out;
  }();
  return vocabulary;
}

const Vocabulary& digest_vocabulary() {
  static const Vocabulary vocabulary{.texts = {"total", "not_shown", "held_back"},
                                     .lists = {{"alerts", names_of_alert()}}};
  return vocabulary;
}

const Vocabulary& owner_vocabulary() {
  static const Vocabulary vocabulary{.texts = {"name", "login", "when", "city", "country", "address", "program",
                                               "system", "yes_link", "no_link", "valid_until"},
                                     .lists = {}};
  return vocabulary;
}

const Vocabulary& page_vocabulary() {
  static const Vocabulary vocabulary{
      .texts = {"login", "when", "city", "country", "address", "program", "system", "good", "bad", "style"},
      .lists = {}};
  return vocabulary;
}

Fillings operator_values(const Message& message, const Reader& reader) {
  Fillings out;
  if (message.items.empty()) return out;
  const auto& item = message.items.front();
  put_alert(item, reader, out);
  out.texts["held_back"] = number_or_nothing(message.held_back);
  out.texts["further_sources"] = further(item.alert.sources);
  out.texts["further_logins"] = further(item.alert.logins);
  out.texts["further_taken"] = further(item.alert.taken);
  out.lists["sources"] = listed(item.alert.sources);
  out.lists["logins"] = listed(item.alert.logins);
  out.lists["taken"] = listed(item.alert.taken);
  out.lists["evidence"] = evidence_of(item.alert);
  return out;
}

Fillings digest_values(const Message& message, const Reader& reader) {
  Fillings out;
  auto& alerts = out.lists["alerts"];
  for (const auto& item : message.items) {
    if (alerts.size() >= max_digest_alerts) break;
    put_alert(item, reader, alerts.emplace_back());
  }
  const auto total = message.items.size() + message.not_shown;
  out.texts = {{"total", std::to_string(total)},
               {"not_shown", number_or_nothing(total - alerts.size())},
               {"held_back", number_or_nothing(message.held_back)}};
  return out;
}

Fillings owner_values(const alert::Alert& alert, const history::Event* report, const Reader& reader) {
  Fillings out;
  auto& texts = out.texts;
  texts["login"] = alert::login_of(alert);
  texts["when"] = when_text(report != nullptr ? report->time : alert.last_seen, reader);
  if (report == nullptr) {
    texts["country"] = country_text(evidence_text(alert, "new_country"), reader);
    if (!alert.sources.shown().empty()) texts["address"] = alert.sources.shown().front();
    return out;
  }
  const auto& attributes = report->report.device_attrs;
  texts["city"] = report->place.city;
  texts["country"] = country_text(report->place.country_code, reader);
  if (history::has_remote(report->report)) texts["address"] = report->report.remote.to_string();
  texts["program"] = attribute(attributes, {"browser.family", "imapc.family", "app.name"});
  texts["system"] = attribute(attributes, {"os.family", "device.family"});
  return out;
}

}  // namespace trackalert::channel
