// SPDX-License-Identifier: Apache-2.0
#include "logs/format.h"

#include <gtest/gtest.h>

#include "logs/format_for_tests.h"

namespace trackalert::logs {
namespace {

TEST(Reports, AsClientsSendThem) {
  Lines lines("reports");
  EXPECT_EQ(lines.read(R"({"t":1795770000.5,"login":"joe","remote":"192.0.2.1","success":true,"protocol":"imap"})"),
            "1795770000.5 joe 192.0.2.1 imap ok");
  EXPECT_EQ(lines.read(R"({"login":"joe","remote":"192.0.2.1"})"), "bad: no time");
  EXPECT_EQ(lines.read(R"({"t":1795770000,"login":"joe","remote":"nowhere"})"), "bad: no address where one should be");
  EXPECT_EQ(lines.read("{"), "bad: no JSON");
  EXPECT_EQ(lines.read("[]"), "bad: no JSON object");
  EXPECT_EQ(lines.read("{}"), "-");
  EXPECT_EQ(lines.read(R"({"t":1,"login":")" + std::string(max_login_bytes + 1, 'x') + R"("})"),
            "bad: a login that is too long");
}

TEST(Elasticsearch, DumpsAndBulk) {
  Lines lines("elasticsearch");
  EXPECT_EQ(lines.read(R"({"_index":"logstash-2026.11","_id":"1","_source":{"@timestamp":"2026-11-27T09:00:00.000Z",)"
                       R"("login":"joe","remote":"192.0.2.1","success":"true","protocol":"imap","tls":"false"}})"),
            "1795770000 joe 192.0.2.1 imap ok");
  EXPECT_EQ(lines.read(R"({"index":{"_index":"x","_id":"1"}})"), "-");
  EXPECT_EQ(lines.read(R"({"t":1795770000,"login":"joe","remote":"192.0.2.1","success":false,)"
                       R"("fail_type":"credentials","device_attrs":{"os.family":"iOS"}})"),
            "1795770000 joe 192.0.2.1  failed credentials");
  EXPECT_EQ(lines.read(R"({"_source":{"t":"2026-11-27T09:00:00Z","login":"joe","remote":"192.0.2.1"}})"),
            "1795770000 joe 192.0.2.1  failed ");
  EXPECT_EQ(lines.read(R"({"_source":"x"})"), "bad: no JSON object");
  EXPECT_EQ(lines.read(R"({"_source":{"login":"joe"}})"), "bad: no time");
}

TEST(Keycloak, EventsAsJson) {
  Lines lines("keycloak");
  EXPECT_EQ(lines.read(R"({"time":1795770000500,"type":"LOGIN_ERROR","realmId":"r","clientId":"c","ipAddress":)"
                       R"("192.0.2.1","error":"invalid_user_credentials","details":{"username":"joe"}})"),
            "1795770000.5 joe 192.0.2.1 http failed credentials tls");
  EXPECT_EQ(lines.read(R"({"time":1795770000500,"type":"LOGIN","ipAddress":"192.0.2.1","sessionId":"s",)"
                       R"("details":{"username":"joe"}})"),
            "1795770000.5 joe 192.0.2.1 http ok tls session=s");
  EXPECT_EQ(lines.read(R"({"time":1795770000500,"type":"LOGIN_ERROR","ipAddress":"192.0.2.1",)"
                       R"("error":"user_temporarily_disabled","details":{"username":"joe"}})"),
            "1795770000.5 joe 192.0.2.1 http failed policy tls");
  EXPECT_EQ(lines.read(R"({"time":1795770000500,"type":"CODE_TO_TOKEN","ipAddress":"192.0.2.1"})"), "-");
  EXPECT_EQ(lines.read(R"({"time":1,"type":"LOGIN_ERROR","error":"invalid_redirect_uri","ipAddress":"::1"})"), "-");
  EXPECT_EQ(lines.read(R"({"type":"LOGIN","ipAddress":"::1"})"), "bad: no time");
}

TEST(Keycloak, LinesOfItsLog) {
  Lines lines("keycloak");
  const std::string begin = "2026-11-27 10:00:00,199 WARN  [org.keycloak.events] (executor-thread-26) ";
  EXPECT_EQ(
      lines.read(begin + R"(type="LOGIN_ERROR", realmId="1", realmName="test", clientId="account", userId="2", )"
                         R"(ipAddress="192.0.2.1", error="invalid_user_credentials", code_id="3", username="joe")"),
      "1795770000.199 joe 192.0.2.1 http failed credentials tls");
  EXPECT_EQ(lines.read(begin + "type=LOGIN_ERROR, realmId=r, clientId=c, userId=null, ipAddress=192.0.2.1, "
                               "error=user_not_found, auth_method=openid-connect, username=joe, more=x"),
            "1795770000.199 joe 192.0.2.1 http failed credentials tls");
  EXPECT_EQ(lines.read(begin + R"(type="LOGIN_ERROR", clientId="x", ipAddress="10.9.9.9", ipAddress="192.0.2.1", )"
                               R"(error="user_not_found", username="joe")"),
            "bad: a Keycloak line that can be read in two ways");
  EXPECT_EQ(lines.read(begin + R"(type="LOGIN_ERROR", ipAddress="192.0.2.1", error="user_not_found", )"
                               R"(username="x", ipAddress="10.9.9.9")"),
            "1795770000.199 x 192.0.2.1 http failed credentials tls");
  EXPECT_EQ(lines.read("2026-11-27 10:00:00,199 INFO  [io.quarkus] (main) started"), "-");
}

TEST(Access, BasicAuthentication) {
  Lines lines("access");
  const std::string tail = R"( 381 "-" "Mozilla/5.0 (X11) \"quoted\"")";
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:00:00 +0100] "GET /mail HTTP/1.1" 401)" + tail),
            R"(1795770000 joe 192.0.2.1 http failed credentials device=Mozilla/5.0 (X11) \"quoted\")");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:00:00 +0100] "GET /mail HTTP/1.1" 200)" + tail),
            R"(1795770000 joe 192.0.2.1 http ok device=Mozilla/5.0 (X11) \"quoted\")");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:05:00 +0100] "GET /mail HTTP/1.1" 200)" + tail), "-");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:11:00 +0100] "GET /mail HTTP/1.1" 200)" + tail),
            R"(1795770660 joe 192.0.2.1 http ok device=Mozilla/5.0 (X11) \"quoted\")");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - - [27/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 401)" + tail), "-");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 404)" + tail), "-");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026:10:00:00 -0230] "GET / HTTP/1.1" 401 12)"),
            "1795782600 joe 192.0.2.1 http failed credentials");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - a [x] b [27/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 401 12)"),
            "1795770000 a [x] b 192.0.2.1 http failed credentials");
  EXPECT_EQ(lines.read(R"(192.0.2.1 - joe [27/Nov/2026] "GET / HTTP/1.1" 401 12)"), "bad: no line of an access log");
}

TEST(Formats, AreFoundByWhatTheyFind) {
  const FixedZone zone{std::chrono::hours(0)};
  const auto detected = [&](const std::vector<std::string>& lines) -> std::string {
    const auto* found = detect_format(lines, {zone, reference_for_tests});
    return found == nullptr ? "none" : std::string(found->name);
  };
  EXPECT_EQ(detected({}), "none");
  EXPECT_EQ(detected({"hello", "there"}), "none");
  EXPECT_EQ(detected({R"({"t":1795770000,"login":"joe","remote":"192.0.2.1"})"}), "reports");
  EXPECT_EQ(detected({R"({"_source":{"t":1795770000,"login":"joe"}})"}), "elasticsearch");
  EXPECT_EQ(detected({"Nov 27 10:00:00 mx sshd[1]: Accepted password for joe from 192.0.2.1 port 5 ssh2"}), "syslog");
  EXPECT_EQ(detected({R"({"time":1795770000500,"type":"LOGIN","ipAddress":"192.0.2.1","details":{"username":"j"}})"}),
            "keycloak");
  EXPECT_EQ(detected({"Nov 27 10:00:00 mx cron[1]: hello", "Nov 27 10:00:00 mx cron[1]: there"}), "syslog");
  EXPECT_EQ(detected({"Nov 27 10:00:00 mx cron[1]: hello", "hello", "there"}), "none");
  EXPECT_EQ(detected({R"(192.0.2.1 - joe [27/Nov/2026:10:00:00 -0230] "GET / HTTP/1.1" 401 12)"}), "access");
}

}  // namespace
}  // namespace trackalert::logs
