// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace trackalert::metrics {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string read_testdata(const std::string& name) {
  std::ifstream in("src/metrics/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

constexpr auto wait_family = "worker_queue_duration_seconds";
constexpr auto run_family = "worker_response_duration_seconds";

/// The families of the captured scrapes, with the series in the order in which those had them.
void register_original(Registry& registry) {
  const std::string hosts = "http://127.0.0.1:";
  // A histogram first and a gauge before the counters: the text has its own order.
  registry.histogram(wait_family, "How many seconds do worker threads have to wait to run?");
  registry.gauge("active_http_connections", "How many active connections to the REST API?", [] { return 0; });
  registry.histogram(run_family, "How many seconds do worker threads take to run?");
  for (const auto* cmd : {"readyz", "livez", "stats", "report", "rawev", "ev", "custom"}) {
    registry.counter("commands_total", "How many commands have been received?", {{"cmd", cmd}});
  }
  registry.declare_counters("custom_stats_total", "Count of custom stats (by type)");
  const auto hook = [&](const char* id, const char* status, const std::string& path) {
    registry.counter("custom_webhook_events_total", "How many custom webhook events occurred?",
                     {{"url", hosts + path}, {"status", status}, {"id", id}});
  };
  hook("5", "error", "18199/status500");
  hook("5", "ok", "18199/status500");
  hook("4", "error", "18198/refused");
  hook("4", "ok", "18198/refused");
  hook("3", "error", "18199/ct");
  hook("3", "ok", "18199/ct");
  hook("2", "ok", "18199/min");
  hook("2", "error", "18199/min");
  hook("1", "error", "18199/webhook/%{YYYY}-%{MM}-%{dd}");
  hook("1", "ok", "18199/webhook/%{YYYY}-%{MM}-%{dd}");
  registry.declare_counters("webhook_events_total", "How many webhook events occurred?");
  for (const auto* name : {"cs_two", "cs_one"}) registry.counter("custom_stats_total", "", {{"metric", name}});
  registry.gauge("web_queue_size", "How full is the REST API worker thread queue?", [] { return 0; });
  registry.gauge("webhook_queue_size", "How full is the webhook worker thread queue?", [] { return 0; });
}

TEST(Registry, ReadsLikeTheOriginalAtItsStart) {
  Registry registry;
  register_original(registry);
  EXPECT_EQ(registry.text(), read_testdata("metrics-fresh.txt"));
}

TEST(Registry, ReadsLikeTheOriginalAfterTraffic) {
  Registry registry;
  register_original(registry);
  const auto add = [&](const char* family, const Labels& labels, unsigned n) {
    registry.counter(family, "", labels).add(n);
  };
  for (const auto* cmd : {"readyz", "livez", "stats"}) add("commands_total", {{"cmd", cmd}}, 1);
  add("commands_total", {{"cmd", "report"}}, 6);
  add("commands_total", {{"cmd", "ev"}}, 4);
  add("custom_stats_total", {{"metric", "cs_one"}}, 2);
  add("custom_webhook_events_total", {{"id", "4"}, {"status", "error"}, {"url", "http://127.0.0.1:18198/refused"}}, 1);
  add("custom_webhook_events_total", {{"id", "2"}, {"status", "ok"}, {"url", "http://127.0.0.1:18199/min"}}, 1);
  registry.gauge("webhook_queue_size", "", [] { return 1; });
  auto& ran = registry.histogram(run_family, "");
  for (int i = 0; i < 8; ++i) ran.observe(0.0005);
  for (const double seconds : {0.009, 0.05, 0.35, 1.041}) ran.observe(seconds);
  // The capture's sum has digits below a nanosecond.
  auto expected = read_testdata("metrics.txt");
  const std::string sum = "1.454471518736227";
  expected.replace(expected.find(sum), sum.size(), "1.454");
  EXPECT_EQ(registry.text(), expected);
}

TEST(Registry, PrintsNothingWithoutSeries) {
  Registry registry;
  EXPECT_EQ(registry.text(), "");
  registry.declare_counters("empty_total", "help");
  EXPECT_EQ(registry.text(), "");
}

TEST(Registry, EscapesLabelValues) {
  Registry registry;
  registry.counter("x_total", "help", {{"v", "a\\b\"c\nd\xff"}}).add();
  EXPECT_THAT(registry.text(), EndsWith("trackalert_x_total{v=\"a\\\\b\\\"c\\nd\xff\"} 1\n"));
}

TEST(Registry, SortsLabelsAndFindsThemInAnyOrder) {
  Registry registry;
  auto& one = registry.counter("x_total", "help", {{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(&one, &registry.counter("x_total", "other help", {{"a", "1"}, {"b", "2"}}));
  EXPECT_NE(&one, &registry.counter("x_total", "help", {{"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(registry.text(),
            "# HELP trackalert_x_total help\n# TYPE trackalert_x_total counter\n"
            "trackalert_x_total{a=\"1\",b=\"2\"} 0\ntrackalert_x_total{a=\"1\",b=\"3\"} 0\n");
}

TEST(Registry, LargeCountsStayWhole) {
  Registry registry;
  registry.counter("x_total", "help").add(123'456'789'012'345);
  EXPECT_THAT(registry.text(), EndsWith("trackalert_x_total 123456789012345\n"));
}

TEST(Registry, AsksGaugesAndCountersOfOthersAtEachScrape) {
  Registry registry;
  double value = 1;
  registry.counter_from("given_total", "help", [&] { return value; });
  registry.counter("given_total", "help", {{"a", "1"}}).add(7);
  registry.gauge("level", "help", [&] { return -value / 4; });
  EXPECT_THAT(registry.text(), HasSubstr("trackalert_given_total 1\ntrackalert_given_total{a=\"1\"} 7\n"));
  value = 3;
  EXPECT_THAT(registry.text(), HasSubstr("trackalert_given_total 3\n"));
  EXPECT_THAT(registry.text(), EndsWith("# TYPE trackalert_level gauge\ntrackalert_level -0.75\n"));
  registry.gauge("level", "help", [] { return std::numeric_limits<double>::quiet_NaN(); });
  EXPECT_THAT(registry.text(), EndsWith("trackalert_level Nan\n"));
}

TEST(Registry, RemovedGaugeIsNeverAskedAgain) {
  Registry registry;
  int asked = 0;
  registry.gauge("level", "help", [&] { return ++asked; }, {{"of", "a"}});
  registry.gauge("level", "help", [] { return 5; }, {{"of", "b"}});
  EXPECT_THAT(registry.text(), HasSubstr("of=\"a\"} 1"));
  registry.remove_gauge("level", {{"of", "a"}});
  registry.remove_gauge("level", {{"of", "nobody"}});
  registry.remove_gauge("nothing");
  EXPECT_THAT(registry.text(), Not(HasSubstr("of=\"a\"")));
  EXPECT_EQ(asked, 1);
  registry.remove_gauge("level", {{"of", "b"}});
  EXPECT_EQ(registry.text(), "");
  registry.gauge("level", "help", [] { return 6; }, {{"of", "a"}});
  EXPECT_THAT(registry.text(), EndsWith("level{of=\"a\"} 6\n"));
}

TEST(Registry, RemovalWaitsForACallUnderWay) {
  Registry registry;
  std::latch called(1);
  std::latch finish(1);
  std::atomic<bool> alive{true};
  std::atomic<bool> saw_dead{false};
  registry.gauge("level", "help", [&] {
    called.count_down();
    finish.wait();
    saw_dead = !alive;
    return 1;
  });
  std::jthread scrape([&] { (void)registry.text(); });
  called.wait();
  std::jthread remover([&] {
    registry.remove_gauge("level");
    alive = false;
  });
  // The lock of the registry is free while a function runs, and a function may use it.
  registry.counter("x_total", "help").add();
  finish.count_down();
  scrape.join();
  remover.join();
  EXPECT_FALSE(saw_dead);
}

TEST(Registry, OneNameIsOneKind) {
  Registry registry;
  registry.counter("x_total", "help");
  EXPECT_THROW(registry.gauge("x_total", "help", [] { return 1; }), std::logic_error);
  EXPECT_THROW(registry.histogram("x_total", "help"), std::logic_error);
  EXPECT_THROW(registry.counter_from("x_total", "help", [] { return 1; }), std::logic_error);
  registry.counter_from("y_total", "help", [] { return 1; });
  EXPECT_THROW(registry.counter("y_total", "help"), std::logic_error);
  registry.remove_gauge("y_total");
  EXPECT_THAT(registry.text(), HasSubstr("trackalert_y_total 1\n"));
}

TEST(Histogram, BoundsAreInclusive) {
  Histogram histogram;
  for (const double seconds : {0.0, 0.001, 0.0011, 0.01, 0.1, 1.0, 1.0000001}) histogram.observe(seconds);
  EXPECT_THAT(histogram.snapshot().buckets, testing::ElementsAre(2, 2, 1, 1, 1));
}

TEST(Histogram, SurvivesNonsense) {
  Histogram histogram;
  histogram.observe(-1);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(histogram.snapshot().sum_seconds, 0);
  histogram.observe(std::numeric_limits<double>::infinity());
  EXPECT_EQ(histogram.snapshot().sum_seconds, 1e6);
  EXPECT_THAT(histogram.snapshot().buckets, testing::ElementsAre(2, 0, 0, 0, 1));
}

TEST(Registry, CountsExactlyFromManyThreads) {
  constexpr unsigned threads = 4;
  constexpr unsigned rounds = 2000;
  Registry registry;
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        auto& own = registry.counter("x_total", "help", {{"worker", std::to_string(t)}});
        for (unsigned i = 0; i < rounds; ++i) {
          registry.counter("all_total", "help").add();
          own.add();
          registry.histogram("h_seconds", "help").observe(0.5);
          if (i % 100 == 0) {
            registry.gauge("level", "help", [i] { return i; }, {{"worker", std::to_string(t)}});
            (void)registry.text();
            registry.remove_gauge("level", {{"worker", std::to_string(t)}});
          }
        }
      });
    }
  }
  EXPECT_EQ(registry.counter("all_total", "help").value(), threads * rounds);
  EXPECT_EQ(registry.counter("x_total", "help", {{"worker", "3"}}).value(), rounds);
  const auto snapshot = registry.histogram("h_seconds", "help").snapshot();
  EXPECT_EQ(snapshot.buckets[3], threads * rounds);
  EXPECT_EQ(snapshot.sum_seconds, threads * rounds * 0.5);
}

}  // namespace
}  // namespace trackalert::metrics
