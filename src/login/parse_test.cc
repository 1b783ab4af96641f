// SPDX-License-Identifier: Apache-2.0
#include "login/parse.h"

#include <gtest/gtest.h>

namespace trackalert::login {
namespace {

constexpr double now = 1'795'000'000.5;

Report good(std::string_view body) {
  auto report = Parser().report(body, now);
  EXPECT_TRUE(report) << body << ": " << report.error().reason;
  return report ? *report : Report{};
}

std::string refused(std::string_view body, Refusal why) {
  const auto report = Parser().report(body, now);
  if (report) return "taken";
  EXPECT_EQ(report.error().why, why) << body;
  return report.error().reason;
}

TEST(Parse, WhatWforceSends) {
  const auto report = good(
      R"({"attrs": {"a": "1", "m": ["x", 5, null]}, "device_attrs": {"os.family": "X", "n": 5}, "device_id": "d", "fail_type": "credentials",)"
      R"("login": "ahu", "policy_reject": true, "protocol": "imap", "pwhash": "1234", "remote": "::ffff:127.0.0.1", "session_id": "s",)"
      R"("success": true, "t": 1795488195.4909329, "tls": true, "type": "wforce_report"})");
  EXPECT_EQ(report.login, "ahu");
  EXPECT_EQ(report.remote.to_string(), "127.0.0.1");
  EXPECT_DOUBLE_EQ(report.t, 1795488195.4909329);
  EXPECT_TRUE(report.success && report.policy_reject && report.tls && report.has_device_attrs);
  EXPECT_EQ(report.attrs, (Attributes{{"a", "1"}}));
  EXPECT_EQ(report.attrs_mv, (MultiAttributes{{"m", {"x", "", ""}}}));
  EXPECT_EQ(report.device_attrs, (Attributes{{"os.family", "X"}}));
}

TEST(Parse, WrongTypesCountAsMissing) {
  const auto report = good(
      R"({"login":5,"remote":"1.2.3.4","pwhash":true,"success":"true","t":"5","tls":1,"attrs":[],"device_attrs":"x"})");
  EXPECT_EQ(report.login, "");
  EXPECT_FALSE(report.success || report.tls || report.has_device_attrs);
  EXPECT_EQ(report.t, now);
  EXPECT_TRUE(report.attrs.empty());
}

TEST(Parse, TheLastOfEqualNamesWinsAndTablesAreSorted) {
  const auto report = good(R"({"login":"a","login":"b","attrs":{"z":"1"},"attrs":{"z":"1","b":"2","z":"3"},"t":0})");
  EXPECT_EQ(report.login, "b");
  EXPECT_EQ(report.attrs, (Attributes{{"b", "2"}, {"z", "3"}}));
  EXPECT_EQ(report.t, now);
}

TEST(Parse, ANameIsEitherTextOrList) {
  const auto report = good(R"({"login":"b","attrs":{"x":"1","y":["2"],"x":["3"],"y":"4","z":"5","z":null}})");
  EXPECT_EQ(report.attrs, (Attributes{{"y", "4"}}));
  EXPECT_EQ(report.attrs_mv, (MultiAttributes{{"x", {"3"}}}));
}

TEST(Parse, TakesBytesThatAreNoUtf8) {
  EXPECT_EQ(good("{\"login\":\"a\xff\"}").login, "a\xff");
  EXPECT_EQ(good(R"({"login":"\ud800"})").login, "\xed\xa0\x80");
  EXPECT_EQ(good(R"({"login":"x","t":1e400})").login, "x");
}

TEST(Parse, NamesWhatIsWrong) {
  EXPECT_EQ(refused("", Refusal::bad_json), "unexpected end of input");
  EXPECT_EQ(refused({}, Refusal::bad_json), "unexpected end of input");  // as the network layer gives no body
  EXPECT_EQ(refused("{} x", Refusal::bad_json), "unexpected trailing 'x' (120)");
  EXPECT_EQ(refused(std::string_view("{\"login\":\"x\"}\0junk", 18), Refusal::bad_json), "unexpected trailing (0)");
  EXPECT_EQ(refused("null", Refusal::not_an_object), "the body is not a JSON object");
  EXPECT_EQ(refused("[]", Refusal::not_an_object), "the body is not a JSON object");
  EXPECT_EQ(refused("{}", Refusal::no_subject), "login or remote is required");
  EXPECT_EQ(refused(R"({"login":"a","remote":"nowhere"})", Refusal::bad_remote),
            "remote: Unable to convert presentation address 'nowhere'");
}

TEST(Parse, NestingHasALimit) {
  const auto nested = [](std::size_t depth) {
    return R"({"login":"a","x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(good(nested(199)).login, "a");
  EXPECT_EQ(refused(nested(300), Refusal::bad_json), "exceeded maximum nesting depth");
  EXPECT_EQ(refused(nested(100'000), Refusal::bad_json), "exceeded maximum nesting depth");
}

TEST(Parse, OneParserTakesLargeAndSmallInTurn) {
  Parser parser;
  const std::string large = R"({"login":")" + std::string(900'000, 'x') + "\"}";
  EXPECT_EQ(parser.report(large, now)->login.size(), 900'000);
  EXPECT_EQ(parser.report(R"({"login":"b"})", now)->login, "b");
  EXPECT_EQ(parser.report(large, now)->login.size(), 900'000);
}

TEST(Parse, TellsWhatStandsBesideAReport) {
  std::vector<std::string> told;
  const Beside beside = [&](std::string_view object, std::string_view member, const Scalar& value) {
    auto text = std::string(object) + "." + std::string(member) + "=";
    if (const auto* string = std::get_if<std::string_view>(&value)) text += *string;
    if (const auto* number = std::get_if<double>(&value)) text += std::to_string(static_cast<int>(*number));
    if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "yes" : "no";
    told.push_back(text);
  };
  const std::string head =
      R"({"place":{"city":"Z","asn":7,"x":null,"deep":{"a":1},"list":[1]},"label":{"taken":true},)";
  const std::vector<std::string> all{"place.city=Z", "place.asn=7", "place.x=", "label.taken=yes"};
  Parser parser;
  EXPECT_EQ(
      parser.report(head + R"("attrs":{"a":"1"},"device_attrs":{"b":"2"},"x":5,"login":"a"})", now, beside)->login,
      "a");
  EXPECT_EQ(told, all);
  told.clear();
  // A lone surrogate: the other reader.
  EXPECT_TRUE(parser.report(head + R"("login":"\ud800"})", now, beside));
  EXPECT_EQ(told, all);
}

TEST(Parse, CustomArguments) {
  Parser parser;
  const auto arguments = parser.custom_arguments(R"({"attrs":{"code":"x","l":["a"]}})").value();
  EXPECT_EQ(arguments.attrs, (Attributes{{"code", "x"}}));
  EXPECT_EQ(arguments.attrs_mv, (MultiAttributes{{"l", {"a"}}}));
  EXPECT_TRUE(parser.custom_arguments("[]").value().attrs.empty());
  EXPECT_TRUE(parser.custom_arguments(R"({"attrs":5})").value().attrs.empty());
  EXPECT_FALSE(parser.custom_arguments("null"));
  EXPECT_EQ(parser.custom_arguments("{").error().reason, "unexpected end of input");
}

}  // namespace
}  // namespace trackalert::login
