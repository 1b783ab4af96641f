// SPDX-License-Identifier: Apache-2.0
#include "history/contract_stream_for_tests.h"

#include <algorithm>
#include <array>
#include <limits>

#include "history/reference_query_for_tests.h"

namespace trackalert::history {
namespace {

using Texts = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;

// Longer than max_value_bytes, and different only at the end.
const std::string long_text(300, 'l');

std::vector<std::string> make_logins() {
  Texts out{"a",
            "A",
            std::string("nul\0byte", 8),
            std::string("nul\0", 4),
            "\xff\xfe no UTF-8",
            "k\u00e4se",
            "with blank",
            "x@example.com",
            "\"quoted\"\n",
            long_text + "1",
            long_text + "2"};
  for (int i = 0; out.size() < 30; ++i) out.push_back("user" + std::to_string(i));
  return out;
}

std::vector<base::Address> make_remotes() {
  std::vector<base::Address> out{base::Address::v6({})};
  for (const auto net : Bytes{0, 1, 2, 255}) {
    for (const auto host : Bytes{0, 1, 2, 127, 128, 255}) out.push_back(base::Address::v4({192, 0, net, host}));
  }
  for (const auto net : Bytes{0, 1, 2}) {
    for (const auto subnet : Bytes{0, 1}) {
      for (const auto host : Bytes{1, 2}) {
        out.push_back(base::Address::v6({0x20, 0x01, 0x0d, 0xb8, 0, net, 0, subnet, 0, 0, 0, 0, 0, 0, 0, host}));
      }
    }
  }
  return out;
}

std::vector<geo::Place> make_places() {
  return {{},
          {"DE", "K\u00f6ln", "Example Net", 64500, true, 50.9333, 6.95, 5},
          {"DE", "", "Example Net", 64500, true, 51, 9, 200},
          {"FR", "Paris", "Exemple", 64501, true, 48.8566, 2.3522, 0},
          {"US", "Springfield", "", 0, true, -39.8, -89.6, 1000},
          {"", "", "Only AS", 4294967295, false, 0, 0, 0},
          {"BR", "", "", 64502, false, 0, 0, 0},
          {"JP", "Tokyo", "Nihon", 1, true, 35.6895, 139.6917, 20}};
}

std::vector<login::Attributes> make_devices() {
  return {{},
          {{"browser.family", "Firefox"}, {"browser.major", "115"}, {"device.family", "Other"}, {"os.family", "Linux"}},
          {{"browser.family", "Firefox"}, {"browser.major", "116"}, {"device.family", "Other"}, {"os.family", "Linux"}},
          {{"imapc.family", "Thunderbird"}, {"os.family", "Windows"}},
          {{"app.name", "OXMail"}, {"device.family", "iPhone"}, {"os.family", "iOS"}},
          {{"browser.family", "B"}, {"imapc.family", "I"}},
          {{"os.family", long_text}},
          {{"unrelated", "x"}}};
}

constexpr std::array impossible_times{-1.0, -1e300, 1e300, std::numeric_limits<double>::infinity(),
                                      std::numeric_limits<double>::quiet_NaN()};
const Texts protocols{"imap", "pop3", "http", "smtp", "", long_text, "\xc3\x28"};
const Texts fail_types{"", "", "credentials", "internal", "disabled", "expired", "account", "policy", "unknown"};
const Texts pwhashes{"", "0000", "1234", "beef", "ffff"};
const Texts names{"k", "l", "m", ""};
const Texts texts{"", "1", "2", std::string("\0", 1), "three"};

}  // namespace

Stream::Stream(Dice& dice)
    : dice_(dice), logins_(make_logins()), remotes_(make_remotes()), places_(make_places()), devices_(make_devices()) {}

std::string Stream::login() {
  return dice_.percent(5) ? "nobody" : dice_.one_of(logins_);
}

Time Stream::time(Time now) {
  const auto kind = dice_.roll(100);
  if (kind < 10 && last_time_ != 0) return last_time_;
  if (kind < 15) return now;
  if (kind < 65) return now - dice_.between(0, 2 * second);
  if (kind < 75) return now - dice_.between(0, 4 * hour);
  if (kind < 88) return now - dice_.between(0, day);
  if (kind < 92) return now - dice_.between(0, 20 * day);
  if (kind < 98) return now + dice_.between(0, max_ahead - second);
  return now + dice_.between(max_ahead + second, 1000 * day);
}

void Stream::add_attributes(login::Report& report) {
  for (const auto& name : {names[3], names[0], names[1], names[2]}) {  // sorted
    if (dice_.percent(25)) {
      report.attrs.emplace_back(name, dice_.one_of(texts));
    } else if (dice_.percent(15)) {
      auto& list = report.attrs_mv.emplace_back(name, Texts{}).second;
      for (auto count = dice_.roll(4); count > 0; --count) list.push_back(dice_.one_of(texts));
    }
  }
}

Stream::Made Stream::report(Time now) {
  Made made;
  auto& report = made.report;
  last_time_ = time(now);
  report.t = dice_.percent(1) ? dice_.one_of(impossible_times) : static_cast<double>(last_time_) / 1e6;
  // Small numbers come up more often: a few busy values and many rare ones.
  if (!dice_.percent(5)) report.login = logins_[std::min(dice_.roll(logins_.size()), dice_.roll(logins_.size()))];
  if (!dice_.percent(5)) report.remote = remotes_[std::min(dice_.roll(remotes_.size()), dice_.roll(remotes_.size()))];
  made.place = dice_.percent(80) ? places_[report.remote.bytes()[2] % places_.size()] : dice_.one_of(places_);
  report.pwhash = dice_.one_of(pwhashes);
  report.protocol = dice_.one_of(protocols);
  report.success = dice_.percent(60);
  if (!report.success || dice_.percent(5)) report.fail_type = dice_.one_of(fail_types);
  report.policy_reject = dice_.percent(10);
  report.tls = dice_.percent(50);
  if (dice_.percent(20)) report.device_id = dice_.one_of(texts);
  if (dice_.percent(20)) report.session_id = long_text + std::to_string(dice_.roll(1000));
  report.device_attrs = dice_.one_of(devices_);
  report.has_device_attrs = dice_.percent(50);
  if (dice_.percent(40)) add_attributes(report);
  return made;
}

base::Prefix Stream::network(const base::Address& address) {
  static constexpr std::array<unsigned, 7> v4_lengths{32, 32, 24, 25, 31, 16, 0};
  static constexpr std::array<unsigned, 7> v6_lengths{128, 128, 48, 64, 47, 32, 0};
  const auto length = dice_.one_of(address.is_v4() ? v4_lengths : v6_lengths);
  return {dice_.percent(50) ? address : address.masked(length), length};
}

std::pair<Time, Time> Stream::window(const std::vector<Event>& events, Time now) {
  const auto some_time = [&] {
    // The very time of an event shows whether an end belongs to the window.
    if (!events.empty() && dice_.percent(40)) return dice_.one_of(events).time;
    static constexpr std::array<Time, 5> spans{10 * second, hour, day, 8 * day, 30 * day};
    return now - dice_.between(0, dice_.one_of(spans));
  };
  auto [since, until] = std::minmax({some_time(), some_time()});
  if (dice_.percent(30)) until = now + dice_.between(0, hour);
  if (dice_.percent(50)) {
    since = day_of(since) * day;
    until = (day_of(until) + 1) * day;
  }
  return {since, std::max(since, until)};
}

void Stream::set_time(Filter& filter, const std::vector<Event>& events, Time now) {
  const auto [since, until] = window(events, now);
  if (dice_.percent(60)) filter.since = since;
  if (dice_.percent(40)) filter.until = until;
}

void Stream::set_fields(Filter& filter, const Event& like, unsigned chance) {
  const auto& report = like.report;
  if (dice_.percent(chance)) filter.login = report.login;
  if (dice_.percent(chance)) filter.remote = network(report.remote);
  if (dice_.percent(chance)) filter.asn = like.place.asn;
  if (dice_.percent(chance)) filter.country = like.place.country_code;
  if (dice_.percent(chance)) filter.device = naive_text(Facet::device, like);
  if (dice_.percent(chance)) filter.protocol = report.protocol;
  if (dice_.percent(chance)) filter.fail_type = report.fail_type;
  if (dice_.percent(chance)) filter.pwhash = report.pwhash;
  if (dice_.percent(chance)) filter.success = report.success;
  if (!dice_.percent(chance)) return;
  for (auto count = 1 + dice_.roll(2); count > 0; --count) {
    if (!report.attrs.empty() && dice_.percent(40)) {
      filter.attrs.push_back(dice_.one_of(report.attrs));
    } else if (!report.attrs_mv.empty() && dice_.percent(60)) {
      const auto& [name, values] = dice_.one_of(report.attrs_mv);
      filter.attrs.emplace_back(name, values.empty() ? "" : dice_.one_of(values));
    } else {
      const auto& name = dice_.one_of(names);
      filter.attrs.emplace_back(name, dice_.one_of(texts));
    }
  }
}

Filter Stream::filter(const std::vector<Event>& events, Time now) {
  Filter filter;
  if (dice_.percent(60)) set_time(filter, events, now);
  if (events.empty() || dice_.percent(15)) {
    if (dice_.percent(50)) filter.login = login();
    return filter;
  }
  const auto& like = dice_.one_of(events);
  static constexpr std::array<unsigned, 4> chances{8, 8, 25, 60};
  set_fields(filter, like, dice_.one_of(chances));
  // The fields that engines keep an index of.
  if (dice_.percent(15)) filter.login = like.report.login;
  if (dice_.percent(15)) filter.remote = network(like.report.remote);
  return filter;
}

Query Stream::query(const std::vector<Event>& events, Time now) {
  const auto any_facet = [this] {
    return static_cast<Facet>(dice_.roll(static_cast<unsigned>(Facet::hour_of_week) + 1));
  };
  Query query;
  query.filter = filter(events, now);
  switch (dice_.roll(6)) {
    case 0:
      query.what = CountQuery{};
      break;
    case 1:
      query.what = EventsQuery{1 + dice_.roll(40), {}};
      break;
    case 2:
      query.what = DistinctQuery{any_facet()};
      break;
    case 3:
      query.what = TopQuery{any_facet(), 1 + dice_.roll(40), static_cast<TopQuery::By>(dice_.roll(3)), any_facet()};
      break;
    case 4: {
      static constexpr std::array<Time, 7> buckets{minute, 15 * minute, hour, 7 * hour, day, 7 * day, 1'234'567'891};
      query.what = SeriesQuery{dice_.one_of(buckets)};
      break;
    }
    default:
      query.what = SignificantQuery{any_facet(), 1 + dice_.roll(10)};
  }
  query.limits.rows = 100'000;  // a month's minutes
  return query;
}

Query Stream::nonsense() {
  Query query;
  switch (dice_.roll(9)) {
    case 0:
      query.what = EventsQuery{0, {}};
      break;
    case 1:
      query.what = TopQuery{.limit = 0};
      break;
    case 2:
      query.what = TopQuery{.facet = Facet::net, .by = TopQuery::By::distinct, .of = Facet::net};
      break;
    case 3:
      query.what = SeriesQuery{-static_cast<Time>(dice_.roll(2)) * hour};
      break;
    case 4:
      query.what = SignificantQuery{Facet::all};
      break;
    case 5:
      query.limits.rows = 0;
      break;
    case 6:
      query.limits.time = std::chrono::milliseconds{-1};
      break;
    case 7:
      query.filter.remote = base::Prefix{{}, 33};
      break;
    default:
      query.filter.since = 1;
      query.filter.until = 0;
  }
  return query;
}

}  // namespace trackalert::history
