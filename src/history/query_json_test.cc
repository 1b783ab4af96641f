// SPDX-License-Identifier: Apache-2.0
#include "history/query_json.h"

#include <gtest/gtest.h>

namespace trackalert::history {
namespace {

constexpr Time now = 1'795'000'000 * second;

Query good(std::string_view json) {
  auto query = parse_query(json, now);
  EXPECT_TRUE(query) << json << ": " << query.error().message;
  return query ? *query : Query{};
}

Filter filter_of(const std::string& members) {
  return good(R"({"count":{},"filter":{)" + members + "}}").filter;
}

std::string refused(std::string_view json) {
  const auto query = parse_query(json, now);
  return query ? "taken" : query.error().message;
}

std::string filter_refused(const std::string& members) {
  return refused(R"({"count":{},"filter":{)" + members + "}}");
}

TEST(QueryJson, EveryMemberOfTheFilter) {
  const auto filter =
      filter_of(R"("login":"a","remote":"192.0.2.1","asn":64500,"country":"de","device":"X / Y / -","protocol":"imap",)"
                R"("fail_type":"credentials","pwhash":"12ab","success":false,"attrs":{"k":"v","l":"w"},"since":"30d",)"
                R"("until":"2026-11-18T00:00:00Z")");
  EXPECT_EQ(filter.login, "a");
  EXPECT_EQ(filter.remote->to_string(), "192.0.2.1/32");
  EXPECT_EQ(filter.asn, 64500);
  EXPECT_EQ(filter.country, "DE");
  EXPECT_EQ(filter.device, "X / Y / -");
  EXPECT_EQ(filter.protocol, "imap");
  EXPECT_EQ(filter.fail_type, "credentials");
  EXPECT_EQ(filter.pwhash, "12ab");
  EXPECT_EQ(filter.success, false);
  EXPECT_EQ(filter.attrs, (std::vector<std::pair<std::string, std::string>>{{"k", "v"}, {"l", "w"}}));
  EXPECT_EQ(filter.since, now - 30 * day);
  EXPECT_EQ(filter.until, 1'794'960'000 * second);
}

TEST(QueryJson, TimesAreTextOrSeconds) {
  EXPECT_EQ(filter_of(R"("since":1795000000.5)").since, now + second / 2);
  EXPECT_EQ(filter_of(R"("since":"1794999999.5","until":"now")").since, now - second / 2);
  EXPECT_EQ(filter_of(R"("until":"1h")").until, now - hour);
}

TEST(QueryJson, Networks) {
  EXPECT_EQ(filter_of(R"("remote":"192.0.2.77/24")").remote->to_string(), "192.0.2.0/24");
  EXPECT_EQ(filter_of(R"("net":"2001:db8::/32")").remote->to_string(), "2001:db8::/32");
  EXPECT_EQ(filter_of(R"("remote":"::ffff:192.0.2.1")").remote->to_string(), "192.0.2.1/32");
  EXPECT_EQ(filter_of(R"("remote":"::ffff:192.0.2.0/120")").remote->to_string(), "192.0.2.0/24");
  EXPECT_EQ(filter_of(R"("remote":"::/0")").remote->to_string(), "::/0");
}

TEST(QueryJson, EveryQuestion) {
  EXPECT_TRUE(std::holds_alternative<CountQuery>(good(R"({"count":{}})").what));
  const auto events = std::get<EventsQuery>(good(R"({"events":{"limit":50,"cursor":"17-4"}})").what);
  EXPECT_EQ(events.limit, 50);
  EXPECT_EQ(events.after, (Cursor{17, 4}));
  EXPECT_EQ(std::get<EventsQuery>(good(R"({"events":{}})").what).limit, EventsQuery{}.limit);
  EXPECT_EQ(std::get<DistinctQuery>(good(R"({"distinct":{"facet":"net"}})").what).facet, Facet::net);
  const auto top = std::get<TopQuery>(good(R"({"top":{"facet":"asn","limit":3,"by":"distinct","of":"device"}})").what);
  EXPECT_EQ(top.facet, Facet::asn);
  EXPECT_EQ(top.limit, 3);
  EXPECT_EQ(top.by, TopQuery::By::distinct);
  EXPECT_EQ(top.of, Facet::device);
  EXPECT_EQ(std::get<TopQuery>(good(R"({"top":{"facet":"asn","by":"failures"}})").what).by, TopQuery::By::failures);
  EXPECT_EQ(std::get<TopQuery>(good(R"({"top":{"facet":"asn","by":"count"}})").what).by, TopQuery::By::count);
  EXPECT_EQ(std::get<SeriesQuery>(good(R"({"series":{"bucket":"15m"}})").what).bucket, 15 * minute);
  const auto significant = std::get<SignificantQuery>(good(R"({"significant":{"facet":"country","limit":4}})").what);
  EXPECT_EQ(significant.facet, Facet::country);
  EXPECT_EQ(significant.limit, 4);
}

TEST(QueryJson, LimitsOnlyGoDown) {
  const auto limits = good(R"({"count":{},"limits":{"time_ms":5,"rows":7}})").limits;
  EXPECT_EQ(limits.time.count(), 5);
  EXPECT_EQ(limits.rows, 7);
  EXPECT_EQ(refused(R"({"count":{},"limits":{"time_ms":10001}})"), "limits.time_ms: more than 10000");
  EXPECT_EQ(refused(R"({"count":{},"limits":{"rows":10001}})"), "limits.rows: more than 10000");
  EXPECT_EQ(refused(R"({"count":{},"limits":{"rows":0}})"), "limits.rows: less than 1");
  EXPECT_EQ(refused(R"({"count":{},"limits":{"memory":1}})"), "limits.memory: unknown; known are time_ms, rows");
}

TEST(QueryJson, AsksExactlyOneThing) {
  EXPECT_EQ(refused("{}"), "query: must ask one of events, count, distinct, top, series or significant, not none");
  EXPECT_EQ(refused(R"({"count":{},"events":{}})"),
            "query: must ask one of events, count, distinct, top, series or significant, not several");
  EXPECT_EQ(refused("[]"), "query: not an object");
  EXPECT_EQ(refused("{"), "not JSON: unexpected end of input");
}

TEST(QueryJson, ErrorsNameTheMember) {
  EXPECT_EQ(refused(R"({"counts":{}})"),
            "counts: unknown; known are filter, limits, events, count, distinct, top, series, significant");
  EXPECT_EQ(refused(R"({"count":5})"), "count: not an object");
  EXPECT_EQ(refused(R"({"count":{"x":1}})"), "count.x: takes no members");
  EXPECT_EQ(refused(R"({"count":{},"count":{}})"), "count: given twice");
  EXPECT_EQ(refused(R"({"events":{"limit":0}})"), "events.limit: less than 1");
  EXPECT_EQ(refused(R"({"events":{"limit":1.5}})"), "events.limit: not a whole number");
  EXPECT_EQ(refused(R"({"events":{"limit":1e400}})"), "events.limit: not a whole number");
  EXPECT_EQ(refused(R"({"events":{"cursor":"x"}})"), "events.cursor: not a cursor of an earlier answer: x");
  EXPECT_EQ(refused(R"({"distinct":{}})"), "distinct.facet: missing");
  EXPECT_EQ(refused(R"({"distinct":{"facet":"user"}})"),
            "distinct.facet: no facet: user; known are all, login, remote, net, asn, country, device, protocol, "
            "fail_type, pwhash, hour_of_week");
  EXPECT_EQ(refused(R"({"top":{"facet":"login","by":"size"}})"), "top.by: not count, failures or distinct: size");
  EXPECT_EQ(refused(R"({"top":{"facet":"login","by":"distinct"}})"), "top.of: each login has one login");
  EXPECT_EQ(refused(R"({"series":{"bucket":"5"}})"),
            "series.bucket: not a duration such as 90s, 15m, 1h, 30d or 2w: 5");
  EXPECT_EQ(refused(R"({"series":{"bucket":"0s"}})"), "series.bucket: must be longer than nothing");
  EXPECT_EQ(refused(R"({"significant":{"facet":5}})"), "significant.facet: not a string");
}

TEST(QueryJson, ErrorsOfTheFilter) {
  EXPECT_EQ(refused(R"({"count":{},"filter":[]})"), "filter: not an object");
  EXPECT_EQ(filter_refused(R"("remote":"x")"), "filter.remote: not an address or network: x");
  EXPECT_EQ(filter_refused(R"("remote":"10.0.0.0/33")"), "filter.remote: not an address or network: 10.0.0.0/33");
  EXPECT_EQ(filter_refused(R"("remote":"::1","net":"::1")"), "filter.net: remote and net are one thing");
  EXPECT_EQ(filter_refused(R"("login":5)"), "filter.login: not a string");
  EXPECT_EQ(filter_refused(R"("login":"a","login":"b")"), "filter.login: given twice");
  EXPECT_EQ(filter_refused(R"("asn":-1)"), "filter.asn: less than 0");
  EXPECT_EQ(filter_refused(R"("asn":4294967296)"), "filter.asn: more than 4294967295");
  EXPECT_EQ(filter_refused(R"("asn":"AS1")"), "filter.asn: not a whole number");
  EXPECT_EQ(filter_refused(R"("country":"DEU")"), "filter.country: not two letters: DEU");
  EXPECT_EQ(filter_refused(R"("success":1)"), "filter.success: neither true nor false");
  EXPECT_EQ(filter_refused(R"("attrs":{"k":1})"), "filter.attrs.k: not a string");
  EXPECT_EQ(filter_refused(R"("attrs":1)"), "filter.attrs: not an object");
  EXPECT_EQ(filter_refused(R"("since":true)"), "filter.since: neither a string nor a number");
  EXPECT_EQ(filter_refused(R"("since":1e300)"), "filter.since: beyond all time");
  EXPECT_EQ(filter_refused(R"("since":"x")"),
            "filter.since: not a time such as 30d (ago), 2026-11-01T00:00:00Z or 1795000000.5: x");
  EXPECT_EQ(filter_refused(R"("since":"1d","until":"2d")"), "filter.since: later than filter.until");
  EXPECT_EQ(filter_refused(R"("a\nb":1)").substr(0, 27), "filter.a\\nb: unknown; known");
}

TEST(QueryJson, AFilterAlone) {
  const auto parsed = [](std::string_view json) { return parse_filter(*base::parse_json(json), now); };
  EXPECT_EQ(parsed(R"({"login":"a"})")->login, "a");
  EXPECT_EQ(parsed("{}")->login, std::nullopt);
  EXPECT_EQ(parsed("5").error().message, "filter: not an object");
  EXPECT_EQ(parsed(R"({"logn":"a"})").error().message.substr(0, 20), "logn: unknown; known");
  EXPECT_EQ(parsed(R"({"since":2,"until":1})").error().message, "filter.since: later than filter.until");
}

}  // namespace
}  // namespace trackalert::history
