// SPDX-License-Identifier: Apache-2.0
// Profiles and trends as engines keep them, records of bytes that are read, changed and written back, under the
// contract.
#include <gtest/gtest.h>

#include <map>

#include "history/contract_for_tests.h"
#include "history/reference_history_for_tests.h"

namespace trackalert::history {
namespace {

/// What lies on the "disk" beside the log.
struct Records {
  std::map<std::string, std::string> profiles;
  std::map<std::tuple<Facet, std::string, std::int32_t>, std::string> trends;
};

std::uint32_t hash_of(const std::string& text) {
  return static_cast<std::uint32_t>(std::hash<std::string>()(text));
}

/// Answers queries as the reference does, but look-ups from records.
class Derived : public ReferenceHistory {
 public:
  Derived(const base::Clock& clock, std::shared_ptr<Memory> memory, std::shared_ptr<Records> records)
      : ReferenceHistory(clock, std::move(memory)), time_(clock), records_(std::move(records)) {}

  base::Result<void> append(std::span<Arrival> arrivals) override {
    if (auto appended = ReferenceHistory::append(arrivals); !appended) return appended;
    for (auto& arrival : arrivals) {
      const EventView event{arrival.sequence, arrival.time, *arrival.report, arrival.place};
      arrival.novelty = {};
      if (!arrival.report->login.empty()) arrival.novelty = add_to_profile(event);
      for (const auto facet : trend_facets) add_to_trend(facet, event);
    }
    fold_old();
    return {};
  }

  [[nodiscard]] QueryResult<Profile> profile(std::string_view login) const override {
    const auto found = records_->profiles.find(std::string(login));
    return found == records_->profiles.end() ? Profile{} : Profile::from_bytes(found->second).value();
  }

  [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                             Time until) const override {
    const auto refused = ReferenceHistory::trend(facet, value, since, until);
    if (!refused) return refused;
    TrendSums sums;
    for (const auto& [key, bytes] : records_->trends) {
      const auto& [of, text, day_number] = key;
      if (of == facet && text == value) TrendDay::from_bytes(bytes)->sum(day_number, since, until, sums);
    }
    return sums;
  }

  base::Result<std::uint64_t> erase(std::string_view login) override {
    records_->profiles.erase(std::string(login));
    if (const auto value = value_from_text(Facet::login, login)) {
      std::erase_if(records_->trends, [&](const auto& record) {
        return std::get<0>(record.first) == Facet::login && std::get<1>(record.first) == *value;
      });
    }
    return ReferenceHistory::erase(login);
  }

 private:
  Novelty add_to_profile(const EventView& event) {
    auto& bytes = records_->profiles[event.report.login];
    auto profile = bytes.empty() ? Profile{} : Profile::from_bytes(bytes).value();
    std::uint64_t evicted = 0;
    const auto novelty = profile.add(event, evicted);
    EXPECT_EQ(evicted, 0);
    bytes = profile.bytes();
    return novelty;
  }

  void add_to_trend(Facet facet, const EventView& event) {
    std::string value;
    if (!append_value(facet, event, value)) return;
    const auto& report = event.report;
    auto& bytes = records_->trends[{facet, value, day_of(event.time)}];
    auto record = bytes.empty() ? TrendDay{} : TrendDay::from_bytes(bytes).value();
    TrendDay::Count count{.facet = facet,
                          .time = event.time,
                          .success = report.success,
                          .has_login = !report.login.empty(),
                          .has_remote = has_remote(report),
                          .hashes = {}};
    count.hashes.login = hash_of(report.login);
    count.hashes.remote = hash_of(report.remote.to_string());
    if (is_guess(report)) {
      count.hashes.guess = hash_of(report.pwhash.empty() ? "sequence " + std::to_string(event.sequence)
                                                         : report.login + '\0' + report.pwhash);
    }
    record.add(count);
    bytes = record.bytes();
  }

  void fold_old() {
    const auto today = day_of(time_.now().time_since_epoch().count());
    for (auto& [key, bytes] : records_->trends) {
      if (std::get<2>(key) > today - 8) continue;
      auto record = TrendDay::from_bytes(bytes).value();
      record.fold();
      bytes = record.bytes();
    }
  }

  const base::Clock& time_;
  std::shared_ptr<Records> records_;
};

TEST(DerivedData, KeepsTheContract) {
  for (std::uint64_t seed = 100; seed < 103; ++seed) {
    base::FakeClock clock;
    const auto memory = std::make_shared<ReferenceHistory::Memory>();
    const auto records = std::make_shared<Records>();
    const auto open = [&] { return std::make_unique<Derived>(clock, memory, records); };
    EXPECT_EQ(contract_violation(clock, open, {.seed = seed}), std::nullopt);
  }
}

}  // namespace
}  // namespace trackalert::history
