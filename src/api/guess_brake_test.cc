// SPDX-License-Identifier: Apache-2.0
#include "api/guess_brake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/prefix.h"

namespace trackalert::api {
namespace {

class Guesses : public testing::Test {
 protected:
  static base::Address address(std::string_view text) { return *base::parse_address(text); }
  /// How many of so many guesses from there were looked at.
  unsigned looked_at(std::string_view from, unsigned guesses = 100) {
    unsigned seen = 0;
    for (unsigned i = 0; i < guesses; ++i) {
      if (brake_.holds(address(from))) continue;
      ++seen;
      brake_.note_wrong(address(from));
    }
    return seen;
  }

  base::FakeClock clock_;
  std::vector<std::string> lines_;
  base::Log log_{{.syslog = false, .sink = [this](base::Level, std::string_view line) { lines_.emplace_back(line); }}};
  metrics::Registry registry_;
  GuessBrake brake_{log_, clock_, registry_};
};

TEST_F(Guesses, AreSeldomOnceTheSpareOnesAreUsedUp) {
  EXPECT_FALSE(brake_.holds(address("192.0.2.1")));
  EXPECT_EQ(looked_at("192.0.2.1"), GuessBrake::to_spare);
  EXPECT_TRUE(brake_.holds(address("192.0.2.1")));
  clock_.advance(GuessBrake::one_more_every);
  EXPECT_EQ(looked_at("192.0.2.1"), 1);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(looked_at("192.0.2.1"), GuessBrake::to_spare);
}

TEST_F(Guesses, AreTheirSourcesOwn) {
  EXPECT_EQ(looked_at("192.0.2.1"), GuessBrake::to_spare);
  EXPECT_FALSE(brake_.holds(address("192.0.2.2")));
  EXPECT_EQ(looked_at("2001:db8::1"), GuessBrake::to_spare);
  EXPECT_TRUE(brake_.holds(address("2001:db8::ffff:1"))) << "the same /64";
  EXPECT_FALSE(brake_.holds(address("2001:db8:0:1::1")));
}

TEST_F(Guesses, AreToldOfOnce) {
  EXPECT_EQ(looked_at("192.0.2.1", 1000), GuessBrake::to_spare);
  EXPECT_THAT(lines_, testing::ElementsAre(testing::HasSubstr("too many wrong passwords from 192.0.2.1")));
}

TEST_F(Guesses, OfManySourcesMakeRoomForEachOther) {
  EXPECT_EQ(looked_at("192.0.2.1"), GuessBrake::to_spare);
  std::array<std::uint8_t, 16> bytes{0x20, 0x01};
  for (std::uint32_t i = 0; i < 20 * GuessBrake::most_sources; ++i) {
    std::memcpy(&bytes[2], &i, sizeof i);
    brake_.note_wrong(base::Address::v6(bytes));
  }
  EXPECT_TRUE(brake_.holds(address("192.0.2.1"))) << "one guess each does not push out many of one";
}

}  // namespace
}  // namespace trackalert::api
