// SPDX-License-Identifier: Apache-2.0
#include "history/trend.h"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "history/little_endian.h"

namespace trackalert::history {
namespace {

using namespace std::string_view_literals;

constexpr std::int32_t today = 20'700;
constexpr Time midnight = today * day;
constexpr Time always_since = std::numeric_limits<Time>::min();
constexpr Time always_until = std::numeric_limits<Time>::max();

TrendDay::Count count_at(Time from_midnight, bool success = false, std::uint32_t login = 1) {
  return {Facet::remote, midnight + from_midnight, success, true, true, {login, 0xdddddddd, std::nullopt}};
}

/// Start in minutes, length in minutes, reports.
using Row = std::tuple<Time, Time, std::uint32_t>;

std::vector<Row> rows(const TrendDay& record) {
  std::vector<Row> out;
  record.for_each(today, [&](const TrendDay::Bucket& bucket) {
    out.emplace_back((bucket.start - midnight) / minute, bucket.length / minute, bucket.successes + bucket.failures);
  });
  return out;
}

TrendSums sum(const TrendDay& record, Time since = always_since, Time until = always_until) {
  TrendSums sums;
  record.sum(today, since, until, sums);
  return sums;
}

TEST(IsGuess, AsksForAWrongPassword) {
  login::Report report;
  EXPECT_TRUE(is_guess(report));
  report.fail_type = "credentials";
  EXPECT_TRUE(is_guess(report));
  for (const auto* reason : {"internal", "disabled", "expired", "account", "policy"}) {
    report.fail_type = reason;
    EXPECT_FALSE(is_guess(report)) << reason;
  }
  report.fail_type.clear();
  report.policy_reject = true;
  EXPECT_FALSE(is_guess(report));
  report.policy_reject = false;
  report.success = true;
  EXPECT_FALSE(is_guess(report));
}

TEST(DayOf, RoundsDown) {
  EXPECT_EQ(day_of(0), 0);
  EXPECT_EQ(day_of(day - 1), 0);
  EXPECT_EQ(day_of(day), 1);
  EXPECT_EQ(day_of(-1), -1);
  EXPECT_EQ(day_of(-day), -1);
  EXPECT_EQ(day_of(-day - 1), -2);
}

TEST(TrendDay, OneReportOfAnAddressTakes15Bytes) {
  TrendDay record;
  EXPECT_TRUE(record.empty());
  EXPECT_FALSE(record.folded());
  auto count = count_at(minute, false, 0x04030201);
  count.hashes.guess = 0x08070605;
  record.add(count);
  EXPECT_EQ(record.bytes(), "\x01\x06\0\x54\x01\x01\x01\x02\x03\x04\x01\x05\x06\x07\x08"sv);
  EXPECT_EQ(record.bytes().size(), 15);
  const auto sums = sum(record);
  EXPECT_EQ(sums.successes, 0);
  EXPECT_EQ(sums.failures, 1);
  EXPECT_EQ(sums.logins.count(), 1);
  EXPECT_TRUE(sums.remotes.empty()) << "the facet's own";
  EXPECT_EQ(sums.guesses.count(), 1);
  EXPECT_FALSE(sums.cut);
}

TEST(TrendDay, LeavesOutWhatAReportLacksAndAFacetsOwnSet) {
  for (const auto facet : trend_facets) {
    TrendDay record;
    auto count = count_at(0);
    count.facet = facet;
    record.add(count);
    EXPECT_EQ(sum(record).logins.count(), facet == Facet::login ? 0 : 1);
    EXPECT_EQ(sum(record).remotes.count(), facet == Facet::remote ? 0 : 1);
    EXPECT_EQ(sum(record).guesses.count(), 0);
    count.has_login = count.has_remote = false;
    TrendDay bare;
    bare.add(count);
    EXPECT_TRUE(sum(bare).logins.empty());
    EXPECT_TRUE(sum(bare).remotes.empty());
  }
}

TEST(TrendDay, CountsInMinutesThatBecomeHours) {
  TrendDay record;
  record.add(count_at(10 * hour));
  record.add(count_at(10 * hour + 59 * second));
  record.add(count_at(10 * hour + minute));
  EXPECT_EQ(rows(record), (std::vector<Row>{{600, 1, 2}, {601, 1, 1}}));
  record.add(count_at(13 * hour - 1));
  EXPECT_EQ(rows(record), (std::vector<Row>{{600, 1, 2}, {601, 1, 1}, {779, 1, 1}})) << "within 3 hours";
  record.add(count_at(13 * hour));
  EXPECT_EQ(rows(record), (std::vector<Row>{{600, 60, 2}, {601, 1, 1}, {779, 1, 1}, {780, 1, 1}}));
  record.add(count_at(13 * hour + minute));
  EXPECT_EQ(rows(record), (std::vector<Row>{{600, 60, 3}, {779, 1, 1}, {780, 1, 1}, {781, 1, 1}}));
  record.add(count_at(23 * hour));
  EXPECT_EQ(rows(record), (std::vector<Row>{{600, 60, 3}, {720, 60, 1}, {780, 60, 2}, {1380, 1, 1}}));
  EXPECT_EQ(TrendDay::from_bytes(record.bytes()).value(), record);
}

TEST(TrendDay, LateReportsLandInTheirBucket) {
  TrendDay record;
  record.add(count_at(13 * hour));
  record.add(count_at(10 * hour));
  record.add(count_at(10 * hour + minute));
  record.add(count_at(12 * hour));
  record.add(count_at(9 * hour + 59 * minute));
  record.add(count_at(0));
  record.add(count_at(30 * minute));
  record.add(count_at(12 * hour));
  const std::vector<Row> expected{{0, 60, 2}, {540, 60, 1}, {600, 60, 1}, {601, 1, 1}, {720, 1, 2}, {780, 1, 1}};
  EXPECT_EQ(rows(record), expected);
  record.add(count_at(13 * hour));
  EXPECT_EQ(std::get<2>(rows(record).back()), 2) << "finds its newest bucket again";
}

TEST(TrendDay, FoldsToTheDayAndStaysFolded) {
  TrendDay record;
  record.fold();
  EXPECT_TRUE(record.empty());
  record.add(count_at(hour, true, 1));
  record.add(count_at(9 * hour, false, 2));
  record.fold();
  EXPECT_TRUE(record.folded());
  record.fold();
  record.add(count_at(20 * hour, false, 3));
  EXPECT_EQ(rows(record), (std::vector<Row>{{0, 1440, 3}}));
  EXPECT_EQ(sum(record).successes, 1);
  EXPECT_EQ(sum(record).failures, 2);
  EXPECT_EQ(sum(record).logins.count(), 3);
  TrendDay open;
  open.add(count_at(20 * hour));
  open.merge(record);
  EXPECT_EQ(rows(open), (std::vector<Row>{{0, 1440, 4}}));
}

TEST(TrendDay, SumsBucketsThatTouchTheTime) {
  TrendDay record;
  record.add(count_at(hour));                // becomes an hour
  record.add(count_at(10 * hour + minute));  // stays a minute
  EXPECT_EQ(sum(record, midnight + hour, midnight + 2 * hour).failures, 1);
  EXPECT_FALSE(sum(record, midnight + hour, midnight + 2 * hour).cut);
  EXPECT_EQ(sum(record, midnight + 2 * hour, midnight + 10 * hour + minute).failures, 0);
  EXPECT_TRUE(sum(record, midnight + hour + 1, midnight + 2 * hour).cut);
  EXPECT_TRUE(sum(record, midnight + hour, midnight + 2 * hour - 1).cut);
  EXPECT_EQ(sum(record, midnight + hour, midnight + hour + 1).failures, 1);
  EXPECT_EQ(sum(record, midnight + hour, midnight + hour).failures, 0);
  EXPECT_EQ(sum(record, midnight + 2 * hour, midnight).failures, 0);
  EXPECT_EQ(sum(record).failures, 2);
  TrendDay::Counts counts;
  for (const auto other_day : {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
    record.count(other_day, midnight, midnight + day, counts);
  }
  EXPECT_EQ(counts.failures, 0);
}

TEST(TrendDay, CountsTheDayBefore1970) {
  TrendDay record;
  auto count = count_at(0);
  count.time = -1;
  record.add(count);
  record.for_each(day_of(-1), [](const TrendDay::Bucket& bucket) { EXPECT_EQ(bucket.start, -minute); });
}

TEST(TrendDay, CountsGrowAndStopAtTheirMost) {
  TrendDay record;
  for (int i = 0; i < 70'000; ++i) record.add(count_at(0, i % 2 == 0));
  EXPECT_EQ(sum(record).successes, 35'000);
  EXPECT_EQ(TrendDay::from_bytes(record.bytes()).value(), record);
  for (int i = 0; i < 70'000; ++i) record.add(count_at(0, true));
  EXPECT_EQ(sum(record).successes, 105'000);
  auto bytes = record.bytes();
  store_little(bytes.data() + 4, 0xfffffffeU);
  record = TrendDay::from_bytes(bytes).value();
  for (int i = 0; i < 3; ++i) record.add(count_at(0, true));
  EXPECT_EQ(sum(record).successes, 0xffffffff);
  EXPECT_EQ(sum(record).failures, 35'000);
  const auto same = record;
  record.merge(same);
  EXPECT_EQ(sum(record).successes, 0xffffffff);
  EXPECT_EQ(sum(record).failures, 70'000);
}

TEST(TrendDay, ReadsItsBytesAndNoOthers) {
  EXPECT_TRUE(TrendDay::from_bytes("").value().empty());
  TrendDay record;
  record.add(count_at(hour, true, 7));
  record.add(count_at(9 * hour, true, 7));
  record.add(count_at(10 * hour, false, 8));
  const auto& bytes = record.bytes();
  EXPECT_EQ(TrendDay::from_bytes(bytes).value(), record);
  const auto bucket = bytes.size() / 3;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(TrendDay::from_bytes(bytes.substr(0, size)).has_value(), size == 1 + 2 * bucket) << size;
  }
  EXPECT_FALSE(TrendDay::from_bytes(bytes + '\0'));
  const auto sound = [](std::string_view some) { return TrendDay::from_bytes(std::string(some)).has_value(); };
  EXPECT_TRUE(sound("\x01\x02\0\x01\x01"sv));
  EXPECT_FALSE(sound("\x02\x02\0\x01\x01"sv)) << "version";
  EXPECT_FALSE(sound("\x01\x03\0\x01\x01"sv)) << "kind";
  EXPECT_FALSE(sound("\x01\x02\0\x81\x01"sv)) << "flags";
  EXPECT_FALSE(sound("\x01\x02\0\0"sv)) << "counts nothing";
  EXPECT_FALSE(sound("\x01\x02\0\x02\x01\0"sv)) << "a count in more bytes than it needs";
  EXPECT_FALSE(sound("\x01\x02\0\x01\0"sv));
  EXPECT_FALSE(sound("\x01\x82\x16\x01\x01"sv)) << "minute 1440";
  EXPECT_FALSE(sound("\x01\x01\0\x01\x01"sv)) << "an hour alone";
  EXPECT_FALSE(sound("\x01\x04\0\x01\x01"sv)) << "a day that begins late";
  EXPECT_TRUE(sound("\x01\0\0\x01\x01"sv));
  EXPECT_FALSE(sound("\x01\0\0\x01\x01\x06\0\x01\x01"sv)) << "a minute behind the day";
  EXPECT_FALSE(sound("\x01\x02\0\x01\x01\x02\0\x01\x01"sv)) << "twice the same minute";
  EXPECT_FALSE(sound("\x01\x01\0\x01\x01\x06\0\x01\x01"sv)) << "an hour within the 3 hours";
  EXPECT_TRUE(sound("\x01\x01\0\x01\x01\xd2\x02\x01\x01"sv)) << "minute 180";
  EXPECT_FALSE(sound("\x01\x02\0\x01\x01\xd2\x02\x01\x01"sv)) << "a minute out of the 3 hours";
  EXPECT_FALSE(sound("\x01\x05\0\x01\x01\xd2\x02\x01\x01"sv)) << "an hour that begins at 0:01";
}

TEST(TrendSums, Merge) {
  TrendSums left{1, 2, {}, {}, {}, false};
  left.logins.insert(1);
  TrendSums right{std::numeric_limits<std::uint64_t>::max(), 4, {}, {}, {}, true};
  right.logins.insert(2);
  right.remotes.insert(3);
  right.guesses.insert(4);
  left.merge(right);
  EXPECT_EQ(left.successes, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(left.failures, 6);
  EXPECT_EQ(left.logins.count(), 2);
  EXPECT_EQ(left.remotes.count(), 1);
  EXPECT_EQ(left.guesses.count(), 1);
  EXPECT_TRUE(left.cut);
}

}  // namespace
}  // namespace trackalert::history
