// SPDX-License-Identifier: Apache-2.0
#include "geo/lookups.h"

namespace trackalert::geo {

std::string country_of(const Field& record) {
  return std::string(record["country"]["iso_code"].text());
}

std::string isp_of(const Field& record) {
  return std::string(record["isp"].text());
}

CityRecord city_of(const Field& record) {
  const auto country = record["country"];
  const auto location = record["location"];
  auto city = record["cities"].element(0).text();
  if (city.empty()) city = record["city"]["names"]["en"].text();
  return {.country_code = std::string(country["iso_code"].text()),
          .country_name = std::string(country["names"]["en"].text()),
          .region = std::string(record["subdivisions"].element(0)["iso_code"].text()),
          .city = std::string(city),
          .postal_code = std::string(record["postal"]["code"].text()),
          .continent_code = std::string(record["continent"]["code"].text()),
          .latitude = location["latitude"].floating().value_or(0),
          .longitude = location["longitude"].floating().value_or(0)};
}

Field follow(const Field& record, Path path) {
  if (path.empty() || path.size() > max_path_length) return {};
  Field field = record;
  for (const auto& key : path) {
    field = field.step(key);
    if (!field) return {};
  }
  return field;
}

std::string string_at(const Field& record, Path path) {
  return std::string(follow(record, path).text());
}

std::uint64_t unsigned_at(const Field& record, Path path) {
  return follow(record, path).unsigned_integer().value_or(0);
}

bool boolean_at(const Field& record, Path path) {
  return follow(record, path).boolean().value_or(false);
}

double double_at(const Field& record, Path path) {
  return follow(record, path).floating().value_or(0);
}

}  // namespace trackalert::geo
