// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/row.h"

#include <gtest/gtest.h>

namespace trackalert::history::rocksdb {
namespace {

Event full_event() {
  Event event;
  event.sequence = 7;
  event.time = 1'795'000'000'123'456;
  auto& report = event.report;
  report.t = 1'795'000'000.123456;
  report.login = std::string("a\0b", 3);
  report.remote = *base::parse_address("2001:db8::1");
  report.pwhash = "1234";
  report.protocol = "imap";
  report.device_id = "device";
  report.session_id = "session";
  report.fail_type = "policy";
  report.policy_reject = true;
  report.tls = true;
  report.has_device_attrs = true;
  report.attrs = {{"a", "1"}, {"b", ""}};
  report.attrs_mv = {{"m", {"x", "y"}}, {"n", {}}};
  report.device_attrs = {{"os.family", "iOS"}};
  event.place = {.country_code = "DE",
                 .city = "Köln",
                 .as_name = "Net",
                 .asn = 64500,
                 .has_position = true,
                 .latitude = 50.9375,
                 .longitude = -0.0,
                 .accuracy_km = 0.1234567};
  return event;
}

void expect_equal(const Event& a, const Event& b) {
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.report.t, b.report.t);
  EXPECT_EQ(a.report.login, b.report.login);
  EXPECT_EQ(a.report.remote, b.report.remote);
  EXPECT_EQ(a.report.pwhash, b.report.pwhash);
  EXPECT_EQ(a.report.session_id, b.report.session_id);
  EXPECT_EQ(a.report.fail_type, b.report.fail_type);
  EXPECT_EQ(a.report.success, b.report.success);
  EXPECT_EQ(a.report.policy_reject, b.report.policy_reject);
  EXPECT_EQ(a.report.has_device_attrs, b.report.has_device_attrs);
  EXPECT_EQ(a.report.attrs, b.report.attrs);
  EXPECT_EQ(a.report.attrs_mv, b.report.attrs_mv);
  EXPECT_EQ(a.report.device_attrs, b.report.device_attrs);
  EXPECT_EQ(a.place, b.place);
}

std::string page_of(const std::vector<Event>& events, PageKind kind) {
  std::string page;
  write_page_head(page, kind, events.size());
  Event before;
  for (const auto& event : events) {
    write_row(page, event, before);
    if (kind == PageKind::chained) before = event;
  }
  return page;
}

TEST(Row, ComesBackWhole) {
  auto second = full_event();
  second.time -= 5;
  ++second.sequence;
  second.report.t = static_cast<double>(second.time) / 1e6;
  second.report.success = true;
  second.report.attrs.clear();
  const std::vector<Event> events{full_event(), second, Event{.sequence = 9}, full_event()};
  for (const auto kind : {PageKind::apart, PageKind::chained}) {
    const auto page = page_of(events, kind);
    PageReader reader(page);
    for (const auto& event : events) {
      const auto* read = reader.next();
      ASSERT_NE(read, nullptr);
      expect_equal(*read, event);
    }
    EXPECT_EQ(reader.next(), nullptr);
    EXPECT_FALSE(reader.bad());
  }
}

TEST(Row, AsBeforeCostsNothing) {
  std::string out;
  write_row(out, full_event(), full_event());
  EXPECT_EQ(out.size(), 4);  // mask, no time, no sequence
}

TEST(Row, StartsWithWhatSortsIt) {
  std::string out;
  write_row(out, full_event(), Event{});
  const auto start = read_row_start(out);
  EXPECT_EQ(start.login, full_event().report.login);
  EXPECT_EQ(start.time, full_event().time);
  EXPECT_EQ(start.sequence, 7);
}

TEST(Row, HeadHasTheRemote) {
  auto event = full_event();
  for (const auto& remote : {base::Address::v4({192, 0, 2, 7}), base::Address{},
                             base::Address::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 3)}) {
    event.report.remote = remote;
    std::string out;
    write_row(out, event, Event{});
    const auto head = read_row_head(out);
    EXPECT_EQ(head.remote, remote);
    EXPECT_EQ(head.start.login, event.report.login);
    EXPECT_EQ(head.start.time, event.time);
  }
}

TEST(Row, EveryCutIsNoticed) {
  const auto page = page_of({full_event(), full_event()}, PageKind::apart);
  for (std::size_t size = 0; size < page.size(); ++size) {
    PageReader reader(std::string_view(page).substr(0, size));
    while (reader.next() != nullptr) {
    }
    EXPECT_TRUE(reader.bad()) << size;
  }
}

}  // namespace
}  // namespace trackalert::history::rocksdb
