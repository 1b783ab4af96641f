// SPDX-License-Identifier: Apache-2.0
// An alert with something in every field.
#pragma once

#include <fmt/format.h>

#include <string>

#include "alert/alert.h"

namespace trackalert::alert {

inline constexpr history::Time test_start = history::Time{1'795'000'000} * history::second;

inline Alert full_alert(std::uint64_t number, const std::string& key = "remote:192.0.2.1") {
  Alert alert;
  alert.id = fmt::format("{:016x}", number);
  alert.rule = "password_spray";
  alert.rules = {"brute_force", "password_spray"};
  alert.severity = detect::Severity::high;
  alert.key = key;
  alert.cause = "source";
  alert.attack = "T1110.003";
  alert.message = "192.0.2.1 is trying a few passwords on many accounts.";
  alert.acknowledged = true;
  alert.first_seen = test_start + 123'456;
  alert.last_seen = test_start + static_cast<history::Time>(number) * history::second + 654'321;
  alert.count = 12'345'678'901;
  alert.sources.add("192.0.2.1");
  alert.logins.restore({"ann", "bob"}, 1000);
  alert.taken.add("bob");
  alert.evidence = {{"guesses", 15.5, "2 a day", 10.0}, {"from", "DE", "", {}}, {"ratio", 0.1, "", {}}};
  alert.because_of = "00000000000000ff";
  alert.feedback = "good";
  return alert;
}

}  // namespace trackalert::alert
