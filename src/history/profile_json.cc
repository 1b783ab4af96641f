// SPDX-License-Identifier: Apache-2.0
#include "history/profile_json.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "history/time_text.h"

namespace trackalert::history {
namespace {

/// Of profile_facets, in their order.
constexpr std::array list_names{"countries", "asns", "nets", "devices", "protocols", "hours_of_week"};
static_assert(list_names.size() == profile_facets.size());

void write_usage(base::JsonWriter& json, const Usage& usage) {
  const auto write_time = [&json](const char* name, Time time) {
    json.key(name).raw(time == 0 ? "null" : format_seconds(time));
  };
  write_time("first_seen", usage.first);
  write_time("last_seen", usage.last);
  json.key("successes").value(usage.successes);
  json.key("failures").value(usage.failures);
  json.key("success_days").value(usage.success_days);
}

}  // namespace

std::vector<ProfileRow> profile_rows(const Profile& profile, Facet facet) {
  std::vector<ProfileRow> rows;
  profile.for_each([&](Facet of, std::string_view value, const Usage& usage) {
    if (of == facet) rows.push_back({value_to_text(facet, value), usage});
  });
  std::ranges::sort(rows, [](const ProfileRow& a, const ProfileRow& b) {
    return a.usage.last != b.usage.last ? a.usage.last > b.usage.last : a.value < b.value;
  });
  return rows;
}

std::string profile_json(const Profile& profile) {
  base::JsonWriter json;
  json.begin_object();
  write_usage(json, profile.total());
  for (std::size_t i = 0; i < profile_facets.size(); ++i) {
    json.key(list_names[i]).begin_array();
    for (const auto& [value, usage] : profile_rows(profile, profile_facets[i])) {
      json.begin_object();
      json.key("value").value(value);
      write_usage(json, usage);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return std::move(json).text();
}

bool is_approximate(const TrendSums& sums) {
  return sums.cut || !sums.logins.exact() || !sums.remotes.exact() || !sums.guesses.exact();
}

std::string trend_json(const TrendSums& sums) {
  base::JsonWriter json;
  json.begin_object();
  json.key("successes").value(sums.successes);
  json.key("failures").value(sums.failures);
  json.key("distinct_logins").value(sums.logins.count());
  json.key("distinct_remotes").value(sums.remotes.count());
  json.key("distinct_guesses").value(sums.guesses.count());
  json.key("approximate").value(is_approximate(sums));
  json.end_object();
  return std::move(json).text();
}

}  // namespace trackalert::history
