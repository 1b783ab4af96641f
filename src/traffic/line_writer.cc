// SPDX-License-Identifier: Apache-2.0
#include "traffic/line_writer.h"

#include <fmt/format.h>

#include <array>

#include "base/json_writer.h"

namespace trackalert::traffic {
namespace {

constexpr std::array<std::string_view, 16> first_names{"ada", "ben",  "cleo", "dan", "eva", "finn", "gil",  "hana",
                                                       "ivo", "jana", "kim",  "leo", "mia", "nils", "olga", "pia"};
constexpr std::array<std::string_view, 16> last_names{"adler", "berg",  "cole",  "dorn",  "ellis", "frost",
                                                      "gray",  "hill",  "ito",   "jones", "klein", "lopez",
                                                      "meyer", "novak", "olsen", "park"};

std::string_view fail_type(Outcome outcome) {
  switch (outcome) {
    case Outcome::success:
      return "";
    case Outcome::wrong_password:
      return "credentials";
    case Outcome::unknown_account:
      return "account";
    case Outcome::out_of_order:
      return "internal";
    case Outcome::refused:
      break;
  }
  return "policy";
}

/// Seconds with as many digits behind the point as they need.
void append_seconds(std::string& out, Time time) {
  fmt::format_to(std::back_inserter(out), "{}.{:06}", time / second, time % second);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
}

}  // namespace

std::uint16_t password_hash(std::uint64_t nonce, LoginIndex login, Secret secret) {
  return static_cast<std::uint16_t>(mix(mix(nonce, login), secret) % password_hash_values);
}

std::string login_name(LoginIndex login, std::string_view domain) {
  // An odd factor permutes the numbers, so that neighbours have nothing in common, and none of them meet.
  const std::uint32_t scattered = login * 2'654'435'761U;
  return fmt::format("{}.{}.{:x}@{}", first_names[scattered % 16], last_names[scattered / 16 % 16], scattered / 256,
                     domain);
}

LineWriter::LineWriter(std::uint64_t nonce, std::string_view domain) : nonce_(nonce), domain_(domain) {
  for (std::size_t row = 0; row < device_rows().size(); ++row) {
    first_.push_back(texts_.size());
    const auto& facts = device_rows()[row];
    for (unsigned version = 0; version < facts.versions; ++version) {
      const Device device{static_cast<std::uint8_t>(row), static_cast<std::uint8_t>(version)};
      texts_.push_back({with_version(facts.device_attrs, device),
                        base::json_string(with_version(facts.device_id, device)), facts.protocol});
    }
  }
}

void LineWriter::append(std::string& out, const Attempt& attempt) const {
  const auto& device = texts_of(attempt.device);
  const bool success = attempt.outcome == Outcome::success;
  out += R"({"attrs": {}, "device_attrs": )";
  out += device.attributes;
  out += R"(, "device_id": )";
  out += device.id;
  out += R"(, "fail_type": ")";
  out += fail_type(attempt.outcome);
  if (attempt.label) {
    fmt::format_to(std::back_inserter(out),
                   R"(", "label": {{"attack": "{}", "campaign": "c{}", "taken": {}}}, "login": ")",
                   family_name(attempt.label->family), attempt.label->campaign, success);
  } else {
    out += R"(", "login": ")";
  }
  out += login_name(attempt.login, domain_);
  fmt::format_to(
      std::back_inserter(out),
      R"(", "policy_reject": {}, "protocol": "{}", "pwhash": "{:04x}", "remote": "{}", "session_id": "{:016x}", )"
      R"("success": {}, "t": )",
      attempt.outcome == Outcome::refused, device.protocol, password_hash(nonce_, attempt.login, attempt.secret),
      attempt.remote.to_string(), attempt.session, success);
  append_seconds(out, attempt.time);
  out += attempt.tls ? R"(, "tls": true, "type": "wforce_report"})" : R"(, "tls": false, "type": "wforce_report"})";
  out += '\n';
}

}  // namespace trackalert::traffic
