// SPDX-License-Identifier: Apache-2.0
#include "detect/tables.h"

#include <gtest/gtest.h>

#include "detect/asn_kinds.h"
#include "detect/message.h"
#include "detect/sighting.h"

namespace trackalert::detect {
namespace {

constexpr Seconds now = 1'795'000'000;

TEST(RecordTable, GrowsFromFewToManyAndKeepsItsRecords) {
  RecordTable<GuessedLogin, Guess, 4, 40> table(1 << 20, 0.5);
  auto held = table.find_or_add(7, now);
  for (std::uint32_t i = 1; i <= 41; ++i) table.add_record(7, now, held) = {.time = now + i, .source = i};
  held = table.find(7);
  ASSERT_EQ(held.records.size(), 40);
  EXPECT_EQ(std::ranges::count(held.records, 1U, &Guess::source), 0) << "the earliest made room";
  for (std::uint32_t i = 2; i <= 41; ++i) EXPECT_EQ(std::ranges::count(held.records, i, &Guess::source), 1) << i;
  EXPECT_EQ(table.size(), 1);
  EXPECT_EQ(table.evictions(), 0);
}

TEST(LoginTable, AFloodOfInventedLoginsEvictsItself) {
  const Hasher hasher(1);
  LoginTable table(256 << 10, 0.5);
  std::vector<std::uint64_t> real;
  for (int i = 0; i < 100; ++i) {
    real.push_back(hasher("real" + std::to_string(i)));
    auto held = table.find_or_add(real.back(), now);
    held.header->last = now;
    held.header->guesses = 1;
  }
  for (int i = 0; i < 100'000; ++i) {
    const auto key = hasher("invented" + std::to_string(i));
    auto held = table.find_or_add(key, now + 60);
    held.header->last = now + 60;
    held.header->invented = true;
  }
  EXPECT_GT(table.evictions(), 90'000);
  for (const auto key : real) EXPECT_TRUE(table.find(key));
}

TEST(SourceTable, ASourceUnderAlertStaysWhileOthersComeAndGo) {
  const Hasher hasher(1);
  SourceTable table(256 << 10, 0.5);
  const auto key = hasher("attacker");
  auto held = table.find_or_add(key, now);
  held.header->last = now;
  held.header->marked_until = now + marked_for;
  for (int i = 0; i < 100'000; ++i) {
    auto other = table.find_or_add(hasher(std::to_string(i)), now + 60);
    other.header->last = now + 60;
    other.header->strangers = 5;
  }
  EXPECT_TRUE(table.find(key));
  EXPECT_GT(table.evictions(), 0);
}

TEST(DayBits, CountDaysWithinASpan) {
  DayBits days;
  for (const Seconds ago : {0, 1, 1, 5, 29, 40}) days.set(now - ago * seconds_per_day);
  EXPECT_EQ(days.count(now, 30), 4);
  EXPECT_EQ(days.count(now, 2), 2);
  EXPECT_EQ(days.count(now + 3 * seconds_per_day, 5), 2) << "time goes on";
  EXPECT_EQ(days.count(now + 40 * seconds_per_day, 30), 0);
}

TEST(Stranger, CountsGuessesByDay) {
  Stranger stranger;
  stranger.count_guess(now - 3 * seconds_per_day);
  stranger.count_guess(now);
  stranger.count_guess(now);
  stranger.count_guess(now - seconds_per_day);  // late
  unsigned days = 0;
  EXPECT_EQ(stranger.guesses_in(now, 0, 7, &days), 4);
  EXPECT_EQ(days, 3);
  EXPECT_EQ(stranger.guesses_in(now, 1, 7), 2);
  EXPECT_EQ(stranger.guesses_in(now + 2 * seconds_per_day, 0, 3), 2);
  EXPECT_EQ(stranger.guesses_in(now + 100 * seconds_per_day, 0, 30), 0);
}

TEST(GuessLevels, ForgetWhatIsTooOld) {
  GuessLevels levels;
  levels.count(now);
  levels.count(now);
  levels.count(now - GuessLevels::slot_seconds * GuessLevels::slots);  // of a slot that is used again
  EXPECT_EQ(levels.of_slot(now / GuessLevels::slot_seconds), 2);
  levels.take_back(now);
  EXPECT_EQ(levels.of_slot(now / GuessLevels::slot_seconds), 1);
  EXPECT_EQ(levels.of_slot(now / GuessLevels::slot_seconds - 1), 0);
}

TEST(AsnKinds, AreReadAndMistakesNameTheLine) {
  const auto kinds = AsnKinds::parse("# comment\nhosting AS1 # one\nanonymiser 2\r\n\nmobile 2\n");
  ASSERT_TRUE(kinds) << kinds.error().message;
  EXPECT_EQ(kinds->of(1), AsnKinds::hosting);
  EXPECT_EQ(kinds->of(2), AsnKinds::anonymiser | AsnKinds::mobile);
  EXPECT_EQ(kinds->of(3), 0);
  for (const auto* bad : {"\nfree 1", "\nhosting", "\nhosting x", "\nhosting 0", "\nhosting 1 2"}) {
    const auto read = AsnKinds::parse(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_TRUE(read.error().message.starts_with("line 2: ")) << read.error().message;
  }
}

TEST(Message, FillsInNames) {
  const std::vector<std::pair<std::string_view, std::string>> names{{"a", "{b}"}, {"b", "x"}};
  EXPECT_EQ(fill_in("{a} and {b}, {c}", names), "{b} and x, {c}");
  EXPECT_EQ(fill_in("{a", names), "{a");
  EXPECT_EQ(shown_duration(60), "60 seconds");
  EXPECT_EQ(shown_duration(7200), "2 hours");
  EXPECT_EQ(shown_number(1.25), "1.2");
}

TEST(Private, AddressesHaveNoPlace) {
  for (const auto* text : {"10.0.0.1", "172.31.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1", "169.254.1.1", "::1",
                           "fe80::1", "fd00::1"}) {
    EXPECT_TRUE(is_private(*base::parse_address(text))) << text;
  }
  for (const auto* text : {"192.0.2.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"}) {
    EXPECT_FALSE(is_private(*base::parse_address(text))) << text;
  }
}

}  // namespace
}  // namespace trackalert::detect
