// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/json_value.h"
#include "base/json_writer.h"

namespace trackalert::base {
namespace {

std::string reason(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "ok" : parsed.error().message;
}

TEST(JsonValue, SaysTheReasonsThatClientsKnow) {
  EXPECT_EQ(reason(""), "unexpected end of input");
  EXPECT_EQ(reason("{"), "unexpected end of input");
  EXPECT_EQ(reason("[1"), "unexpected end of input");
  EXPECT_EQ(reason("{} x"), "unexpected trailing 'x' (120)");
  EXPECT_EQ(reason("{a:1}"), "expected '\"' in object, got 'a' (97)");
  EXPECT_EQ(reason("{\"a\" 1}"), "expected ':' in object, got '1' (49)");
  EXPECT_EQ(reason("{\"a\":1 \"b\"}"), "expected ',' in object, got '\"' (34)");
  EXPECT_EQ(reason("{\"a\":1,}"), "expected '\"' in object, got '}' (125)");
  EXPECT_EQ(reason("[1 2]"), "expected ',' in list, got '2' (50)");
  EXPECT_EQ(reason("[1,]"), "expected value, got ']' (93)");
  EXPECT_EQ(reason(R"({"a":"\x"})"), "invalid escape character 'x' (120)");
  EXPECT_EQ(reason("{\"a\":\"\n\"}"), "unescaped (10) in string");
  EXPECT_EQ(reason("{\"a\":01}"), "leading 0s not permitted in numbers");
  EXPECT_EQ(reason("{\"a\":-}"), "invalid '}' (125) in number");
  EXPECT_EQ(reason("1."), "at least one digit required in fractional part");
  EXPECT_EQ(reason("1e"), "at least one digit required in exponent");
  EXPECT_EQ(reason("NaN"), "expected value, got 'N' (78)");
  EXPECT_EQ(reason("\xef\xbb\xbf{}"), "expected value, got (-17)");
  EXPECT_EQ(reason("tru"), "parse error: expected true, got tru");
  EXPECT_EQ(reason("\"a"), "unexpected end of input in string");
  EXPECT_EQ(reason(R"("\u12x4")"), "bad \\u escape: 12x4");
  EXPECT_EQ(reason(std::string(202, '[')), "exceeded maximum nesting depth");
  EXPECT_EQ(reason(std::string_view("{}\0x", 4)), "unexpected trailing (0)");
}

TEST(JsonValue, ReadsValues) {
  const auto value =
      parse_json(R"( {"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",null,true],"b":{"c":"\ud800"},"a":7} )").value();
  EXPECT_EQ(*value.find("a")->as_number(), 7);  // the last wins
  const auto& list = *value.as_object()->front().second.as_array();
  EXPECT_EQ(*list[1].as_number(), -2500);
  EXPECT_EQ(*list[2].as_string(), "x\u00e9\U0001f600");
  EXPECT_TRUE(list[3].is_null());
  EXPECT_EQ(*value.find("b")->find("c")->as_string(), "\xed\xa0\x80");  // a lone surrogate
  EXPECT_EQ(value.find("nosuch"), nullptr);
  EXPECT_EQ(*parse_json("1e999").value().as_number(), HUGE_VAL);
}

TEST(JsonWriter, EscapesAndSeparates) {
  JsonWriter writer;
  writer.begin_object()
      .key("a")
      .value("q\"\\\n\x01\u2028é")
      .key("b")
      .begin_array()
      .value(1)
      .value(true)
      .null()
      .end_array();
  writer.key("c").value(1.5).key("d").begin_object().end_object().end_object();
  EXPECT_EQ(writer.text(), "{\"a\": \"q\\\"\\\\\\n\\u0001\\u2028é\", \"b\": [1, true, null], \"c\": 1.5, \"d\": {}}");
}

TEST(JsonWriter, NumbersReadBack) {
  EXPECT_EQ(json_number(1472718468.412865), "1472718468.412865");
  EXPECT_EQ(json_number(5), "5");
  EXPECT_EQ(json_number(NAN), "null");
}

}  // namespace
}  // namespace trackalert::base
