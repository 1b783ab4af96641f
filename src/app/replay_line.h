// SPDX-License-Identifier: Apache-2.0
// A line of a replay's input: a report, as clients send it, as wforce's webhook sends it, or as `trackalert export`
// writes it (then with its place), and perhaps a label. One parse.
//
// Threads: one each.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "app/scorer.h"
#include "geo/place.h"
#include "login/parse.h"

namespace trackalert::app {

struct ReplayLine {
  login::Report report;
  history::Time time = 0;
  std::optional<geo::Place> place;  ///< as it was known when it happened
  std::optional<Label> label;
};

/// Why a line is passed over: what refuses a report over HTTP, and what a replay cannot do with.
enum class PassedOver { bad_json, not_an_object, bad_remote, no_subject, no_time, too_long };
inline constexpr std::size_t passed_over_count = 6;
/// As counters and the summary's JSON have it: "bad_json".
[[nodiscard]] std::string_view passed_over_name(PassedOver why);
/// For people: "no JSON".
[[nodiscard]] std::string_view passed_over_text(PassedOver why);

struct Unusable {
  PassedOver why;
  std::string reason;  ///< names the field, or where the JSON breaks
};

class ReplayLineReader {
 public:
  ReplayLineReader();
  [[nodiscard]] std::expected<ReplayLine, Unusable> read(std::string_view line);

 private:
  struct Draft {
    geo::Place place;
    bool has_place = false;
    std::optional<double> latitude;
    std::optional<double> longitude;
    double accuracy_km = 0;
    Label label;
    bool has_attack = false;
    bool has_campaign = false;
  };
  void note(std::string_view object, std::string_view member, const login::Scalar& value);
  void note_place(std::string_view member, const login::Scalar& value);
  [[nodiscard]] std::optional<geo::Place> place();
  [[nodiscard]] std::optional<Label> label();

  login::Parser parser_;
  Draft draft_;
  const login::Beside beside_;
};

}  // namespace trackalert::app
