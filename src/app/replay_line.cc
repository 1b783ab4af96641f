// SPDX-License-Identifier: Apache-2.0
#include "app/replay_line.h"

#include <algorithm>
#include <cmath>

#include "base/ascii.h"

namespace trackalert::app {
namespace {

struct Name {
  std::string_view name;
  std::string_view text;
};
constexpr std::array<Name, passed_over_count> names{{{"bad_json", "no JSON"},
                                                     {"not_an_object", "no JSON object"},
                                                     {"bad_remote", "remote is no address"},
                                                     {"no_subject", "neither login nor remote"},
                                                     {"no_time", "no time of their own (t)"},
                                                     {"too_long", "longer than a megabyte"}}};
static_assert(static_cast<std::size_t>(login::Refusal::no_subject) == static_cast<std::size_t>(PassedOver::no_subject));

/// Seconds; beyond what profiles hold.
constexpr double end_of_time = 4e9;
constexpr double most_accuracy_km = 20'000;
constexpr std::size_t most_label_bytes = 256;

std::string_view text_or_empty(const login::Scalar& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  return text == nullptr || text->size() > geo::max_name_bytes ? std::string_view() : *text;
}

std::optional<double> number_of(const login::Scalar& value) {
  const auto* number = std::get_if<double>(&value);
  return number == nullptr || !std::isfinite(*number) ? std::nullopt : std::optional(*number);
}

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, base::is_upper);
}

}  // namespace

std::string_view passed_over_name(PassedOver why) {
  return names.at(static_cast<std::size_t>(why)).name;
}

std::string_view passed_over_text(PassedOver why) {
  return names.at(static_cast<std::size_t>(why)).text;
}

ReplayLineReader::ReplayLineReader()
    : beside_([this](std::string_view object, std::string_view member, const login::Scalar& value) {
        note(object, member, value);
      }) {}

std::expected<ReplayLine, Unusable> ReplayLineReader::read(std::string_view line) {
  draft_ = {};
  auto report = parser_.report(line, 0, beside_);
  if (!report) return std::unexpected(Unusable{PassedOver(report.error().why), std::move(report.error().reason)});
  // As it is kept: a time that rounds to 0 is none either.
  const auto time = report->t > 0 && report->t < end_of_time
                        ? static_cast<history::Time>(std::llround(report->t * static_cast<double>(history::second)))
                        : history::Time{0};
  if (time == 0) {
    return std::unexpected(Unusable{PassedOver::no_time, "without a time of its own there is no clock to judge it by"});
  }
  ReplayLine out{.report = std::move(*report), .place = place(), .label = label()};
  out.time = time;
  return out;
}

void ReplayLineReader::note(std::string_view object, std::string_view member, const login::Scalar& value) {
  if (object == "place") return note_place(member, value);
  if (object != "label") return;
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (text->empty() || text->size() > most_label_bytes) return;
    if (member == "attack") {
      draft_.label.attack = *text;
      draft_.has_attack = true;
    } else if (member == "campaign") {
      draft_.label.campaign = *text;
      draft_.has_campaign = true;
    }
  } else if (const auto* flag = std::get_if<bool>(&value); flag != nullptr && member == "taken") {
    draft_.label.taken = *flag;
  }
}

/// Nonsense is passed over.
void ReplayLineReader::note_place(std::string_view member, const login::Scalar& value) {
  auto& place = draft_.place;
  draft_.has_place = true;
  if (member == "country_code") {
    if (const auto text = text_or_empty(value); is_country(text)) place.country_code = text;
  } else if (member == "city") {
    place.city = text_or_empty(value);
  } else if (member == "as_name") {
    place.as_name = text_or_empty(value);
  } else if (member == "asn") {
    const auto asn = number_of(value).value_or(0);
    if (asn > 0 && asn <= UINT32_MAX) place.asn = static_cast<std::uint32_t>(asn);
  } else if (member == "latitude") {
    draft_.latitude = number_of(value);
  } else if (member == "longitude") {
    draft_.longitude = number_of(value);
  } else if (member == "accuracy_km") {
    draft_.accuracy_km = std::clamp(number_of(value).value_or(0), 0.0, most_accuracy_km);
  }
}

std::optional<geo::Place> ReplayLineReader::place() {
  if (!draft_.has_place) return std::nullopt;
  constexpr double most_latitude = 90;
  constexpr double most_longitude = 180;
  const auto latitude = draft_.latitude;
  const auto longitude = draft_.longitude;
  if (latitude && longitude && std::abs(*latitude) <= most_latitude && std::abs(*longitude) <= most_longitude) {
    draft_.place.has_position = true;
    draft_.place.latitude = *latitude;
    draft_.place.longitude = *longitude;
    draft_.place.accuracy_km = draft_.accuracy_km;
  }
  if (draft_.place == geo::Place{}) return std::nullopt;
  return std::move(draft_.place);
}

std::optional<Label> ReplayLineReader::label() {
  if (!draft_.has_attack || !draft_.has_campaign) return std::nullopt;
  return std::move(draft_.label);
}

}  // namespace trackalert::app
