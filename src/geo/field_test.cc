// SPDX-License-Identifier: Apache-2.0
#include "geo/field.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

/// Keeps the bytes in a block of exactly their size, so that a sanitizer sees a step beyond.
class Section {
 public:
  explicit Section(std::string_view bytes) : size_(bytes.size()), bytes_(new std::uint8_t[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  [[nodiscard]] Field::Bytes bytes() const { return {bytes_.get(), size_}; }
  [[nodiscard]] Field at(std::uint64_t offset = 0) const { return Field::at(bytes(), offset); }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

TEST(Field, ReadsEachTypeOnlyAsItself) {
  const Section data(mmdb::map({{"t", mmdb::text("x")},
                                {"f", mmdb::f32(1.5)},
                                {"d", mmdb::f64(-2.25)},
                                {"u16", mmdb::u16(65535)},
                                {"u32", mmdb::u32(0xffffffff)},
                                {"u64", mmdb::u64(std::numeric_limits<std::uint64_t>::max())},
                                {"i", mmdb::i32(-5)},
                                {"u128", mmdb::control(10, 1) + "\x05"},
                                {"b", mmdb::flag(true)},
                                {"no", mmdb::flag(false)},
                                {"short", mmdb::control(6, 1) + "\x07"},
                                {"zero", mmdb::control(9, 0)}}));
  const auto record = data.at();
  EXPECT_EQ(record["t"].text(), "x");
  EXPECT_EQ(record["f"].floating(), 1.5);
  EXPECT_EQ(record["d"].floating(), -2.25);
  EXPECT_EQ(record["u16"].unsigned_integer(), 65535);
  EXPECT_EQ(record["u32"].unsigned_integer(), 0xffffffff);
  EXPECT_EQ(record["u64"].unsigned_integer(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(record["b"].boolean(), true);
  EXPECT_EQ(record["no"].boolean(), false);
  EXPECT_EQ(record["short"].unsigned_integer(), 7);
  EXPECT_EQ(record["zero"].unsigned_integer(), 0);
  for (const auto* key : {"t", "b", "f", "d", "i", "u128", "absent"}) {
    EXPECT_FALSE(record[key].unsigned_integer()) << key;
  }
  for (const auto* key : {"t", "b", "u16", "i", "u128", "absent"}) EXPECT_FALSE(record[key].floating()) << key;
  for (const auto* key : {"t", "u16", "f", "absent"}) EXPECT_FALSE(record[key].boolean()) << key;
  for (const auto* key : {"b", "u16", "f", "d", "absent"}) EXPECT_EQ(record[key].text(), "") << key;
  EXPECT_FALSE(record["absent"]["more"].element(0));
}

TEST(Field, WrongSizesAreNoNumbers) {
  EXPECT_FALSE(Section(mmdb::control(3, 4) + "1234").at().floating());
  EXPECT_FALSE(Section(mmdb::control(15, 8) + "12345678").at().floating());
  EXPECT_FALSE(Section(mmdb::control(5, 3) + "123").at().unsigned_integer());
  EXPECT_FALSE(Section(mmdb::control(6, 5) + "12345").at().unsigned_integer());
  EXPECT_FALSE(Section(mmdb::control(9, 9) + "123456789").at().unsigned_integer());
  EXPECT_FALSE(Section(mmdb::control(14, 2)).at().boolean());
}

TEST(Field, ElementsCountFromBothEnds) {
  const Section data(mmdb::array({mmdb::text("a"), mmdb::map({{"k", mmdb::text("v")}}), mmdb::text("c")}));
  const auto array = data.at();
  EXPECT_EQ(array.element(0).text(), "a");
  EXPECT_EQ(array.element(2).text(), "c");
  EXPECT_EQ(array.element(-1).text(), "c");
  EXPECT_EQ(array.element(-3).text(), "a");
  EXPECT_FALSE(array.element(3));
  EXPECT_FALSE(array.element(-4));
  EXPECT_FALSE(array.element(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(array.step("1").step("k").text(), "v");
  EXPECT_EQ(array.step("-1").text(), "c");
  for (const auto* key : {"", "x", "1x", " 1", "+1", "99999999999999999999"}) EXPECT_FALSE(array.step(key)) << key;
  EXPECT_FALSE(array["1"]);
}

TEST(Field, ReadsEverySizeForm) {
  for (const std::size_t size : {0, 1, 28, 29, 30, 284, 285, 286, 65820, 65821, 70000}) {
    const std::string content(size, 'x');
    const Section data(mmdb::array({mmdb::text(content), mmdb::text("next")}));
    EXPECT_EQ(data.at().element(0).text(), content) << size;
    EXPECT_EQ(data.at().element(1).text(), "next") << size;
  }
}

TEST(Field, FollowsEveryPointerForm) {
  for (const std::uint32_t target : {1000U, 2047U, 2048U, 526335U, 526336U, 600000U}) {
    const std::string head = mmdb::map({{"p", mmdb::pointer(target)}, {"after", mmdb::text("a")}});
    const Section data(head + std::string(target - head.size(), '\0') + mmdb::map({{"k", mmdb::text("v")}}));
    EXPECT_EQ(data.at()["p"]["k"].text(), "v") << target;
    EXPECT_EQ(data.at()["after"].text(), "a") << target;
  }
  // The longest form, with what may not matter in it.
  const Section data(std::string("\x3f\0\0\0\x05", 5) + mmdb::text("v"));
  EXPECT_EQ(data.at().text(), "v");
}

TEST(Field, KeysMayBePointers) {
  const Section data(mmdb::text("key") + mmdb::control(7, 2) + mmdb::pointer(0) + mmdb::text("v") + mmdb::text("w") +
                     mmdb::pointer(0));
  const auto record = data.at(4);
  EXPECT_EQ(record["key"].text(), "v");
  EXPECT_EQ(record["w"].text(), "key");
  std::vector<std::string> seen;
  record.each_member([&](std::string_view key, const Field& value) {
    seen.emplace_back(key);
    seen.emplace_back(value.text());
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"key", "v", "w", "key"}));
}

TEST(Field, BadPointersLeadNowhere) {
  EXPECT_FALSE(Section(mmdb::pointer(100)).at());
  EXPECT_FALSE(Section(mmdb::pointer(0)).at());                        // to itself
  EXPECT_FALSE(Section(mmdb::pointer(2) + mmdb::pointer(0)).at());     // to a pointer
  EXPECT_FALSE(Section(std::string("\x3f\xff\xff\xff\xff", 5)).at());  // far away
  EXPECT_FALSE(Section("\x38\x01\x01").at());                          // cut off
}

TEST(Field, WhatIsCutOffIsAbsent) {
  const std::string whole = mmdb::map({{"a", mmdb::array({mmdb::text(std::string(300, 'x')), mmdb::u64(1)})},
                                       {"p", mmdb::pointer(3)},
                                       {"d", mmdb::f64(1)}});
  EXPECT_EQ(Section(whole).at()["d"].floating(), 1);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Section data(std::string_view(whole).substr(0, length));
    EXPECT_FALSE(data.at()["d"].floating()) << length;
    EXPECT_FALSE(Field::is_sound(data.bytes(), 0, max_values)) << length;
    data.at().each_member([](std::string_view, const Field& value) { (void)value.text(); });
  }
}

TEST(Field, UnknownTypesAreAbsent) {
  for (const int extended : {0, 5, 6, 9, 255}) {
    const Section data(std::string(1, '\0') + static_cast<char>(extended) + "........");
    EXPECT_FALSE(data.at()) << extended;
  }
}

TEST(Field, KeysMustBeText) {
  const Section data(mmdb::control(7, 2) + mmdb::u16(1) + mmdb::text("v") + mmdb::text("k") + mmdb::text("w"));
  EXPECT_FALSE(data.at()["k"]);
  data.at().each_member([](std::string_view, const Field&) { FAIL(); });
}

TEST(Field, DepthIsBounded) {
  const auto beside = [](std::size_t depth) {
    return mmdb::map({{"deep", mmdb::nested_arrays(depth)}, {"k", mmdb::text("v")}});
  };
  const Section shallow(beside(max_depth - 1));
  EXPECT_EQ(shallow.at()["k"].text(), "v");
  // The library's own reader dies here of an exhausted stack.
  const Section deep(beside(2'000'000));
  EXPECT_FALSE(deep.at()["k"]);
  EXPECT_FALSE(Field::is_sound(deep.bytes(), 0, std::numeric_limits<std::uint32_t>::max()));
}

TEST(Field, NumberOfValuesIsBounded) {
  // A map that claims sixteen million members, and has many.
  std::string members;
  for (std::uint32_t i = 0; i <= max_values; ++i) members += mmdb::text("k") + mmdb::flag(true);
  const Section data(mmdb::control(7, 16'000'000) + members + mmdb::text("last") + mmdb::flag(true));
  EXPECT_FALSE(data.at()["last"]);
  EXPECT_EQ(data.at()["k"].boolean(), true);
}

TEST(Field, ExpansionThroughPointersIsBounded) {
  // Each level points twice to the one before: 2^40 values in 200 bytes.
  std::string data = mmdb::text("");
  std::size_t previous = 0;
  for (int level = 0; level < 40; ++level) {
    const auto here = data.size();
    data += mmdb::array(
        {mmdb::pointer(static_cast<std::uint32_t>(previous)), mmdb::pointer(static_cast<std::uint32_t>(previous))});
    previous = here;
  }
  const Section section(data);
  EXPECT_FALSE(Field::is_sound(section.bytes(), previous, 1'000'000));
  // One that points to itself.
  const Section loop(mmdb::array({mmdb::pointer(0)}));
  EXPECT_FALSE(Field::is_sound(loop.bytes(), 0, 1'000'000));
  EXPECT_TRUE(loop.at().element(0).element(0).element(0));
}

}  // namespace
}  // namespace trackalert::geo
