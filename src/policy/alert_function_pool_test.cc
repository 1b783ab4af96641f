// SPDX-License-Identifier: Apache-2.0
#include "policy/alert_function_pool.h"

#include <gmock/gmock.h>

#include <future>

#include "alert/alert_for_tests.h"
#include "policy/world_for_tests.h"

namespace trackalert::policy {
namespace {

using channel::FunctionAnswer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class AlertFunctions : public ::testing::Test {
 protected:
  base::Result<FunctionAnswer> call(const std::string& body, channel::Message message = one()) {
    const auto policy = world.load("setLuaTimeoutSecs(1) setAlertFunction('f', function(alert) " + body + " end)");
    if (!policy) throw std::runtime_error(world.load_error);
    WorkerPool pool({.threads = 1}, policy, world.statistics, world.clock);
    pool.start();
    std::promise<base::Result<FunctionAnswer>> promise;
    AlertFunctionPool(pool).call(name, message, [&](auto answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }
  static channel::Message one() {
    return {.delivery_id = "d1", .items = {{alert::full_alert(1), channel::News::raised}}, .attempt = 2};
  }

  World world;
  std::string name = "f";
};

TEST_F(AlertFunctions, SeeTheAlert) {
  const auto answer = call(R"(return { rule = alert.rule, login = alert.logins[2], seen = alert.evidence.guesses.seen,
      news = alert.news, delivery = alert.delivery, attempt = alert.attempt, critical = alert.severity == "critical" })");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(*answer,
              ElementsAre(Pair("attempt", "2"), Pair("critical", "false"), Pair("delivery", "d1"), Pair("login", "bob"),
                          Pair("news", "raised"), Pair("rule", "password_spray"), Pair("seen", "15.5")));
}

TEST_F(AlertFunctions, SeeAllOfADigest) {
  auto message = one();
  message.items.push_back({alert::full_alert(2), channel::News::opened});
  message.digest = true;
  message.not_shown = 7;
  const auto answer = call(
      "return alert.id .. ' ' .. #alert.alerts .. ' ' .. alert.alerts[2].id .. ' ' .. "
      "alert.alerts[1].news .. ' ' .. alert.not_shown",
      message);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(*answer, ElementsAre(Pair("", "0000000000000001 2 0000000000000002 raised 7")));
}

TEST_F(AlertFunctions, AnswerATextANumberOrNothing) {
  EXPECT_THAT(*call("return 'a\\0b'"), ElementsAre(Pair("", std::string("a\0b", 3))));
  EXPECT_THAT(*call("return 12"), ElementsAre(Pair("", "12")));
  EXPECT_THAT(*call("return nil"), IsEmpty());
  EXPECT_THAT(*call(""), IsEmpty());
}

TEST_F(AlertFunctions, FailWithAReason) {
  EXPECT_THAT(call("error('no such thing')").error().message, HasSubstr("no such thing"));
  EXPECT_TRUE(world.logged("Lua alert function [f] exception: "));
  EXPECT_THAT(call("return print").error().message, HasSubstr("not a function"));
  EXPECT_THAT(call("return { { 1 } }").error().message, HasSubstr("names"));
  EXPECT_THAT(call("return { a = {} }").error().message, HasSubstr("texts, numbers or booleans"));
  EXPECT_THAT(call("return string.rep('x', 2000000)").error().message, HasSubstr("more than 1048576 bytes"));
  EXPECT_THAT(call("local t = {} for i = 1, 65 do t['k' .. i] = i end return t").error().message, HasSubstr("64"));
  EXPECT_THAT(call("while true do end").error().message, HasSubstr("time"));
  name = "g\n";
  EXPECT_THAT(call("").error().message, HasSubstr(R"("g\n")"));
}

TEST_F(AlertFunctions, AFullQueueIsAnAnswer) {
  const auto policy = world.load("setAlertFunction('f', function() end)");
  WorkerPool pool({.threads = 1, .queue_limit = 0}, policy, world.statistics, world.clock);
  std::string reason;
  AlertFunctionPool(pool).call("f", one(), [&](auto answer) { reason = answer.error().message; });
  EXPECT_THAT(reason, HasSubstr("full"));
}

}  // namespace
}  // namespace trackalert::policy
