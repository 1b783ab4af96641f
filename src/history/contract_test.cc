// SPDX-License-Identifier: Apache-2.0
// The contract itself: a history that is right keeps it, and each way of being wrong breaks it.
#include "history/contract_for_tests.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "history/reference_history_for_tests.h"

namespace trackalert::history {
namespace {

using Memory = ReferenceHistory::Memory;

/// A history that does one thing wrong.
class Flawed : public ReferenceHistory {
 public:
  Flawed(const base::Clock& clock, std::shared_ptr<Memory> shared)
      : ReferenceHistory(clock, shared), store(std::move(shared)) {}

 protected:
  std::shared_ptr<Memory> store;
};

/// Runs the contract over several seeds; the first violation.
template <class Engine>
std::optional<std::string> violation() {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    base::FakeClock clock;
    const auto memory = std::make_shared<Memory>();
    const auto open = [&] { return std::make_unique<Engine>(clock, memory); };
    if (auto found = contract_violation(clock, open, {.seed = seed, .steps = 60})) return found;
  }
  return std::nullopt;
}

TEST(Contract, TheReferenceKeepsIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    base::FakeClock clock;
    const auto memory = std::make_shared<Memory>();
    const auto open = [&] { return std::make_unique<ReferenceHistory>(clock, memory); };
    EXPECT_EQ(contract_violation(clock, open, {.seed = seed}), std::nullopt);
    EXPECT_GT(memory->log.size(), 1000);
    EXPECT_GT(memory->erased.size(), 0);
  }
}

TEST(Contract, AViolationSaysWhereItWas) {
  class DropsAReport : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      const auto before = store->log.size();
      auto out = Flawed::append(arrivals);
      if (before <= 50 && store->log.size() > 50) store->log.erase(store->log.begin() + 50);
      return out;
    }
  };
  const auto found = violation<DropsAReport>();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->substr(0, 13), "seed 1, step ") << *found;
}

template <class Engine>
bool breaks() {
  return violation<Engine>().has_value();
}

TEST(Contract, LosesNothingAndRepeatsNothing) {
  class CountsTwice : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      auto out = Flawed::append(arrivals);
      if (store->log.size() > 100 && store->log[99].sequence != store->log[100].sequence) {
        store->log.insert(store->log.begin() + 100, store->log[99]);
      }
      return out;
    }
  };
  class ForgetsAtRestart : public Flawed {
   public:
    ForgetsAtRestart(const base::Clock& clock, const std::shared_ptr<Memory>& shared) : Flawed(clock, shared) {
      if (!store->log.empty()) store->log.pop_back();
    }
  };
  class ReusesSequences : public Flawed {
   public:
    ReusesSequences(const base::Clock& clock, const std::shared_ptr<Memory>& shared) : Flawed(clock, shared) {
      if (store->last_sequence > 0) --store->last_sequence;
    }
  };
  class LosesLists : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      auto out = Flawed::append(arrivals);
      for (auto& event : store->log) event.report.attrs_mv.clear();
      return out;
    }
  };
  EXPECT_TRUE(breaks<CountsTwice>());
  EXPECT_TRUE(breaks<ForgetsAtRestart>());
  EXPECT_TRUE(breaks<ReusesSequences>());
  EXPECT_TRUE(breaks<LosesLists>());
}

TEST(Contract, PutsTimesRightAndSaysWhatIsNew) {
  class KeepsFutureTimes : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      auto out = Flawed::append(arrivals);
      for (auto& arrival : arrivals) {
        const auto t = arrival.report->t;
        if (t > 0 && t < 1e12) arrival.time = static_cast<Time>(t * 1e6);
      }
      return out;
    }
  };
  class NeverNew : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      auto out = Flawed::append(arrivals);
      for (auto& arrival : arrivals) arrival.novelty.new_login = false;
      return out;
    }
  };
  class ForgetsSuccess : public Flawed {
    using Flawed::Flawed;
    base::Result<void> append(std::span<Arrival> arrivals) override {
      auto out = Flawed::append(arrivals);
      for (auto& arrival : arrivals) arrival.novelty.never_succeeded = arrival.novelty.new_values;
      return out;
    }
  };
  EXPECT_TRUE(breaks<KeepsFutureTimes>());
  EXPECT_TRUE(breaks<NeverNew>());
  EXPECT_TRUE(breaks<ForgetsSuccess>());
}

/// Asks another question than it was asked.
template <void (*change)(Query&)>
class Asks : public Flawed {
  using Flawed::Flawed;
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override {
    auto other = query;
    if (!query_problem(query)) change(other);
    return Flawed::query(other);
  }
};
/// Answers something else than it found.
template <class Rows, void (*change)(Rows&)>
class Answers : public Flawed {
  using Flawed::Flawed;
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override {
    auto answer = Flawed::query(query);
    if (answer && std::holds_alternative<Rows>(answer->rows)) change(std::get<Rows>(answer->rows));
    return answer;
  }
};

void include_until(Query& query) {
  if (query.filter.until) ++*query.filter.until;
}
void exclude_since(Query& query) {
  if (query.filter.since) ++*query.filter.since;
}
void forget_attrs(Query& query) {
  query.filter.attrs.clear();
}
void forget_country(Query& query) {
  query.filter.country.reset();
}
void take_nobody_for_anybody(Query& query) {
  if (query.filter.login == "") query.filter.login.reset();
}
void widen_network(Query& query) {
  if (query.filter.remote && query.filter.remote->length > 0) --query.filter.remote->length;
}
void repeat_at_cursor(Query& query) {
  auto* events = std::get_if<EventsQuery>(&query.what);
  if (events != nullptr && events->after) ++events->after->sequence;
}
void forget_limits(Query& query) {
  query.limits = {.time = std::chrono::hours{1}, .rows = 1'000'000};
}

TEST(Contract, AsksEveryPartOfAQuery) {
  EXPECT_TRUE(breaks<Asks<include_until>>());
  EXPECT_TRUE(breaks<Asks<exclude_since>>());
  EXPECT_TRUE(breaks<Asks<forget_attrs>>());
  EXPECT_TRUE(breaks<Asks<forget_country>>());
  EXPECT_TRUE(breaks<Asks<take_nobody_for_anybody>>());
  EXPECT_TRUE(breaks<Asks<widen_network>>());
  EXPECT_TRUE(breaks<Asks<repeat_at_cursor>>());
  EXPECT_TRUE(breaks<Asks<forget_limits>>());
}

void reverse_ties(TopAnswer& answer) {
  std::ranges::reverse(answer.rows);
  std::ranges::stable_sort(answer.rows, std::ranges::greater{}, &TopAnswer::Row::score);
}
void swap_equal_times(EventsAnswer& answer) {
  for (std::size_t i = 1; i < answer.events.size(); ++i) {
    if (answer.events[i - 1].time == answer.events[i].time) std::swap(answer.events[i - 1], answer.events[i]);
  }
}
void always_more(EventsAnswer& answer) {
  if (!answer.events.empty()) answer.next = Cursor{answer.events.back().time, answer.events.back().sequence};
}
void leave_out_gaps(SeriesAnswer& answer) {
  std::erase_if(answer.rows, [](const auto& row) { return row.successes + row.failures == 0; });
}
void count_nothing_as_value(DistinctAnswer& answer) {
  ++answer.values;
}
void mistake_failures(CountAnswer& answer) {
  std::swap(answer.failures, answer.successes);
}
void lose_the_last(SignificantAnswer& answer) {
  if (!answer.rows.empty()) answer.rows.pop_back();
}
void score_otherwise(SignificantAnswer& answer) {
  for (auto& row : answer.rows) row.score *= 1.001;
}

TEST(Contract, LooksAtEveryAnswer) {
  EXPECT_TRUE((breaks<Answers<TopAnswer, reverse_ties>>()));
  EXPECT_TRUE((breaks<Answers<EventsAnswer, swap_equal_times>>()));
  EXPECT_TRUE((breaks<Answers<EventsAnswer, always_more>>()));
  EXPECT_TRUE((breaks<Answers<SeriesAnswer, leave_out_gaps>>()));
  EXPECT_TRUE((breaks<Answers<DistinctAnswer, count_nothing_as_value>>()));
  EXPECT_TRUE((breaks<Answers<CountAnswer, mistake_failures>>()));
  EXPECT_TRUE((breaks<Answers<SignificantAnswer, lose_the_last>>()));
  EXPECT_TRUE((breaks<Answers<SignificantAnswer, score_otherwise>>()));
}

TEST(Contract, NonsenseIsRefused) {
  class AnswersNonsense : public Flawed {
    using Flawed::Flawed;
    [[nodiscard]] QueryResult<Answer> query(const Query& query) const override {
      return query_problem(query) ? Answer{} : Flawed::query(query);
    }
  };
  EXPECT_TRUE(breaks<AnswersNonsense>());
}

/// From trends of whole days, as an engine may.
template <int error_percent>
class Approximates : public Flawed {
  using Flawed::Flawed;
  [[nodiscard]] QueryResult<Answer> query(const Query& query) const override {
    auto wider = query;
    if (query_problem(query) || std::holds_alternative<EventsQuery>(query.what)) return Flawed::query(query);
    if (wider.filter.since) wider.filter.since = day_of(*wider.filter.since) * day;
    if (wider.filter.until) wider.filter.until = day_of(*wider.filter.until + day - 1) * day;
    auto answer = Flawed::query(wider);
    if (!answer) return answer;
    answer->approximate = true;
    if (auto* count = std::get_if<CountAnswer>(&answer->rows)) count->failures += count->failures * error_percent / 100;
    if (auto* distinct = std::get_if<DistinctAnswer>(&answer->rows)) {
      distinct->values += distinct->values * error_percent / 100;
    }
    return answer;
  }
};

TEST(Contract, ApproximateAnswersAreNear) {
  EXPECT_EQ(violation<Approximates<0>>(), std::nullopt);
  EXPECT_TRUE(breaks<Approximates<20>>());
}

TEST(Contract, ErasesAndEverythingElse) {
  class ErasesNothing : public Flawed {
    using Flawed::Flawed;
    base::Result<std::uint64_t> erase(std::string_view login) override {
      return static_cast<std::uint64_t>(
          std::ranges::count_if(store->log, [&](const auto& e) { return !login.empty() && e.report.login == login; }));
    }
  };
  class ErasesNobody : public Flawed {
    using Flawed::Flawed;
    base::Result<std::uint64_t> erase(std::string_view login) override {
      if (login.empty()) std::erase_if(store->log, [](const auto& event) { return event.report.login.empty(); });
      return Flawed::erase(login);
    }
  };
  class SkipsOne : public Flawed {
    using Flawed::Flawed;
    [[nodiscard]] QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override {
      bool first = true;
      return Flawed::each_event(filter, [&](const Event& event) { return std::exchange(first, false) || each(event); });
    }
  };
  class NeverStops : public Flawed {
    using Flawed::Flawed;
    [[nodiscard]] QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override {
      return Flawed::each_event(filter, [&](const Event& event) { return each(event), true; });
    }
  };
  class OldProfiles : public Flawed {
    using Flawed::Flawed;
    [[nodiscard]] QueryResult<Profile> profile(std::string_view login) const override {
      auto profile = Flawed::profile(login);
      profile->expire(clock_now() - 10 * day);
      return profile;
    }
    [[nodiscard]] Time clock_now() const { return status().newest.value_or(0); }
  };
  EXPECT_TRUE(breaks<ErasesNothing>());
  EXPECT_TRUE(breaks<ErasesNobody>());
  EXPECT_TRUE(breaks<SkipsOne>());
  EXPECT_TRUE(breaks<NeverStops>());
  EXPECT_TRUE(breaks<OldProfiles>());
}

template <auto change>
class Sums : public Flawed {
  using Flawed::Flawed;
  [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                             Time until) const override {
    auto sums = Flawed::trend(facet, value, since, until);
    if (sums) change(*sums);
    return sums;
  }
};

TEST(Contract, TrendsAreExactWhereTheyCutNothing) {
  constexpr auto one_more = [](TrendSums& sums) { ++sums.successes; };
  constexpr auto no_failures = [](TrendSums& sums) { sums.failures = 0; };
  constexpr auto another_login = [](TrendSums& sums) { sums.logins.insert(1); };
  constexpr auto no_guesses = [](TrendSums& sums) { sums.guesses = {}; };
  constexpr auto always_cut = [](TrendSums& sums) { sums.cut = true; };
  EXPECT_TRUE(breaks<Sums<one_more>>());
  EXPECT_TRUE(breaks<Sums<no_failures>>());
  EXPECT_TRUE(breaks<Sums<another_login>>());
  EXPECT_TRUE(breaks<Sums<no_guesses>>());
  EXPECT_TRUE(breaks<Sums<always_cut>>());

  class WholeDays : public Flawed {
    using Flawed::Flawed;
    [[nodiscard]] QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since,
                                               Time until) const override {
      const auto from = day_of(since) * day;
      const auto to = day_of(until + day - 1) * day;
      auto sums = Flawed::trend(facet, value, from, to);
      if (sums) sums->cut = from != since || to != until;
      return sums;
    }
  };
  EXPECT_EQ(violation<WholeDays>(), std::nullopt);
}

}  // namespace
}  // namespace trackalert::history
