// SPDX-License-Identifier: Apache-2.0
#include "policy/worker_pool.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "policy/world_for_tests.h"

namespace trackalert::policy {
namespace {

using namespace std::chrono_literals;

struct Pool {
  Pool(World& world, const std::string& config, WorkerPool::Options options)
      : policy(world.load(config)), pool(options, policy, world.statistics, world.clock) {}

  bool submit(std::string login, std::move_only_function<void()> done = {}) {
    if (!pool.reserve()) return false;
    std::vector<WorkerPool::ReportTask> batch;
    batch.push_back({report_of(std::move(login)), nullptr, std::move(done)});
    pool.submit(batch, false);
    return true;
  }

  std::shared_ptr<Policy> policy;
  WorkerPool pool;
};

auto soon() {
  return std::chrono::steady_clock::now() + 20s;
}

TEST(WorkerPool, RunsEverythingThatWasSubmitted) {
  World world;
  Pool pool(world, "setReport(function(lt) incCustomStat('n') end) addCustomStat('n')", {.threads = 6});
  pool.pool.start();
  std::vector<std::thread> submitters;
  for (int t = 0; t < 4; ++t) {
    submitters.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.submit("login" + std::to_string(t * 1000 + i)));
    });
  }
  for (auto& thread : submitters) thread.join();
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  EXPECT_EQ(world.statistics.custom.sums().front().second, 2000);
}

TEST(WorkerPool, OneLoginsReportsRunInOrder) {
  World world;
  // Each state keeps what it saw; together, the sequence numbers of one login must come in order.
  Pool pool(world, "setReport(function(lt) infoLog(lt.login .. ':' .. lt.pwhash, {}) end)", {.threads = 6});
  pool.pool.start();
  for (int i = 0; i < 200; ++i) {
    std::vector<WorkerPool::ReportTask> batch;
    for (const auto* login : {"a", "b", "c"}) {
      ASSERT_TRUE(pool.pool.reserve());
      auto report = report_of(login);
      report->pwhash = std::to_string(i);
      batch.push_back({std::move(report), nullptr, {}});
    }
    pool.pool.submit(batch, false);
  }
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  std::map<std::string, int> next;
  for (const auto& line : world.lines()) {
    const auto colon = line.find(':');
    EXPECT_EQ(std::stoi(line.substr(colon + 1)), next[line.substr(0, colon)]++);
  }
  EXPECT_EQ(next["a"], 200);
}

TEST(WorkerPool, TheQueueHasALimit) {
  World world;
  Pool pool(world, "", {.threads = 1, .queue_limit = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit("x"));
  EXPECT_FALSE(pool.submit("x"));
  EXPECT_FALSE(pool.pool.call("c", {}, [](const CustomResult&) { FAIL() << "it was refused"; }));
  EXPECT_EQ(pool.pool.refused(), 2);
  pool.pool.start();
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  EXPECT_TRUE(pool.submit("x"));
  EXPECT_EQ(pool.pool.drain(soon()), 0);
}

TEST(WorkerPool, ReservationsCanBeGivenBack) {
  World world;
  Pool pool(world, "", {.threads = 1, .queue_limit = 2});
  pool.pool.start();
  EXPECT_TRUE(pool.pool.reserve());
  EXPECT_TRUE(pool.pool.reserve());
  EXPECT_FALSE(pool.pool.reserve());
  EXPECT_NE(pool.pool.drain(std::chrono::steady_clock::now()), 0);
  std::thread later([&] { pool.pool.release(2); });
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  later.join();
  EXPECT_TRUE(pool.submit("x"));
  EXPECT_EQ(pool.pool.drain(soon()), 0);
}

TEST(WorkerPool, OneSlowFunctionDoesNotHoldTheOthers) {
  World world;
  // It runs until there is a file of this name.
  const auto file = std::filesystem::temp_directory_path() / ("trackalert-slow-" + std::to_string(getpid()));
  Pool pool(world,
            "setLuaTimeoutSecs(0) setReport(function(lt) if lt.login == 'slow' then while not io.open('" +
                file.string() + "') do end end end)",
            {.threads = 2});
  pool.pool.start();
  auto slow_done = std::make_shared<std::promise<void>>();
  auto slow = slow_done->get_future();
  pool.submit("slow", [slow_done] { slow_done->set_value(); });
  for (int i = 0; i < 100; ++i) {
    // Shared: the worker may still be within set_value() when the future is ready.
    auto done = std::make_shared<std::promise<void>>();
    ASSERT_TRUE(pool.submit("quick" + std::to_string(i), [done] { done->set_value(); }));
    // It may have been queued behind the slow one; then the owner's ticker sees to it.
    auto future = done->get_future();
    while (future.wait_for(1ms) != std::future_status::ready) pool.pool.expire();
  }
  EXPECT_EQ(slow.wait_for(0s), std::future_status::timeout);
  std::ofstream(file) << "enough";
  EXPECT_EQ(slow.wait_for(60s), std::future_status::ready);
  std::filesystem::remove(file);
}

TEST(WorkerPool, CustomCallsAnswerOrExpire) {
  World world;
  Pool pool(
      world,
      "setCustomEndpoint('good', function() return true, {} end) setCustomEndpoint('loop', function() while true do "
      "end end) setLuaTimeoutSecs(1)",
      {.threads = 1, .custom_time_limit = 0ms});
  pool.pool.start();
  auto good = std::make_shared<std::promise<CustomResult>>();
  ASSERT_TRUE(pool.pool.call("good", {}, [good](CustomResult result) { good->set_value(std::move(result)); }));
  EXPECT_EQ(good->get_future().get().end, CustomResult::End::ok);
  auto loop = std::make_shared<std::promise<CustomResult>>();
  ASSERT_TRUE(pool.pool.call("loop", {}, [loop](CustomResult result) { loop->set_value(std::move(result)); }));
  EXPECT_EQ(loop->get_future().get().end, CustomResult::End::timed_out);
}

TEST(WorkerPool, ACallThatNobodyTakesExpires) {
  World world;
  Pool pool(world, "", {.threads = 1, .custom_time_limit = 1ms});  // never started
  auto answer = std::make_shared<std::promise<CustomResult>>();
  ASSERT_TRUE(pool.pool.call("c", {}, [answer](CustomResult result) { answer->set_value(std::move(result)); }));
  auto future = answer->get_future();
  while (future.wait_for(1ms) != std::future_status::ready) pool.pool.expire();
  EXPECT_EQ(future.get().end, CustomResult::End::timed_out);
}

TEST(WorkerPool, AnotherPolicyTakesOverFromTheNextTask) {
  World world;
  Pool pool(world, "setReport(function(lt) infoLog('old', {}) end)", {.threads = 2});
  pool.pool.start();
  pool.submit("x");
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  pool.pool.set_policy(world.load("setReport(function(lt) infoLog('new', {}) end)"));
  pool.submit("x");
  EXPECT_EQ(pool.pool.drain(soon()), 0);
  EXPECT_EQ(world.lines(), (std::vector<std::string>{"old", "new"}));
}

TEST(WorkerPool, DrainSaysWhatIsLeft) {
  World world;
  Pool pool(world, "setReport(function(lt) while true do end end) setLuaTimeoutSecs(3)", {.threads = 1});
  pool.pool.start();
  pool.submit("a");
  pool.submit("b");
  EXPECT_EQ(pool.pool.drain(std::chrono::steady_clock::now() + 50ms), 2);
  EXPECT_TRUE(pool.pool.stop(soon()));
}

}  // namespace
}  // namespace trackalert::policy
