// SPDX-License-Identifier: Apache-2.0
#include "bench/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace trackalert::bench {
namespace {

constexpr std::size_t homes_of_a_login = 3;
constexpr unsigned percent_at_home = 80;
constexpr unsigned percent_success = 90;
constexpr unsigned percent_right_password_mistyped = 50;  // of the failures; the others are guesses

struct Device {
  std::string_view protocol;
  std::string_view device_id;
  login::Attributes attrs;
};

const std::array<Device, 5>& devices() {
  static const std::array<Device, 5> all{{
      {"imap", "", {}},
      {"imap",
       R"-("name" "Mac OS X Mail" "version" "10.0 (3226)" "os" "Mac OS X" "os-version" "10.12 (16A323)" "vendor" "Apple")-",
       {{"imapc.family", "Mac OS X Mail"},
        {"imapc.major", "10"},
        {"imapc.minor", "0"},
        {"os.family", "Mac OS X"},
        {"os.major", "10"},
        {"os.minor", "12"}}},
      {"http",
       "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 "
       "Mobile/15E148 Safari/604.1",
       {{"browser.family", "Mobile Safari"},
        {"browser.major", "16"},
        {"browser.minor", "5"},
        {"device.brand", "Apple"},
        {"device.family", "iPhone"},
        {"device.model", "iPhone"},
        {"os.family", "iOS"},
        {"os.major", "16"},
        {"os.minor", "5"}}},
      {"mobileapi",
       "ExampleMail.iOS.Mail/1.0.3 (OS: 10.0.3; device: iPhone 7 Plus)",
       {{"app.brand", "ExampleMail"},
        {"app.major", "1"},
        {"app.minor", "0"},
        {"app.name", "Mail"},
        {"device.family", "iPhone 7 Plus"},
        {"os.family", "iOS"},
        {"os.major", "10"},
        {"os.minor", "0"}}},
      {"smtp", "", {}},
  }};
  return all;
}

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 31;
  value *= 0x9E3779B97F4A7C15U;
  return value ^ value >> 29;
}

base::Address address_of(std::size_t rank) {
  const auto spread = static_cast<std::uint32_t>((rank * 0x9E3779B1U) & 0xFFFFFFU);  // odd factor: no two alike
  const std::array part{static_cast<std::uint8_t>(spread >> 16), static_cast<std::uint8_t>(spread >> 8),
                        static_cast<std::uint8_t>(spread)};
  if (rank % 10 != 9) return base::Address::v4({10, part[0], part[1], part[2]});
  std::array<std::uint8_t, 16> v6{0x20, 0x01, 0x0d, 0xb8, part[0], part[1], part[2]};
  v6[15] = 7;
  return base::Address::v6(v6);
}

/// Neighbours share a country and an operator.
geo::Place place_of(std::size_t rank) {
  const auto net = mixed(((rank * 0x9E3779B1U) & 0xFFFFFFU) >> 8);
  geo::Place place;
  const auto country = std::min<std::uint64_t>(net % 40, net / 64 % 40);
  place.country_code = {static_cast<char>('A' + country % 26), static_cast<char>('A' + country / 26)};
  place.city = fmt::format("City {}", net % 4096);
  place.asn = static_cast<std::uint32_t>(1000 + net % 1500);
  place.as_name = fmt::format("Network {}", place.asn);
  place.has_position = true;
  place.latitude = static_cast<double>(net % 1'600'000) / 1e4 - 80;
  place.longitude = static_cast<double>(net / 7 % 3'600'000) / 1e4 - 180;
  place.accuracy_km = 20;
  return place;
}

}  // namespace

ZipfRanks::ZipfRanks(std::size_t n) {
  cumulated_.reserve(n);
  double sum = 0;
  for (std::size_t rank = 0; rank < n; ++rank) cumulated_.push_back(sum += 1.0 / static_cast<double>(rank + 1));
}

std::size_t ZipfRanks::operator()(std::mt19937_64& random) const {
  const auto at = std::uniform_real_distribution<double>(0, cumulated_.back())(random);
  const auto found = std::ranges::upper_bound(cumulated_, at) - cumulated_.begin();
  return std::min(static_cast<std::size_t>(found), cumulated_.size() - 1);
}

Logins::Logins(const LoginOptions& options)
    : options_(options),
      random_(options.seed),
      logins_(options.logins),
      addresses_(options.addresses),
      time_(options.begin) {}

bool Logins::next(Login& out) {
  if (made_ == options_.reports) return false;
  // Whole microseconds, so that a report's own time survives.
  time_ =
      options_.begin + static_cast<history::Time>(static_cast<double>(options_.length) * static_cast<double>(made_) /
                                                  static_cast<double>(options_.reports));
  ++made_;
  const auto login = logins_(random_);
  const bool home = random_() % 100 < percent_at_home;
  const auto address =
      home ? mixed(login * homes_of_a_login + random_() % homes_of_a_login) % options_.addresses : addresses_(random_);
  const auto& device = devices()[mixed(login * 2 + random_() % 2) % devices().size()];
  auto& report = out.report;
  report = {};
  report.t = static_cast<double>(time_) / static_cast<double>(history::second);
  report.login = fmt::format("user{}@example.com", login);
  report.remote = address_of(address);
  report.protocol = device.protocol;
  report.device_id = device.device_id;
  report.device_attrs = device.attrs;
  report.has_device_attrs = true;
  report.success = random_() % 100 < percent_success;
  report.tls = true;
  const bool own_password = report.success || random_() % 100 < percent_right_password_mistyped;
  report.pwhash = fmt::format("{:03x}", own_password ? mixed(login) & 0xFFF : random_() & 0xFFF);
  if (!report.success) report.fail_type = "credentials";
  out.place = place_of(address);
  return true;
}

}  // namespace trackalert::bench
