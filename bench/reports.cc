// SPDX-License-Identifier: Apache-2.0
#include "bench/reports.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <random>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/json_writer.h"

namespace trackalert::bench {
namespace {

using Random = std::mt19937_64;
using Pair = std::pair<std::string_view, std::string_view>;

/// A kind of client, and how many of 100 logins come from it.
struct Client {
  unsigned percent;
  std::string_view protocol;
  std::string_view device_id;
  std::span<const Pair> device_attrs;  ///< sorted, as wforce has parsed them
};

constexpr std::array<Pair, 6> mac_mail{{{"imapc.family", "Mac OS X Mail"},
                                        {"imapc.major", "10"},
                                        {"imapc.minor", "0"},
                                        {"os.family", "Mac OS X"},
                                        {"os.major", "10"},
                                        {"os.minor", "12"}}};
constexpr std::array<Pair, 9> safari{{{"browser.family", "Mobile Safari"},
                                      {"browser.major", "16"},
                                      {"browser.minor", "5"},
                                      {"device.brand", "Apple"},
                                      {"device.family", "iPhone"},
                                      {"device.model", "iPhone"},
                                      {"os.family", "iOS"},
                                      {"os.major", "16"},
                                      {"os.minor", "5"}}};
constexpr std::array<Pair, 8> app{{{"app.brand", "ExampleMail"},
                                   {"app.major", "1"},
                                   {"app.minor", "0"},
                                   {"app.name", "Mail"},
                                   {"device.family", "iPhone 7 Plus"},
                                   {"os.family", "iOS"},
                                   {"os.major", "10"},
                                   {"os.minor", "0"}}};

constexpr std::array<Client, 6> clients{{
    {30, "imap", "", {}},
    {25, "imap",
     R"-("name" "Mac OS X Mail" "version" "10.0 (3226)" "os" "Mac OS X" "os-version" "10.12 (16A323)" )-"
     R"("vendor" "Apple Inc.")",
     mac_mail},
    {20, "http",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 "
     "Mobile/15E148 Safari/604.1",
     safari},
    {10, "mobileapi", "ExampleMail.iOS.Mail/1.0.3 (OS: 10.0.3; device: iPhone 7 Plus)", app},
    {10, "smtp", "", {}},
    {5, "pop3", "", {}},
}};

/// Draws ranks 0 to n-1, rank r in proportion to 1 / (r + 1).
class Zipf {
 public:
  explicit Zipf(std::size_t n) {
    cumulated_.reserve(n);
    double sum = 0;
    for (std::size_t rank = 0; rank < n; ++rank) cumulated_.push_back(sum += 1.0 / static_cast<double>(rank + 1));
  }

  std::size_t operator()(Random& random) const {
    const auto at = std::uniform_real_distribution<double>(0, cumulated_.back())(random);
    const auto found = std::ranges::upper_bound(cumulated_, at) - cumulated_.begin();
    return std::min(static_cast<std::size_t>(found), cumulated_.size() - 1);
  }

 private:
  std::vector<double> cumulated_;
};

std::string base64(std::string_view bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the terminating zero
  return out;
}

/// What a delivery id or a signature looks like; receivers of wforce's hooks do not check them.
std::string random_digest(Random& random) {
  std::string bytes(32, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return base64(bytes);
}

/// The address of a rank: one in ten is IPv6; neighbours in rank are not neighbours in the net.
std::string address_of(std::size_t rank) {
  const auto spread = static_cast<std::uint32_t>((rank * 0x9E3779B1U) & 0xFFFFFFU);  // odd factor: no two alike
  const std::array part{static_cast<std::uint8_t>(spread >> 16), static_cast<std::uint8_t>(spread >> 8),
                        static_cast<std::uint8_t>(spread)};
  if (rank % 10 != 9) return base::Address::v4({10, part[0], part[1], part[2]}).to_string();
  std::array<std::uint8_t, 16> v6{0x20, 0x01, 0x0d, 0xb8, part[0], part[1], part[2]};
  v6[15] = 7;
  return base::Address::v6(v6).to_string();
}

const Client& draw_client(Random& random) {
  auto left = std::uniform_int_distribution<unsigned>(0, 99)(random);
  for (const auto& client : clients) {
    if (left < client.percent) return client;
    left -= client.percent;
  }
  return clients.back();
}

std::string body_of(std::size_t login, std::size_t address, base::WallTime time, Random& random) {
  const auto& client = draw_client(random);
  const bool success = random() % 10 != 0;
  base::JsonWriter json;
  json.begin_object().key("attrs").begin_object();
  if (login % 4 == 0) json.key("cos").value("basic");
  json.end_object().key("device_attrs").begin_object();
  for (const auto& [name, value] : client.device_attrs) json.key(name).value(value);
  json.end_object();
  json.key("device_id").value(client.device_id);
  json.key("fail_type").value(success ? "" : "credentials");
  json.key("login").value(fmt::format("user{}@example.com", login));
  json.key("policy_reject").value(false);
  json.key("protocol").value(client.protocol);
  json.key("pwhash").value(fmt::format("{:04x}", random() & 0xFFFF));
  json.key("remote").value(address_of(address));
  json.key("session_id").value(client.protocol == "http" ? fmt::format("s{:x}", random()) : "");
  json.key("success").value(success);
  json.key("t").raw(fmt::format("{:.6f}", base::to_unix_seconds(time)));
  json.key("tls").value(random() % 5 != 0);
  json.key("type").value("wforce_report");
  json.end_object();
  return std::move(json).text();
}

/// Makes the heads; whoever posts has the same words in each, but for what looks random.
class Poster {
 public:
  explicit Poster(const ReportOptions& options) : options_(options), credentials_(base64(options.authorization)) {}

  [[nodiscard]] std::string request(std::string_view body, Random& random) const {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nAuthorization: Basic {}\r\n"
        "Content-Type: application/json\r\nX-Wforce-Delivery: {}\r\nX-Wforce-Event: report\r\n"
        "X-Wforce-HookID: 1\r\nX-Wforce-Signature: {}\r\nContent-Length: {}\r\n\r\n{}",
        options_.target, options_.host, credentials_, random_digest(random), random_digest(random), body.size(), body);
  }

 private:
  const ReportOptions& options_;
  const std::string credentials_;
};

}  // namespace

std::vector<std::string> build_reports(const ReportOptions& options) {
  Random random(options.seed);
  const Zipf logins(options.logins);
  const Zipf addresses(options.addresses);
  const Poster poster(options);
  std::vector<std::string> out;
  out.reserve(options.count);
  auto time = options.first;
  for (std::size_t i = 0; i < options.count; ++i, time += std::chrono::milliseconds(1)) {
    const auto body = body_of(logins(random), addresses(random), time, random);
    out.push_back(poster.request(body, random));
  }
  return out;
}

std::vector<std::string> build_requests(const ReportOptions& options, std::span<const std::string> bodies) {
  Random random(options.seed);
  const Poster poster(options);
  std::vector<std::string> out;
  out.reserve(bodies.size());
  for (const auto& body : bodies) out.push_back(poster.request(body, random));
  return out;
}

}  // namespace trackalert::bench
