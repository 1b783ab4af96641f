// SPDX-License-Identifier: Apache-2.0
// The record: a byte with its version, then buckets (trend_bucket.h), by time. Either one bucket of the day; or buckets
// of an hour, then buckets of a minute, of which there is at least one: the newest minute is always among them, and
// says where the 3 hours begin. Every hour begins before that, so an hour and a minute never begin together.
#include "history/trend.h"

#include <algorithm>
#include <cstring>

#include "history/little_endian.h"

namespace trackalert::history {

using trend_bucket::day_key;
using trend_bucket::first_minute_of;
using trend_bucket::Key;
using trend_bucket::key_at;
using trend_bucket::key_of;
using trend_bucket::Kind;
using trend_bucket::kind_of;

namespace {

constexpr char version = 1;
constexpr std::size_t first_bucket = 1;
constexpr unsigned minutes_per_hour = 60;
constexpr unsigned minutes_per_day = 24 * minutes_per_hour;

unsigned minute_of_day(Time time) {
  const Time since_midnight = time % day;
  return static_cast<unsigned>((since_midnight < 0 ? since_midnight + day : since_midnight) / minute);
}

Key hour_key(unsigned minute_of_day) {
  return key_of(Kind::hour, minute_of_day - minute_of_day % minutes_per_hour);
}

/// The first minute that is kept as such.
unsigned window_start(unsigned newest_minute) {
  return newest_minute < window_minutes ? 0 : newest_minute - window_minutes + 1;
}

/// Where a bucket lands in a record whose minutes are kept from `first_minute` on.
Key key_within(Key key, unsigned first_minute) {
  const bool falls_out = kind_of(key) == Kind::minute && first_minute_of(key) < first_minute;
  return falls_out ? hour_key(first_minute_of(key)) : key;
}

unsigned minutes_of(Key key) {
  switch (kind_of(key)) {
    case Kind::minute:
      return 1;
    case Kind::hour:
      return minutes_per_hour;
    default:
      return minutes_per_day;
  }
}

/// Midnight. Days at the ends of time, which no report has, are moved to where their times are numbers.
Time start_of(std::int32_t day_number) {
  constexpr std::int32_t most = 106'751'990;
  return std::clamp(day_number, -most, most) * day;
}

trend_bucket::Addition addition_of(const TrendDay::Count& count) {
  trend_bucket::Addition addition{count.success, {}};
  if (count.has_login && count.facet != Facet::login) addition.hashes[0] = count.hashes.login;
  if (count.has_remote && count.facet != Facet::remote) addition.hashes[1] = count.hashes.remote;
  addition.hashes[2] = count.hashes.guess;
  return addition;
}

/// Each bucket of a record, by time.
template <class Visit>
void each_bucket(std::string_view record, Visit&& visit) {
  for (std::size_t at = first_bucket; at < record.size();) {
    const auto bucket = trend_bucket::view(record, at);
    visit(bucket);
    at += bucket.bytes.size();
  }
}

/// Each bucket that touches the time, and whether it lies partly outside.
template <class Visit>
void each_touching(std::string_view record, std::int32_t day_number, Time since, Time until, Visit&& visit) {
  if (since >= until) return;
  const Time midnight = start_of(day_number);
  each_bucket(record, [&](const trend_bucket::View& bucket) {
    const Time start = midnight + first_minute_of(bucket.key) * minute;
    const Time end = start + minutes_of(bucket.key) * minute;
    if (start < until && end > since) visit(bucket, start < since || end > until);
  });
}

/// Builds a record from buckets that come by time; those of one key become one.
class Builder {
 public:
  explicit Builder(std::size_t bytes) {
    record_.reserve(bytes);
    record_ += version;
  }

  void add(Key key, const trend_bucket::View& bucket) {
    if (last_ != 0 && key_at(record_, last_) == key) {
      trend_bucket::merge(record_, last_, bucket);
      return;
    }
    last_ = record_.size();
    record_ += bucket.bytes;
    trend_bucket::set_key(record_, last_, key);
  }
  [[nodiscard]] std::size_t last() const { return last_; }
  [[nodiscard]] std::string take() && { return std::move(record_); }

 private:
  std::string record_;
  std::size_t last_ = 0;
};

/// Whether a key may come behind another in a record (the first: behind nothing).
bool may_follow(std::optional<Key> previous, Key key) {
  if (previous && (key <= *previous || *previous == day_key)) return false;
  const auto start = first_minute_of(key);
  switch (kind_of(key)) {
    case Kind::day:
      return start == 0;
    case Kind::hour:
      return start < minutes_per_day && start % minutes_per_hour == 0 &&
             !(previous && kind_of(*previous) == Kind::minute);
    case Kind::minute:
      return start < minutes_per_day;
  }
  return false;
}

std::unexpected<base::Error> damaged(std::size_t at) {
  return base::fail("trend: damaged at byte {}", at);
}

}  // namespace

bool is_guess(const login::Report& report) {
  constexpr std::array<std::string_view, 5> other_reasons{"internal", "disabled", "expired", "account", "policy"};
  return !report.success && !report.policy_reject &&
         std::ranges::find(other_reasons, report.fail_type) == other_reasons.end();
}

std::int32_t day_of(Time time) {
  return static_cast<std::int32_t>(time / day - (time % day < 0 ? 1 : 0));
}

void TrendSums::merge(const TrendSums& other) {
  successes = saturating_add(successes, other.successes);
  failures = saturating_add(failures, other.failures);
  logins.merge(other.logins);
  remotes.merge(other.remotes);
  guesses.merge(other.guesses);
  cut = cut || other.cut;
}

base::Result<TrendDay> TrendDay::from_bytes(std::string bytes) {
  TrendDay record;
  if (bytes.empty()) return record;
  if (bytes[0] != version || bytes.size() == first_bucket) return damaged(0);
  std::optional<Key> previous;
  std::optional<unsigned> last_hour;
  std::optional<unsigned> oldest_minute;
  for (std::size_t at = first_bucket; at < bytes.size();) {
    const auto bucket = trend_bucket::check(bytes, at);
    if (!bucket || !may_follow(previous, bucket->key)) return damaged(at);
    previous = bucket->key;
    const auto start = first_minute_of(bucket->key);
    if (kind_of(bucket->key) == Kind::hour) last_hour = start;
    if (kind_of(bucket->key) == Kind::minute && !oldest_minute) oldest_minute = start;
    record.newest_offset_ = static_cast<std::uint32_t>(at);
    at += bucket->bytes.size();
  }
  const auto newest = key_at(bytes, record.newest_offset_);
  const auto kept_from = window_start(first_minute_of(newest));
  const bool in_order = kind_of(newest) == Kind::day ||
                        (oldest_minute && *oldest_minute >= kept_from && (!last_hour || *last_hour < kept_from));
  if (!in_order) return damaged(record.newest_offset_);
  record.bytes_ = std::move(bytes);
  return record;
}

void TrendDay::add(const Count& count) {
  const auto addition = addition_of(count);
  const auto now = minute_of_day(count.time);
  if (bytes_.empty()) {
    bytes_ += version;
    newest_offset_ = first_bucket;
    return trend_bucket::insert(bytes_, first_bucket, key_of(Kind::minute, now), addition);
  }
  const auto newest_key = key_at(bytes_, newest_offset_);
  if (newest_key == day_key || newest_key == key_of(Kind::minute, now)) {
    return trend_bucket::add(bytes_, newest_offset_, addition);
  }
  const auto newest = first_minute_of(newest_key);
  if (now < newest) return add_late(now, newest, addition);
  fold_minutes_before(window_start(now));
  newest_offset_ = static_cast<std::uint32_t>(bytes_.size());
  trend_bucket::insert(bytes_, newest_offset_, key_of(Kind::minute, now), addition);
}

void TrendDay::add_late(unsigned minute_of_day, unsigned newest, const trend_bucket::Addition& addition) {
  const auto key = key_within(key_of(Kind::minute, minute_of_day), window_start(newest));
  std::size_t at = first_bucket;
  while (key_at(bytes_, at) < key) at = trend_bucket::end_of(bytes_, at);
  const auto size_before = bytes_.size();
  if (key_at(bytes_, at) == key) {
    trend_bucket::add(bytes_, at, addition);
  } else {
    trend_bucket::insert(bytes_, at, key, addition);
  }
  newest_offset_ += static_cast<std::uint32_t>(bytes_.size() - size_before);
}

/// Leaves newest_offset_ to the caller.
void TrendDay::fold_minutes_before(unsigned first_minute) {
  std::optional<std::size_t> hour_at;  // of the hour before
  for (std::size_t at = first_bucket; at < bytes_.size();) {
    const auto own_key = key_at(bytes_, at);
    const auto key = key_within(own_key, first_minute);
    if (kind_of(key) == Kind::minute) return;
    const auto end = trend_bucket::end_of(bytes_, at);
    if (key != own_key && hour_at && key_at(bytes_, *hour_at) == key) {
      std::array<char, trend_bucket::max_bytes> copy;
      std::memcpy(copy.data(), bytes_.data() + at, end - at);
      bytes_.erase(at, end - at);
      trend_bucket::merge(bytes_, *hour_at, trend_bucket::view({copy.data(), end - at}, 0));
      at = trend_bucket::end_of(bytes_, *hour_at);
      continue;
    }
    trend_bucket::set_key(bytes_, at, key);
    hour_at = at;
    at = end;
  }
}

void TrendDay::fold() {
  if (empty() || folded()) return;
  Builder builder(bytes_.size());
  each_bucket(bytes_, [&](const trend_bucket::View& bucket) { builder.add(day_key, bucket); });
  bytes_ = std::move(builder).take();
  bytes_.shrink_to_fit();
  newest_offset_ = first_bucket;
}

bool TrendDay::folded() const {
  return !empty() && key_at(bytes_, first_bucket) == day_key;
}

void TrendDay::merge(const TrendDay& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = other;
    return;
  }
  const bool to_day = folded() || other.folded();
  const auto newest = std::max(first_minute_of(key_at(bytes_, newest_offset_)),
                               first_minute_of(key_at(other.bytes_, other.newest_offset_)));
  const auto key_for = [&](Key key) { return to_day ? day_key : key_within(key, window_start(newest)); };
  Builder builder(bytes_.size() + other.bytes_.size());
  std::size_t ours = first_bucket;
  std::size_t theirs = first_bucket;
  while (ours < bytes_.size() || theirs < other.bytes_.size()) {
    const bool take_ours =
        theirs == other.bytes_.size() ||
        (ours < bytes_.size() && key_for(key_at(bytes_, ours)) <= key_for(key_at(other.bytes_, theirs)));
    auto& at = take_ours ? ours : theirs;
    const auto bucket = trend_bucket::view(take_ours ? bytes_ : other.bytes_, at);
    builder.add(key_for(bucket.key), bucket);
    at += bucket.bytes.size();
  }
  newest_offset_ = static_cast<std::uint32_t>(builder.last());
  bytes_ = std::move(builder).take();
}

void TrendDay::sum(std::int32_t day_number, Time since, Time until, TrendSums& into) const {
  each_touching(bytes_, day_number, since, until, [&](const trend_bucket::View& bucket, bool cut) {
    into.successes = saturating_add<std::uint64_t>(into.successes, bucket.successes);
    into.failures = saturating_add<std::uint64_t>(into.failures, bucket.failures);
    into.logins.merge_form(bucket.forms[0]);
    into.remotes.merge_form(bucket.forms[1]);
    into.guesses.merge_form(bucket.forms[2]);
    into.cut = into.cut || cut;
  });
}

void TrendDay::count(std::int32_t day_number, Time since, Time until, Counts& into) const {
  each_touching(bytes_, day_number, since, until, [&](const trend_bucket::View& bucket, bool cut) {
    into.successes = saturating_add<std::uint64_t>(into.successes, bucket.successes);
    into.failures = saturating_add<std::uint64_t>(into.failures, bucket.failures);
    into.cut = into.cut || cut;
  });
}

void TrendDay::for_each(std::int32_t day_number, const std::function<void(const Bucket&)>& visit) const {
  const Time midnight = start_of(day_number);
  each_bucket(bytes_, [&](const trend_bucket::View& bucket) {
    visit({midnight + first_minute_of(bucket.key) * minute, minutes_of(bucket.key) * minute, bucket.successes,
           bucket.failures});
  });
}

}  // namespace trackalert::history
