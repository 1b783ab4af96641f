// SPDX-License-Identifier: Apache-2.0
#include "api/history_routes.h"

#include "api/api_for_tests.h"
#include "base/json_value.h"

namespace trackalert::api {
namespace {

class HistoryRoutesTest : public ApiTest {
 protected:
  static base::JsonValue json(const Answer& answer) {
    auto parsed = base::parse_json(answer.body);
    EXPECT_TRUE(parsed) << answer.body;
    return parsed.value_or(base::JsonValue());
  }
  /// The number at a path of names.
  static double number(const base::JsonValue& json, std::initializer_list<const char*> path) {
    const auto* at = &json;
    for (const auto* name : path) {
      at = at->find(name);
      if (at == nullptr) return -1;
    }
    const auto* value = at->as_number();
    return value == nullptr ? -1 : *value;
  }
  void fill() {
    for (const auto* body : {R"({"login":"a/b..c","remote":"192.0.2.1","success":true,"protocol":"imap"})",
                             R"({"login":"a/b..c","remote":"192.0.2.2","success":false})",
                             R"({"login":"eve","remote":"192.0.2.1","success":false})"}) {
      ASSERT_EQ(report(body).status, 200);
    }
  }
};

TEST_F(HistoryRoutesTest, QueriesAreAnswered) {
  start("");
  fill();
  const auto count = ask("POST", "/api/v1/history/query", R"({"filter":{"remote":"192.0.2.0/24"},"count":{}})");
  EXPECT_EQ(count.status, 200);
  EXPECT_EQ(number(json(count), {"count", "successes"}), 1);
  EXPECT_EQ(number(json(count), {"count", "failures"}), 2);
  const auto top = ask("POST", "/api/v1/history/query", R"({"top":{"facet":"remote","limit":1}})");
  EXPECT_NE(top.body.find("192.0.2.1"), top.body.npos);
}

TEST_F(HistoryRoutesTest, BadQueriesAre400) {
  start("");
  for (const auto* body : {"", "x", "[]", "{}", R"({"count":{},"events":{}})", R"({"nosuch":1,"count":{}})"}) {
    const auto answer = ask("POST", "/api/v1/history/query", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(json(answer).find("reason"), nullptr);
  }
  EXPECT_EQ(ask("POST", "/api/v1/history/query", std::string(70'000, ' ')).status, 413);
}

TEST_F(HistoryRoutesTest, ALoginIsShownAndErased) {
  start("");
  fill();
  const auto shown = json(ask("GET", "/api/v1/logins/a%2Fb..c"));
  ASSERT_NE(shown.find("known"), nullptr);
  EXPECT_TRUE(*shown.find("known")->as_bool());
  EXPECT_EQ(*shown.find("login")->as_string(), "a/b..c");
  EXPECT_EQ(number(shown, {"profile", "successes"}), 1);
  EXPECT_EQ(number(shown, {"trend", "24h", "failures"}), 1);
  EXPECT_EQ(shown.find("events")->as_array()->size(), 2);
  EXPECT_EQ(ask("HEAD", "/api/v1/logins/eve").status, 200);

  EXPECT_EQ(ask("DELETE", "/api/v1/logins/a%2Fb..c").body, R"({"status":"ok","erased":2})");
  EXPECT_TRUE(world.logged("One login was erased from the history, 2 reports"));
  const auto gone = json(ask("GET", "/api/v1/logins/a%2Fb..c"));
  EXPECT_FALSE(*gone.find("known")->as_bool());
  EXPECT_TRUE(gone.find("profile")->find("first_seen")->is_null());
  EXPECT_EQ(ask("DELETE", "/api/v1/logins/a%2Fb..c").body, R"({"status":"ok","erased":0})");
}

TEST_F(HistoryRoutesTest, RemotesAndNets) {
  start("");
  fill();
  const auto remote = json(ask("GET", "/api/v1/remotes/192.0.2.1"));
  EXPECT_EQ(number(remote, {"trend", "1h", "distinct_logins"}), 2);
  EXPECT_EQ(remote.find("top")->find("login")->as_array()->size(), 2);
  for (const auto* path : {"/api/v1/nets/192.0.2.0%2F24", "/api/v1/nets/192.0.2.0/24"}) {
    const auto net = json(ask("GET", path));
    EXPECT_EQ(*net.find("net")->as_string(), "192.0.2.0/24");
    EXPECT_EQ(number(net, {"trend", "7d", "distinct_remotes"}), 2);
  }
  const auto wide = json(ask("GET", "/api/v1/nets/192.0.0.0/16"));
  EXPECT_EQ(number(wide, {"trend", "7d", "failures"}), 2);
  EXPECT_EQ(wide.find("trend")->find("7d")->find("distinct_remotes"), nullptr);
  EXPECT_EQ(ask("GET", "/api/v1/remotes/x").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/nets/192.0.2.0").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/nets/192.0.2.0/99").status, 400);
}

TEST_F(HistoryRoutesTest, WhoMayNotAskIsNotTold) {
  start("setACL({'127.0.0.0/8', '!127.0.0.1'})");
  EXPECT_EQ(ask("GET", "/api/v1/logins/x").status, 401);
  EXPECT_EQ(ask("DELETE", "/api/v1/logins/x").status, 401);
}

TEST_F(HistoryRoutesTest, OtherMethodsAreNotAllowed) {
  start("");
  const auto answer = ask("PUT", "/api/v1/logins/x");
  EXPECT_EQ(answer.status, 405);
  EXPECT_NE(answer.head.find("allow: GET, HEAD, DELETE\r\n"), answer.head.npos) << answer.head;
  EXPECT_EQ(ask("GET", "/api/v1/history/query").status, 405);
  EXPECT_EQ(ask("DELETE", "/api/v1/remotes/192.0.2.1").status, 405);
}

TEST_F(HistoryRoutesTest, OffIsSaid) {
  start("", false);
  for (const auto* path : {"/api/v1/logins/x", "/api/v1/remotes/192.0.2.1", "/api/v1/nets/192.0.2.0/24"}) {
    const auto answer = ask("GET", path);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, R"({"status":"failure", "reason":"history is off: setHistoryDir() turns it on"})");
  }
}

TEST_F(HistoryRoutesTest, AnEngineInTroubleIs503) {
  start("");
  history.break_with("read-only");
  const auto answer = ask("DELETE", "/api/v1/logins/x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("read-only"), answer.body.npos);
}

TEST_F(HistoryRoutesTest, SlowQuestionsHoldUpNobodyAndAreBounded) {
  start("");
  history.hold();
  std::vector<Client> clients;
  for (unsigned i = 0; i < QueryThreads::threads + QueryThreads::limit; ++i) {
    clients.push_back(connect());
    clients.back().send("POST", "/api/v1/history/query", R"({"count":{}})");
    if (i + 1 == QueryThreads::threads) history.wait_for_held(QueryThreads::threads);
  }
  while (queries->waiting() < QueryThreads::limit) std::this_thread::yield();
  EXPECT_EQ(ask("POST", "/api/v1/history/query", R"({"count":{}})").status, 503);
  EXPECT_EQ(ask("GET", "/command/livez").status, 200);
  history.let_go();
  for (auto& client : clients) EXPECT_EQ(client.read().status, 200);
}

TEST_F(HistoryRoutesTest, ErrorsHaveTheirStatus) {
  using Kind = history::QueryError::Kind;
  EXPECT_EQ(failed_query({Kind::bad_query, "x"}).status, 400);
  EXPECT_EQ(failed_query({Kind::limit, "rows"}).status, 422);
  EXPECT_EQ(failed_query({Kind::storage, "x"}).status, 503);
}

}  // namespace
}  // namespace trackalert::api
