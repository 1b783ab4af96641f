// SPDX-License-Identifier: Apache-2.0
// An alert as the words that templates have gaps for, in a person's language: dates and countries by ICU, so that a
// language is its templates and nothing else. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "channel/channel.h"
#include "channel/mail_template.h"
#include "history/event.h"

namespace trackalert::channel {

/// How somebody reads.
struct Reader {
  std::string language = "en";  ///< two small letters
  std::string timezone;         ///< "Europe/Vienna"; empty or unknown: the process's own
};

/// "Freitag, 27. November 2026 um 14:05"
[[nodiscard]] std::string when_text(history::Time time, const Reader& reader);
/// "Österreich"; empty for what is no country.
[[nodiscard]] std::string country_text(std::string_view code, const Reader& reader);

// What each kind of template may use.
[[nodiscard]] const Vocabulary& operator_vocabulary();
[[nodiscard]] const Vocabulary& digest_vocabulary();
[[nodiscard]] const Vocabulary& owner_vocabulary();
[[nodiscard]] const Vocabulary& page_vocabulary();

/// For operator_vocabulary(): one alert with its evidence. At most max_listed names of a list.
[[nodiscard]] Fillings operator_values(const Message& message, const Reader& reader);
/// For digest_vocabulary(): at most max_digest_alerts of the alerts, the others counted.
[[nodiscard]] Fillings digest_values(const Message& message, const Reader& reader);
inline constexpr std::size_t max_listed = 50;
inline constexpr std::size_t max_digest_alerts = 200;

/// What an account's owner is told: login, when, city, country, address, program, system. `report` may be null: then
/// what the alert itself says.
[[nodiscard]] Fillings owner_values(const alert::Alert& alert, const history::Event* report, const Reader& reader);

}  // namespace trackalert::channel
