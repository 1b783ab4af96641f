// SPDX-License-Identifier: Apache-2.0
#include "alert/allow_list.h"

#include <gtest/gtest.h>

namespace trackalert::alert {
namespace {

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

Allowance made(const std::string& what, const std::string& value, const std::string& detection = "",
               history::Time until = 0) {
  auto out = make_allowance(
      what, {.value = value, .detection = detection, .reason = "ours", .until = until, .since = start, .by = "api"});
  if (!out) throw std::runtime_error(out.error().message);
  return std::move(*out);
}

std::string complaint(const std::string& what, Allowance draft) {
  const auto out = make_allowance(what, std::move(draft));
  return out ? "" : out.error().message;
}

base::Address address(const std::string& text) {
  return base::parse_address(text).value();
}

TEST(Allowance, HasOneSpelling) {
  EXPECT_EQ(made("remote", "::ffff:192.0.2.1").value, "192.0.2.1");
  EXPECT_EQ(made("remote", "::ffff:192.0.2.77/120").value, "192.0.2.0/24");
  EXPECT_EQ(made("remote", "192.0.2.9/24").value, "192.0.2.0/24");
  EXPECT_EQ(made("remote", "192.0.2.9/32").value, "192.0.2.9");
  EXPECT_EQ(made("remote", "2001:DB8::/32").value, "2001:db8::/32");
  EXPECT_EQ(made("asn", "AS64500").value, "64500");
  EXPECT_EQ(made("country", "de").value, "DE");
  EXPECT_EQ(made("login", "Ann ").value, "Ann ");
  const auto id = made("country", "DE").id;
  EXPECT_EQ(id.size(), 16);
  EXPECT_EQ(made("country", "de", "", start + 1).id, id) << "the same said again";
  EXPECT_NE(made("country", "DE", "stranger").id, id);
  EXPECT_NE(made("login", "DE").id, id);
}

TEST(Allowance, AnErrorNamesTheField) {
  EXPECT_EQ(complaint("net", {}), "what must be one of remote, login, asn, country, not \"net\"");
  EXPECT_EQ(complaint("remote", {.value = "192.0.2.0/33"}),
            "value must be an address or a network (192.0.2.0/24), not \"192.0.2.0/33\"");
  EXPECT_EQ(complaint("login", {}), "value must be a login of 1 to 1024 bytes");
  EXPECT_EQ(complaint("login", {.value = std::string(1025, 'x')}), "value must be a login of 1 to 1024 bytes");
  for (const auto* value : {"", "AS", "0", "-1", "64500x", "4294967296"}) {
    EXPECT_TRUE(complaint("asn", {.value = value}).starts_with("value must be the number of an autonomous")) << value;
  }
  for (const auto* value : {"", "D", "DEU", "D1", "\xc3\xa4"}) {
    EXPECT_TRUE(complaint("country", {.value = value}).starts_with("value must be a country")) << value;
  }
  EXPECT_TRUE(complaint("asn", {.value = "1", .detection = "Stranger"}).starts_with("detection must be"));
  EXPECT_TRUE(complaint("asn", {.value = "1", .reason = std::string(1025, 'x')}).starts_with("reason may have"));
  EXPECT_TRUE(complaint("asn", {.value = "1", .by = std::string(65, 'x')}).starts_with("by may have"));
  EXPECT_TRUE(complaint("asn", {.value = "1", .until = start, .since = start}).starts_with("until must lie"));
}

TEST(Allowance, HasOneFormInJson) {
  const auto all = made("asn", "64500");
  EXPECT_EQ(allowance_json(all), R"({"id": ")" + all.id +
                                     R"(", "what": "asn", "value": "64500", "reason": "ours", "since": 1795000000, )"
                                     R"("by": "api"})");
  const auto one = made("login", "a\"b", "stranger", start + history::second / 2);
  EXPECT_EQ(allowance_json(one),
            R"({"id": ")" + one.id +
                R"(", "what": "login", "value": "a\"b", "detection": "stranger", "reason": "ours", )"
                R"("until": 1795000000.5, "since": 1795000000, "by": "api"})");
}

TEST(AllowList, AllowsByWhatIsKnown) {
  const AllowList list({made("remote", "192.0.2.0/24"), made("remote", "2001:db8::/32"), made("login", "ann"),
                        made("asn", "64500"), made("country", "DE")});
  const auto allows = [&](const AllowList::Subject& subject) {
    const auto* entry = list.allows("stranger", subject, start);
    return entry == nullptr ? "" : entry->value;
  };
  const auto inside = address("192.0.2.77");
  const auto mapped = address("::ffff:192.0.2.77");
  const auto outside = address("192.0.3.1");
  const auto v6 = address("2001:db8:1::1");
  EXPECT_EQ(allows({.remote = &inside}), "192.0.2.0/24");
  EXPECT_EQ(allows({.remote = &mapped}), "192.0.2.0/24");
  EXPECT_EQ(allows({.remote = &v6}), "2001:db8::/32");
  EXPECT_EQ(allows({.remote = &outside}), "");
  EXPECT_EQ(allows({.login = "ann"}), "ann");
  EXPECT_EQ(allows({.login = "Ann"}), "");
  EXPECT_EQ(allows({.asn = 64500}), "64500");
  EXPECT_EQ(allows({.asn = 64501, .country = "DE"}), "DE");
  EXPECT_EQ(allows({}), "");
  EXPECT_EQ(AllowList().allows("stranger", {.login = "ann"}, start), nullptr);
}

TEST(AllowList, OneDetectionOrAllForAWhileOrForGood) {
  const AllowList list({made("login", "ann", "stranger"), made("login", "ann", "new_device", start + 100),
                        made("remote", "10.0.0.0/8"), made("remote", "10.1.0.0/16", "stranger")});
  EXPECT_NE(list.allows("stranger", {.login = "ann"}, start), nullptr);
  EXPECT_EQ(list.allows("brute_force", {.login = "ann"}, start), nullptr);
  EXPECT_NE(list.allows("new_device", {.login = "ann"}, start + 99), nullptr);
  EXPECT_EQ(list.allows("new_device", {.login = "ann"}, start + 100), nullptr);
  const auto remote = address("10.1.2.3");
  EXPECT_EQ(list.allows("stranger", {.remote = &remote}, start)->value, "10.1.0.0/16") << "the longest first";
  EXPECT_EQ(list.allows("brute_force", {.remote = &remote}, start)->value, "10.0.0.0/8") << "that one is for another";
}

TEST(AllowList, AllowsTheKeysOfAlerts) {
  const AllowList list({made("remote", "192.0.2.0/25"), made("remote", "2001:db8::/48"), made("login", "ann:x")});
  const auto allows = [&](std::string_view key) { return list.allows_key("password_spray", key, start) != nullptr; };
  EXPECT_TRUE(allows("remote:192.0.2.1"));
  EXPECT_FALSE(allows("remote:192.0.2.200"));
  EXPECT_TRUE(allows("net:192.0.2.0/26"));
  EXPECT_FALSE(allows("net:192.0.2.0/24")) << "half of it is not allowed";
  EXPECT_TRUE(allows("net:2001:db8::/64"));
  EXPECT_TRUE(allows("login:ann:x"));
  EXPECT_FALSE(allows("login:ann"));
  for (const auto* key : {"", ":", "all", "remote:", "net:x", "campaign:country=DE", "login:", "192.0.2.1"}) {
    EXPECT_FALSE(allows(key)) << key;
  }
}

TEST(AllowList, TenThousandNetworksAndNoMore) {
  std::vector<Allowance> entries;
  for (unsigned i = 0; i < AllowList::max_entries + 1; ++i) {
    entries.push_back(made("remote", fmt::format("10.{}.{}.0/24", i / 256, i % 256)));
  }
  const AllowList list(entries);
  EXPECT_EQ(list.entries().size(), AllowList::max_entries);
  const auto last = address("10.39.15.7");    // 9999
  const auto beyond = address("10.39.16.7");  // 10000
  EXPECT_NE(list.allows("stranger", {.remote = &last}, start), nullptr);
  EXPECT_EQ(list.allows("stranger", {.remote = &beyond}, start), nullptr);
}

}  // namespace
}  // namespace trackalert::alert
