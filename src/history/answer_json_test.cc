// SPDX-License-Identifier: Apache-2.0
#include "history/answer_json.h"

#include <gtest/gtest.h>

#include "base/json_value.h"
#include "login/parse.h"

namespace trackalert::history {
namespace {

Event full_event() {
  Event event;
  event.sequence = 7;
  event.time = 1'795'488'195'490'933;
  auto& report = event.report;
  report.t = 1'795'488'195.490933;
  report.login = "ahu\n\xff\"";
  report.remote = *base::parse_address("2001:db8::1");
  report.pwhash = "12ab";
  report.protocol = "imap";
  report.device_id = "d";
  report.session_id = "s";
  report.fail_type = "credentials";
  report.success = true;
  report.policy_reject = true;
  report.tls = true;
  report.attrs = {{"a", "1"}, {"n", std::string("\0x", 2)}};
  report.attrs_mv = {{"m", {"x", ""}}, {"z", {}}};
  report.device_attrs = {{"os.family", "X"}};
  report.has_device_attrs = true;
  event.place = {"DE", "K\u00f6ln", "Example", 64500, true, 50.9333, -6.95, 5};
  return event;
}

login::Report parsed(const Event& event) {
  const auto report = login::Parser().report(event_json(event), 1);
  EXPECT_TRUE(report) << event_json(event) << ": " << report.error().reason;
  return report.value_or(login::Report{});
}

void expect_same(const login::Report& a, const login::Report& b) {
  EXPECT_NEAR(a.t, b.t, 5e-7);
  EXPECT_EQ(a.remote, b.remote);
  EXPECT_EQ(a.login, b.login);
  EXPECT_EQ(a.pwhash, b.pwhash);
  EXPECT_EQ(a.protocol, b.protocol);
  EXPECT_EQ(a.device_id, b.device_id);
  EXPECT_EQ(a.session_id, b.session_id);
  EXPECT_EQ(a.fail_type, b.fail_type);
  EXPECT_EQ(a.success, b.success);
  EXPECT_EQ(a.policy_reject, b.policy_reject);
  EXPECT_EQ(a.tls, b.tls);
  EXPECT_EQ(a.attrs, b.attrs);
  EXPECT_EQ(a.attrs_mv, b.attrs_mv);
  EXPECT_EQ(a.device_attrs, b.device_attrs);
  EXPECT_EQ(a.has_device_attrs, b.has_device_attrs);
}

TEST(EventJson, OurParserGivesBackTheReport) {
  auto event = full_event();
  expect_same(parsed(event), event.report);

  event.report.device_attrs.clear();
  expect_same(parsed(event), event.report);
  event.report.has_device_attrs = false;
  expect_same(parsed(event), event.report);
  event.report.remote = {};
  expect_same(parsed(event), event.report);
  event.report.login.clear();
  expect_same(parsed(event), event.report);
}

TEST(EventJson, SaysOnlyWhatIsKnown) {
  Event event;
  event.time = 1'500'000;
  event.sequence = 1;
  event.report.login = "a";
  const std::string report =
      R"({"t": 1.5, "login": "a", "success": false, "protocol": "", "pwhash": "", "fail_type": "", )"
      R"("policy_reject": false, "tls": false, "device_id": "", "session_id": "", "attrs": {}, )";
  EXPECT_EQ(event_json(event), report + R"("sequence": 1})");
  event.place.country_code = "DE";
  EXPECT_EQ(event_json(event), report + R"("place": {"country_code": "DE"}, "sequence": 1})");
  event.place = full_event().place;
  EXPECT_EQ(event_json(event),
            report + R"("place": {"country_code": "DE", "city": "Köln", "asn": 64500, "as_name": "Example", )"
                     R"("latitude": 50.9333, "longitude": -6.95, "accuracy_km": 5}, "sequence": 1})");
}

TEST(EventJson, ALineIsOneLine) {
  std::string out = "before\n";
  write_event_line(out, full_event());
  EXPECT_EQ(out, "before\n" + event_json(full_event()) + "\n");
  EXPECT_EQ(event_json(full_event()).find('\n'), std::string::npos);
}

TEST(AnswerJson, EveryAnswer) {
  EXPECT_EQ(answer_json({CountAnswer{1, 2}, false}),
            R"({"count": {"successes": 1, "failures": 2, "total": 3}, "approximate": false})");
  EXPECT_EQ(answer_json({DistinctAnswer{5}, true}), R"({"distinct": 5, "approximate": true})");
  EXPECT_EQ(answer_json({TopAnswer{{{"a\"", 7}, {"b", 1}}}, false}),
            R"({"top": [{"value": "a\"", "score": 7}, {"value": "b", "score": 1}], "approximate": false})");
  EXPECT_EQ(
      answer_json({SeriesAnswer{{{1'795'000'000 * second, 1, 2}, {500'000, 0, 0}}}, false}),
      R"({"series": [{"t": 1795000000, "successes": 1, "failures": 2}, {"t": 0.5, "successes": 0, "failures": 0}], )"
      R"("approximate": false})");
  EXPECT_EQ(
      answer_json({SignificantAnswer{{{"64500", 4.25, 10, 12}}}, false}),
      R"({"significant": [{"value": "64500", "score": 4.25, "within": 10, "overall": 12}], "approximate": false})");
}

TEST(AnswerJson, EventsAndTheirCursor) {
  EXPECT_EQ(answer_json({EventsAnswer{}, false}), R"({"events": [], "approximate": false})");
  const Answer answer{EventsAnswer{{full_event(), full_event()}, Cursor{5, 6}}, false};
  const auto text = answer_json(answer);
  EXPECT_EQ(text, R"({"events": [)" + event_json(full_event()) + ", " + event_json(full_event()) +
                      R"(], "cursor": "5-6", "approximate": false})");
  EXPECT_TRUE(base::parse_json(text));
}

}  // namespace
}  // namespace trackalert::history
