// SPDX-License-Identifier: Apache-2.0
// When cron expressions fire, against a clock that is watched minute by minute, for random expressions and times.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "schedule/cron.h"
#include "schedule/test_zones.h"

namespace trackalert::schedule {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_seconds;
using std::chrono::sys_seconds;

/// A field as text and as what it means, made together so that the parser is not its own witness.
struct FieldSpec {
  std::string text;
  std::set<unsigned> values;
};

FieldSpec any_item(unsigned first, unsigned last) {
  const auto low = *rc::gen::inRange(first, last + 1);
  const auto high = *rc::gen::inRange(low, last + 1);
  const auto step = *rc::gen::inRange(1U, last - first + 2);
  FieldSpec item;
  const auto fill = [&](unsigned from, unsigned to, unsigned by) {
    for (unsigned value = from; value <= to; value += by) item.values.insert(value);
  };
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      item.text = "*/" + std::to_string(step);
      fill(first, last, step);
      break;
    case 1:
      item.text = std::to_string(low) + "-" + std::to_string(high);
      fill(low, high, 1);
      break;
    case 2:
      item.text = std::to_string(low) + "-" + std::to_string(high) + "/" + std::to_string(step);
      fill(low, high, step);
      break;
    default:
      item.text = std::to_string(low);
      fill(low, low, 1);
  }
  return item;
}

FieldSpec any_field(unsigned first, unsigned last, bool often_star) {
  if (*rc::gen::inRange(0, 10) < (often_star ? 6 : 3)) {
    FieldSpec all{"*", {}};
    for (unsigned value = first; value <= last; ++value) all.values.insert(value);
    return all;
  }
  FieldSpec field = any_item(first, last);
  for (int more = *rc::gen::inRange(0, 3); more > 0; --more) {
    const FieldSpec item = any_item(first, last);
    field.text += "," + item.text;
    field.values.insert(item.values.begin(), item.values.end());
  }
  return field;
}

struct Spec {
  std::array<FieldSpec, 5> fields;

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& field : fields) text += (text.empty() ? "" : " ") + field.text;
    return text;
  }
  [[nodiscard]] bool starred(std::size_t field) const { return fields[field].text.front() == '*'; }

  [[nodiscard]] bool matches(local_seconds reading) const {
    const auto day = std::chrono::floor<std::chrono::days>(reading);
    const std::chrono::year_month_day date{day};
    const auto time = reading - day;
    const auto hit = [&](std::size_t field, auto value) {
      return fields[field].values.contains(static_cast<unsigned>(value));
    };
    const bool day_of_month = hit(2, static_cast<unsigned>(date.day()));
    const bool weekday = hit(4, std::chrono::weekday{day}.c_encoding());
    const bool either = !starred(2) && !starred(4);
    return hit(0, time / 1min % 60) && hit(1, time / 1h) && hit(3, static_cast<unsigned>(date.month())) &&
           (either ? day_of_month || weekday : day_of_month && weekday);
  }
};

Spec any_spec() {
  return {{any_field(0, 59, false), any_field(0, 23, true), any_field(1, 31, true), any_field(1, 12, true),
           any_field(0, 6, true)}};
}

/// Looks at the clock each minute, as cron(8) does, and remembers the latest reading that it has seen.
std::optional<sys_seconds> watch(const Spec& spec, const Zone& zone, sys_seconds after, std::chrono::minutes patience) {
  const bool by_elapsed_time = spec.starred(0) || spec.starred(1);
  auto at = std::chrono::floor<std::chrono::minutes>(after) - 72h;
  auto seen = local_seconds{at.time_since_epoch() + zone.offset_at(at)};
  for (; at <= after + patience; at += 1min) {
    const local_seconds reading{at.time_since_epoch() + zone.offset_at(at)};
    bool fires = by_elapsed_time && spec.matches(reading);
    for (; seen < reading; seen += 1min) fires |= !by_elapsed_time && spec.matches(seen + 1min);
    if (fires && at > after) return at;
  }
  return std::nullopt;
}

/// Changes within a month of the times that any_time() makes, so that they are met often.
class JumpyZone final : public Zone {
 public:
  JumpyZone(sys_seconds around, std::chrono::minutes before, std::chrono::minutes between, std::chrono::minutes after)
      : around_(around), before_(before), between_(between), after_(after) {}
  [[nodiscard]] std::chrono::seconds offset_at(sys_seconds when) const override {
    if (when < around_) return before_;
    return when < around_ + 24h * 3 ? between_ : after_;
  }

 private:
  sys_seconds around_;
  std::chrono::minutes before_;
  std::chrono::minutes between_;
  std::chrono::minutes after_;
};

sys_seconds any_time() {
  // 2005 to 2035.
  return sys_seconds{std::chrono::seconds{*rc::gen::inRange<std::int64_t>(1'104'537'600, 2'051'222'400)}};
}

void expect_as_watched(const Spec& spec, const Zone& zone, sys_seconds after) {
  constexpr auto patience = 24h * 12;
  const auto text = spec.text();
  RC_LOG() << text << " after " << after.time_since_epoch().count() << "\n";
  const auto cron = CronExpression::parse(text);
  if (!cron) {
    RC_ASSERT(cron.error().message == "cron expression never fires: " + text);
    RC_ASSERT(!watch(spec, zone, after, patience));
    return;
  }
  const auto expected = watch(spec, zone, after, patience);
  const auto next = cron->next_after(after, zone);
  RC_ASSERT(next.has_value());
  if (expected) {
    RC_ASSERT(*next == base::WallTime{*expected});
  } else {
    RC_ASSERT(*next > base::WallTime{after + patience});
  }
}

TEST(CronProperty, FiresInRealZonesWhenAWatchedClockSaysSo) {
  const std::array<DatabaseZone, 5> zones{DatabaseZone("UTC"), DatabaseZone("Europe/Berlin"),
                                          DatabaseZone("America/New_York"), DatabaseZone("Australia/Lord_Howe"),
                                          DatabaseZone("America/Havana")};
  // Days on which these zones change: without them a random time hardly ever meets one.
  const std::array<sys_seconds, 8> changes{sys_seconds{1774746000s}, sys_seconds{1792890000s}, sys_seconds{1772953200s},
                                           sys_seconds{1793512800s}, sys_seconds{1775314800s}, sys_seconds{1791041400s},
                                           sys_seconds{1772946000s}, sys_seconds{1793509200s}};
  EXPECT_TRUE(rc::check([&] {
    const auto& zone = zones.at(*rc::gen::inRange<std::size_t>(0, zones.size()));
    const auto near = changes.at(*rc::gen::inRange<std::size_t>(0, changes.size())) +
                      std::chrono::seconds{*rc::gen::inRange(-200'000, 100'000)};
    expect_as_watched(any_spec(), zone, *rc::gen::element(near, any_time()));
  }));
}

TEST(CronProperty, FiresInJumpyZonesWhenAWatchedClockSaysSo) {
  EXPECT_TRUE(rc::check([] {
    const auto after = any_time();
    const auto quarters = [] { return 15min * *rc::gen::inRange(-4 * 14, 4 * 14 + 1); };
    const auto change =
        std::chrono::floor<std::chrono::minutes>(after) + std::chrono::minutes{*rc::gen::inRange(-6'000, 1'500)};
    expect_as_watched(any_spec(), JumpyZone(change, quarters(), quarters(), quarters()), after);
  }));
}

TEST(CronProperty, NothingFiresBetweenATimeAndItsNextFiring) {
  const ProcessZone process("Europe/Berlin");
  const LocalZone zone;
  EXPECT_TRUE(rc::check([&] {
    const auto spec = any_spec();
    const auto cron = CronExpression::parse(spec.text());
    RC_PRE(cron.has_value());
    const base::WallTime after = any_time();
    const auto next = cron->next_after(after, zone);
    RC_PRE(next.has_value());
    RC_ASSERT(*next > after);
    const auto gap = (*next - after).count();
    const auto between = after + std::chrono::microseconds{*rc::gen::inRange<std::int64_t>(0, gap)};
    RC_ASSERT(cron->next_after(between, zone) == next);
  }));
}

}  // namespace
}  // namespace trackalert::schedule
