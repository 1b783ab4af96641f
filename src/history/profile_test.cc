// SPDX-License-Identifier: Apache-2.0
#include "history/profile.h"

#include <gtest/gtest.h>

#include "history/little_endian.h"

namespace trackalert::history {
namespace {

constexpr Time start = Time{1'795'000'000} * second;
constexpr std::uint8_t all_bits = 0x3f;

Event event_at(Time time, bool success) {
  Event event;
  event.time = time;
  event.report.login = "ann";
  event.report.success = success;
  event.report.remote = *base::parse_address("192.0.2.77");
  event.report.protocol = "imap";
  event.report.device_attrs = {{"browser.family", "Firefox"}, {"os.family", "Windows"}};
  event.place.country_code = "DE";
  event.place.asn = 64500;
  return event;
}

std::string value(Facet facet, std::string_view text) {
  return value_from_text(facet, text).value();
}

Novelty add(Profile& profile, const Event& event) {
  std::uint64_t evicted = 0;
  const auto novelty = profile.add(event, evicted);
  EXPECT_EQ(evicted, 0);
  return novelty;
}

TEST(Profile, SaysWhatIsNew) {
  Profile profile;
  EXPECT_TRUE(profile.empty());
  EXPECT_EQ(profile.total(), Usage{});
  EXPECT_EQ(profile.find(Facet::country, "DE"), std::nullopt);
  EXPECT_EQ(add(profile, event_at(start, false)), (Novelty{all_bits, all_bits, true}));
  EXPECT_EQ(add(profile, event_at(start, true)), (Novelty{0, all_bits, false}));
  EXPECT_EQ(add(profile, event_at(start, true)), (Novelty{0, 0, false}));

  auto elsewhere = event_at(start, true);
  elsewhere.place.country_code = "FR";
  elsewhere.report.protocol = "pop3";
  EXPECT_EQ(add(profile, elsewhere), (Novelty{0b010001, 0b010001, false}));
}

TEST(Profile, SaysWhatItKnewBefore) {
  Profile profile;
  std::uint64_t evicted = 0;
  Familiarity before;
  const auto add_at = [&](Time time, bool success) { profile.add(event_at(time, success), evicted, &before); };
  add_at(start, false);
  EXPECT_EQ(before, Familiarity{.present = all_bits}) << "nothing yet";
  add_at(start + hour, true);
  EXPECT_EQ(before.first, start / second);
  EXPECT_EQ(before.successes, 0);
  EXPECT_EQ(before.values[0], Familiarity::Value{}) << "seen, but never with success";
  add_at(start + day, true);
  const auto seconds = static_cast<std::uint32_t>((start + hour) / second);
  EXPECT_EQ(before, (Familiarity{.values = {{{seconds, 1}, {seconds, 1}, {seconds, 1}, {seconds, 1}, {seconds, 1}, {}}},
                                 .present = all_bits,
                                 .first = static_cast<std::uint32_t>(start / second),
                                 .last_success = seconds,
                                 .successes = 1,
                                 .success_days = 1}))
      << "the hour of the week is another";
}

TEST(Profile, PassesOverWhatTheReportLacks) {
  Profile profile;
  Event event;
  event.time = start;
  EXPECT_EQ(add(profile, event), (Novelty{0b100000, 0b100000, true})) << "the hour alone";
  int values = 0;
  profile.for_each([&](Facet facet, std::string_view, const Usage&) {
    ++values;
    EXPECT_EQ(facet, Facet::hour_of_week);
  });
  EXPECT_EQ(values, 1);
}

TEST(Profile, CountsUsage) {
  Profile profile;
  add(profile, event_at(start + 500'000, true));
  add(profile, event_at(start + hour, false));
  add(profile, event_at(start + 2 * day, true));
  add(profile, event_at(start - day, false));
  const Usage usage{start - day, start + 2 * day, start + 2 * day, 2, 2, 2};
  EXPECT_EQ(profile.total(), usage);
  EXPECT_EQ(profile.find(Facet::country, "DE"), usage);
  EXPECT_EQ(profile.find(Facet::asn, value(Facet::asn, "64500")), usage);
  EXPECT_EQ(profile.find(Facet::net, value(Facet::net, "192.0.2.0/24")), usage);
  EXPECT_EQ(profile.find(Facet::device, "Windows / Firefox / -"), usage);
  EXPECT_EQ(profile.find(Facet::protocol, "imap"), usage);
  EXPECT_EQ(
      profile.find(Facet::hour_of_week, value(Facet::hour_of_week, std::to_string(hour_of_week(start))))->failures, 0);
  EXPECT_EQ(profile.find(Facet::country, "FR"), std::nullopt);
  EXPECT_EQ(profile.find(Facet::asn, ""), std::nullopt);
  EXPECT_EQ(profile.find(Facet::login, "ann"), std::nullopt) << "no facet of a profile";
}

TEST(Profile, CountsDaysWithASuccess) {
  Profile profile;
  const Time midnight = start - start % day;
  for (const Time time : {midnight, midnight + hour, midnight + day - 1, midnight + day, midnight + day + hour}) {
    add(profile, event_at(time, true));
  }
  add(profile, event_at(midnight + 2 * day, false));
  EXPECT_EQ(profile.total().success_days, 2);
  add(profile, event_at(midnight, true));
  EXPECT_EQ(profile.total().success_days, 2) << "a late report does not count its day twice";
  add(profile, event_at(midnight - 3 * day, true));
  add(profile, event_at(midnight - 3 * day + hour, true));
  EXPECT_EQ(profile.total().success_days, 3) << "before the first there was none";
  add(profile, event_at(midnight - 2 * day, true));
  EXPECT_EQ(profile.total().success_days, 3) << "between them, nobody knows";
  EXPECT_EQ(profile.total().last_success, midnight + day + hour);
}

TEST(Profile, KeepsTimesItCannotHoldAtTheirEnds) {
  Profile profile;
  add(profile, event_at(std::numeric_limits<Time>::min(), true));
  EXPECT_EQ(profile.total(), (Usage{second, second, second, 1, 0, 1}));
  add(profile, event_at(std::numeric_limits<Time>::max(), false));
  EXPECT_EQ(profile.total().last, Time{0xffffffff} * second);
  EXPECT_EQ(profile.total().first, second);
}

TEST(Profile, CountsStopAtTheirMost) {
  Profile profile;
  add(profile, event_at(start, true));
  add(profile, event_at(start, false));
  auto bytes = profile.bytes();
  store_little(bytes.data() + 1 + 12, 0xffffffffU);
  store_little(bytes.data() + 1 + 16, 0xffffffffU);
  store_little(bytes.data() + 1 + 20, std::uint16_t{0xffff});
  profile = Profile::from_bytes(bytes).value();
  add(profile, event_at(start + day, true));
  add(profile, event_at(start + day, false));
  EXPECT_EQ(profile.total(), (Usage{start, start + day, start + day, 0xffffffff, 0xffffffff, 0xffff}));
  profile.merge(profile);
  EXPECT_EQ(profile.total(), (Usage{start, start + day, start + day, 0xffffffff, 0xffffffff, 0xffff}));
}

Event from_net(int net, Time time, bool success) {
  auto event = event_at(time, success);
  event.report.remote =
      base::Address::v4({10, static_cast<std::uint8_t>(net / 256), static_cast<std::uint8_t>(net), 1});
  return event;
}

std::optional<Usage> net_usage(const Profile& profile, int net) {
  std::string bytes;
  append_value(Facet::net, from_net(net, 0, true), bytes);
  return profile.find(Facet::net, bytes);
}

TEST(Profile, MakesRoomByWhatWasSeenLastTheLongestAgo) {
  Profile profile;
  std::uint64_t evicted = 0;
  for (int net = 0; net < 64; ++net) profile.add(from_net(net, start + (net + 7) % 64 * second, true), evicted);
  EXPECT_EQ(evicted, 0);
  profile.add(from_net(64, start + hour, true), evicted);
  EXPECT_EQ(evicted, 1);
  EXPECT_EQ(net_usage(profile, 57), std::nullopt);
  EXPECT_TRUE(net_usage(profile, 58));
  EXPECT_TRUE(net_usage(profile, 64));
  EXPECT_EQ(profile.total().successes, 65);
}

TEST(Profile, AFloodOfGuessesPushesOutNothingUsual) {
  Profile profile;
  std::uint64_t evicted = 0;
  for (int net = 0; net < 60; ++net) profile.add(from_net(net, start, true), evicted);
  for (int net = 1000; net < 2000; ++net) profile.add(from_net(net, start + net * second, false), evicted);
  EXPECT_EQ(evicted, 996);
  for (int net = 0; net < 60; ++net) EXPECT_TRUE(net_usage(profile, net)) << net;
  for (int net = 1996; net < 2000; ++net) EXPECT_TRUE(net_usage(profile, net)) << net;

  for (int net = 60; net < 64; ++net) profile.add(from_net(net, start, true), evicted);
  EXPECT_EQ(evicted, 1000);
  const auto novelty = profile.add(from_net(1999, start + day, false), evicted);
  EXPECT_EQ(novelty.new_values, 0b100100) << "the net is new as long as no room is left for it";
  EXPECT_EQ(evicted, 1001);
  EXPECT_EQ(net_usage(profile, 1999), std::nullopt);
  for (int net = 0; net < 64; ++net) EXPECT_TRUE(net_usage(profile, net)) << net;
  ASSERT_TRUE(Profile::from_bytes(profile.bytes()));
}

TEST(Profile, KeepsEveryHourOfTheWeek) {
  Profile profile;
  for (int i = 0; i < 400; ++i) add(profile, event_at(start + i * hour, true));
  int hours = 0;
  profile.for_each([&](Facet facet, std::string_view, const Usage&) { hours += facet == Facet::hour_of_week ? 1 : 0; });
  EXPECT_EQ(hours, 168);
}

TEST(Profile, Expires) {
  Profile profile;
  add(profile, event_at(start, true));
  auto later = event_at(start + 10 * day, true);
  later.place.country_code = "FR";
  add(profile, later);
  auto same = profile;
  same.expire(start);
  EXPECT_EQ(same, profile) << "seen at that time is not before it";
  profile.expire(start + second);
  EXPECT_EQ(profile.find(Facet::country, "DE"), std::nullopt);
  EXPECT_TRUE(profile.find(Facet::country, "FR"));
  EXPECT_TRUE(profile.find(Facet::protocol, "imap"));
  EXPECT_EQ(profile.total().successes, 2);
  EXPECT_TRUE(Profile::from_bytes(profile.bytes()));
  profile.expire(start + 11 * day);
  EXPECT_TRUE(profile.empty());
  profile.expire(start);
  EXPECT_EQ(add(profile, later), (Novelty{all_bits, all_bits, true}));
}

TEST(Profile, MergesWhatTwoKnow) {
  Profile left;
  add(left, event_at(start, true));
  add(left, event_at(start + day, true));
  Profile right;
  add(right, event_at(start + day, true));
  add(right, event_at(start - day, false));
  auto elsewhere = event_at(start, false);
  elsewhere.place.country_code = "FR";
  add(right, elsewhere);
  auto both = left;
  both.merge(right);
  right.merge(left);
  EXPECT_EQ(both, right);
  EXPECT_EQ(both.total(), (Usage{start - day, start + day, start + day, 3, 2, 2})) << "the last day is the same";
  EXPECT_EQ(both.find(Facet::country, "DE"), (Usage{start - day, start + day, start + day, 3, 1, 2}));
  EXPECT_EQ(both.find(Facet::country, "FR"), (Usage{start, start, 0, 0, 1, 0}));
  Profile nothing;
  nothing.merge(both);
  EXPECT_EQ(nothing, both);
  both.merge({});
  EXPECT_EQ(nothing, both);
}

TEST(Profile, MergesToTheBestOfFullFacets) {
  Profile left;
  Profile right;
  std::uint64_t evicted = 0;
  for (int net = 0; net < 64; ++net) left.add(from_net(net, start + net * second, net % 2 == 0), evicted);
  for (int net = 32; net < 96; ++net) right.add(from_net(net, start + net * second, net % 2 == 0), evicted);
  auto both = left;
  both.merge(right);
  right.merge(left);
  EXPECT_EQ(both, right);
  EXPECT_TRUE(Profile::from_bytes(both.bytes()));
  for (int net = 0; net < 96; net += 2) EXPECT_EQ(net_usage(both, net)->successes, net >= 32 && net < 64 ? 2 : 1);
  EXPECT_TRUE(net_usage(both, 65));
  EXPECT_EQ(net_usage(both, 63), std::nullopt);
}

TEST(Profile, ReadsItsBytesAndNoOthers) {
  Profile profile;
  EXPECT_TRUE(Profile::from_bytes("").value().empty());
  add(profile, event_at(start, true));
  add(profile, event_at(start + hour, false));
  const auto& bytes = profile.bytes();
  EXPECT_EQ(Profile::from_bytes(bytes).value(), profile);
  EXPECT_LT(bytes.size(), 260);
  for (std::size_t size = 1; size < bytes.size(); ++size) EXPECT_FALSE(Profile::from_bytes(bytes.substr(0, size)));
  EXPECT_FALSE(Profile::from_bytes(bytes + '\0'));
  const auto with = [&](std::size_t at, char byte) {
    auto changed = bytes;
    changed[at] = byte;
    return Profile::from_bytes(changed).has_value();
  };
  EXPECT_FALSE(with(0, 2)) << "version";
  EXPECT_FALSE(with(4, '\xff')) << "last before first";
  EXPECT_FALSE(with(13, 0)) << "days without a success";
  EXPECT_FALSE(with(23, 2)) << "values that are not there";
  EXPECT_FALSE(with(23, 0));
  EXPECT_FALSE(with(24, 1)) << "bytes of a section";
  EXPECT_FALSE(with(41, 0)) << "an empty country";
  EXPECT_FALSE(with(41, '\xff')) << "a country longer than its section";
  EXPECT_FALSE(with(bytes.size() - 23, '\xa8')) << "hour 168";
}

}  // namespace
}  // namespace trackalert::history
