// SPDX-License-Identifier: Apache-2.0
// What judging costs a report: all kinds of rules, a million logins; so many per cent fail, with and without a risk.
#include <benchmark/benchmark.h>

#include "detect/engine.h"

namespace trackalert::detect {
namespace {

/// Has no answer: honest reports ask nothing.
class NoHistory final : public history::History {
 public:
  base::Result<void> append(std::span<history::Arrival> /*arrivals*/) override { return {}; }
  [[nodiscard]] history::QueryResult<history::Answer> query(const history::Query& /*query*/) const override {
    return std::unexpected(history::QueryError{});
  }
  [[nodiscard]] history::QueryResult<history::Profile> profile(std::string_view /*login*/) const override {
    return history::Profile{};
  }
  [[nodiscard]] history::QueryResult<history::TrendSums> trend(history::Facet /*facet*/, std::string_view /*value*/,
                                                               history::Time /*since*/,
                                                               history::Time /*until*/) const override {
    return history::TrendSums{};
  }
  [[nodiscard]] history::QueryResult<void> each_event(const history::Filter& /*filter*/,
                                                      const history::EachEvent& /*each*/) const override {
    return {};
  }
  base::Result<std::uint64_t> erase(std::string_view /*login*/) override { return 0; }
  base::Result<void> backup(const std::string& /*folder*/) override { return {}; }
  [[nodiscard]] history::Status status() const override { return {}; }
};

std::vector<Rule> rules() {
  std::vector<Rule> out;
  const auto add = [&out](const std::string& name, Values fields) {
    fields.emplace("text", std::string("x"));
    if (auto rule = make_rule(name, fields)) out.push_back(std::move(*rule));
  };
  for (const auto* subject : {"login", "source_login"}) {
    add(std::string("threshold_") + subject, {{"kind", std::string("threshold")}, {"subject", std::string(subject)}});
  }
  for (const auto* subject : {"source", "login"}) {
    add(std::string("distinct_") + subject, {{"kind", std::string("distinct")}, {"subject", std::string(subject)}});
  }
  for (const auto* thing : {"country", "network", "device"}) {
    add(std::string("novelty_") + thing, {{"kind", std::string("novelty")}, {"new_all", Texts{thing}}});
  }
  for (const auto* first : {"guesses", "retired_password", "alert"}) {
    add(std::string("sequence_") + first, {{"kind", std::string("sequence")}, {"first", std::string(first)}});
  }
  for (const auto* kind : {"velocity", "baseline", "campaign"}) add(kind, {{"kind", std::string(kind)}});
  return out;
}

void judge(benchmark::State& state) {
  constexpr std::size_t logins = 1'000'000;
  constexpr history::Time start = history::Time{1'795'000'000} * history::second;
  const NoHistory history;
  Engine engine(history, rules(), {}, {});
  login::Report report;
  report.protocol = "imap";
  report.device_attrs = {{"browser.family", "Firefox"}, {"os.family", "Windows"}};
  history::Arrival arrival{.report = &report, .sequence = 1};
  arrival.place = {.country_code = "DE", .asn = 64500, .has_position = true, .latitude = 50, .longitude = 8};
  Findings found;
  const auto failing = static_cast<std::size_t>(state.range(0));  // per cent
  const bool with_risk = state.range(1) != 0;
  Risk risk;
  std::uint64_t number = 0;
  for (auto _ : state) {
    number = number * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto who = (number >> 33) % logins;
    report.login = "user" + std::to_string(who) + "@example.org";
    report.remote = base::Address::v4({20, static_cast<std::uint8_t>(who >> 16), static_cast<std::uint8_t>(who >> 8),
                                       static_cast<std::uint8_t>(who)});
    report.success = number % 100 >= failing;
    report.pwhash = report.success ? "good" : "bad" + std::to_string(number % 4096);
    arrival.time = start + static_cast<history::Time>(arrival.sequence++) * 1000;
    const auto lately = static_cast<std::uint32_t>(arrival.time / history::second) - 3600;
    arrival.before = {
        .present = 0x3f, .first = lately - 8'000'000, .last_success = lately, .successes = 100, .success_days = 50};
    arrival.before.values.fill({lately, 50});
    engine.judge(arrival, found, with_risk ? &risk : nullptr);
  }
  state.SetLabel(std::to_string(found.size()) + " findings");
}
BENCHMARK(judge)->ArgsProduct({{0, 3, 50}, {0, 1}});

}  // namespace
}  // namespace trackalert::detect
