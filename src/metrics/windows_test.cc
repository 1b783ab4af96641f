// SPDX-License-Identifier: Apache-2.0
#include "metrics/windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace trackalert::metrics {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class WindowedCountTest : public testing::Test {
 protected:
  void add(std::uint64_t n = 1) { count_.add(start_, clock_.steady(), n); }
  [[nodiscard]] std::uint64_t sum() const { return count_.sum(start_, clock_.steady()); }

  base::FakeClock clock_;
  const base::SteadyTime start_ = clock_.steady();
  WindowedCount count_;
};

TEST_F(WindowedCountTest, EmptiesAWindowWhenItsStartIsFiveMinutesOld) {
  clock_.advance(2s);
  add(3);
  clock_.advance(13s);  // second 15: the second window
  add(5);
  clock_.advance(285s - 1us);
  EXPECT_EQ(sum(), 8);
  // As captured from the original: what happened in second 2 is gone at second 300.
  clock_.advance(1us);
  EXPECT_EQ(sum(), 5);
  clock_.advance(15s);
  EXPECT_EQ(sum(), 0);
}

TEST_F(WindowedCountTest, CoversAtLeast285Seconds) {
  clock_.advance(15s - 1us);
  add();
  clock_.advance(285s);
  EXPECT_EQ(sum(), 1);
  clock_.advance(1us);
  EXPECT_EQ(sum(), 0);
}

TEST_F(WindowedCountTest, AWindowIsTakenOverByTheOneTwentyLater) {
  add(7);
  clock_.advance(300s);
  add(1);
  EXPECT_EQ(sum(), 1);
  clock_.advance(10h);
  EXPECT_EQ(sum(), 0);
  add(2);
  EXPECT_EQ(sum(), 2);
}

TEST_F(WindowedCountTest, SumsAllTwentyWindows) {
  for (int i = 0; i < 100; ++i) {
    add(2);
    EXPECT_EQ(sum(), 2 * std::min(i + 1, 20));
    clock_.advance(15s);
  }
}

TEST_F(WindowedCountTest, ThreadsWhoseClocksDisagreeLoseNothing) {
  clock_.advance(300s);
  const auto late = clock_.steady() - 1us;
  add();
  count_.add(start_, late, 10);
  count_.add(start_, late - 285s, 100);  // its slot belongs to the present window by now
  EXPECT_EQ(sum(), 111);
  // A sum with an older clock reading sees the window that has just begun.
  EXPECT_EQ(count_.sum(start_, late), 111);
  count_.add(start_, start_ - 1h, 1000);
  EXPECT_EQ(sum(), 1111);
}

TEST_F(WindowedCountTest, YearsLaterAnUnusedCountStillCounts) {
  clock_.advance(24h * 365 * 5);
  EXPECT_EQ(sum(), 0);
  add(4);
  EXPECT_EQ(sum(), 4);
  clock_.advance(24h * 365 * 5);
  EXPECT_EQ(sum(), 0);
  add(6);
  EXPECT_EQ(sum(), 6);
}

TEST(NamedCounts, ListsDeclaredNamesByByte) {
  base::FakeClock clock;
  Registry registry;
  NamedCounts counts(clock, registry, {"names_total", "Names", "name"});
  for (const auto* name : {"stats", "cs two", "Zed", "\xc3\xa9", "stats", ""}) counts.declare(name);
  for (const auto* name : {"stats", "stats", "", "unknown"}) counts.add(name);
  EXPECT_THAT(counts.sums(),
              ElementsAre(Pair("", 1), Pair("Zed", 0), Pair("cs two", 0), Pair("stats", 2), Pair("\xc3\xa9", 0)));
  counts.declare("stats");
  clock.advance(299s);
  EXPECT_EQ(counts.sums()[3].second, 2);
  clock.advance(1s);
  EXPECT_EQ(counts.sums()[3].second, 0);
  EXPECT_EQ(registry.counter("names_total", "Names", {{"name", "stats"}}).value(), 2);
  EXPECT_THAT(registry.text(), Not(HasSubstr("unknown")));
}

TEST(NamedCounts, WindowsAreAlignedToTheirStart) {
  base::FakeClock clock;
  clock.advance(7s);
  Registry registry;
  NamedCounts counts(clock, registry, {"names_total", "Names", "name"});
  counts.declare("a");
  counts.add("a");
  clock.advance(300s - 1us);
  EXPECT_THAT(counts.sums(), ElementsAre(Pair("a", 1)));
  clock.advance(1us);
  EXPECT_THAT(counts.sums(), ElementsAre(Pair("a", 0)));
}

TEST(PerfStats, SortsByWholeMilliseconds) {
  base::FakeClock clock;
  PerfStats stats(clock);
  for (const auto time : {-5us, 0us, 1999us}) stats.waited(time, clock.steady());
  stats.waited(2ms, clock.steady());
  for (const auto time : {10'999us, 11'000us, 100'999us, 101'000us, 1'000'999us, 1'001'000us})
    stats.ran(time, clock.steady());
  stats.ran(24h, clock.steady());
  EXPECT_THAT(stats.sums(),
              ElementsAre(Pair("WTW_0_1", 3), Pair("WTW_1_10", 1), Pair("WTW_10_100", 0), Pair("WTW_100_1000", 0),
                          Pair("WTW_Slow", 0), Pair("WTR_0_1", 0), Pair("WTR_1_10", 1), Pair("WTR_10_100", 2),
                          Pair("WTR_100_1000", 2), Pair("WTR_Slow", 2)));
  clock.advance(300s);
  for (const auto& [name, sum] : stats.sums()) EXPECT_EQ(sum, 0) << name;
}

TEST(PerfStats, LosesNothingBetweenThreads) {
  constexpr unsigned threads = 4;
  constexpr unsigned rounds = 5000;
  base::FakeClock clock;
  PerfStats stats(clock);
  Registry registry;
  NamedCounts names(clock, registry, {"names_total", "Names", "name"});
  names.declare("report");
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (unsigned i = 0; i < rounds; ++i) {
          stats.ran(5ms, clock.steady());
          names.add("report");
          if (i % 500 == 0) names.declare(std::to_string(t) + "/" + std::to_string(i));
          if (i % 100 == 0) (void)stats.sums();
          // Five turns of a window in all: nothing may leave the sum yet.
          if (t == 0 && i % 1000 == 0) clock.advance(15s);
        }
      });
    }
  }
  EXPECT_EQ(stats.sums()[6].second, threads * rounds);
  EXPECT_EQ(names.sums().back(), (std::pair<std::string, std::uint64_t>("report", threads * rounds)));
}

}  // namespace
}  // namespace trackalert::metrics
