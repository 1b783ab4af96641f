// SPDX-License-Identifier: Apache-2.0
// What must not be alerted about: networks, logins, autonomous systems and countries, for one detection or all, for a
// while or for good.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/prefix.h"
#include "base/result.h"
#include "history/event.h"

namespace trackalert::alert {

/// A plain value; make_allowance() makes those that may be used.
struct Allowance {
  enum class What : std::uint8_t { remote, login, asn, country };
  What what = What::remote;
  std::string value;        ///< canonical: an address or CIDR, a login, a number, two capitals
  std::string detection;    ///< its name, or empty: all
  std::string reason;       ///< for people
  history::Time until = 0;  ///< it ends at this moment; 0: never
  history::Time since = 0;
  std::string by;  ///< who said so: "configuration", "console", "api"
  std::string id;  ///< 16 hex digits of what, value and detection: one that is said again replaces the first
  bool operator==(const Allowance&) const = default;

  [[nodiscard]] bool in_force(history::Time now) const { return until == 0 || now < until; }
};

/// The words "remote", "login", "asn" and "country".
[[nodiscard]] std::string_view allowance_name(Allowance::What what);

/// `draft` as somebody wrote it: `what` and its value in any spelling ("::ffff:192.0.2.1", "192.0.2.9/24", "AS64500",
/// "de"); what, id and value are filled. An error names the field and what is valid. Whether there is a detection of
/// that name is for the caller to know.
[[nodiscard]] base::Result<Allowance> make_allowance(std::string_view what, Allowance draft);

/// {"id", "what", "value", "detection", "reason", "until", "since", "by"}; without detection: all, without until: for
/// good. Times are seconds since 1970.
[[nodiscard]] std::string allowance_json(const Allowance& allowance);

/// Immutable once built, so any thread may ask without a lock (base/published.h hands a new one out). What it returns
/// lives as long as it does. An empty one costs a comparison.
class AllowList {
 public:
  static constexpr std::size_t max_entries = 10'000;

  /// Whom a finding is about; what is not known is empty, 0 or nullptr.
  struct Subject {
    std::string_view login;
    const base::Address* remote = nullptr;
    std::uint32_t asn = 0;
    std::string_view country;
  };

  AllowList() = default;
  /// Of make_allowance()'s entries. Beyond max_entries they are left out: who takes them in refuses more.
  explicit AllowList(std::vector<Allowance> entries);

  /// The first entry that allows a finding of `rule` about this subject, or nullptr: networks, the longest first, then
  /// the login, the ASN, the country.
  [[nodiscard]] const Allowance* allows(std::string_view rule, const Subject& subject, history::Time now) const;
  /// The same of an alert's key: "remote:192.0.2.1", "net:192.0.2.0/24" (a network that covers all of it),
  /// "login:joe". Other keys are of nobody that could be allowed.
  [[nodiscard]] const Allowance* allows_key(std::string_view rule, std::string_view key, history::Time now) const;

  [[nodiscard]] const std::vector<Allowance>& entries() const { return entries_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  /// Numbers of entries about one value: for different detections.
  using Numbers = std::vector<std::uint32_t>;
  struct AddressHash {
    std::size_t operator()(const base::Address& address) const;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByAddress = boost::unordered_flat_map<base::Address, Numbers, AddressHash>;
  using ByText = boost::unordered_flat_map<std::string, Numbers, TextHash, std::equal_to<>>;

  /// Of what may be asked now.
  struct Question {
    std::string_view rule;
    history::Time now = 0;
  };
  [[nodiscard]] const Allowance* among(const Numbers& numbers, const Question& question) const;
  [[nodiscard]] const Allowance* by_network(const base::Prefix& network, const Question& question) const;
  [[nodiscard]] const Allowance* by_text(const ByText& texts, std::string_view text, const Question& question) const;

  std::vector<Allowance> entries_;
  /// Per family, per length, the longest first.
  std::map<unsigned, ByAddress, std::greater<>> networks_[2];
  ByText logins_;
  ByText countries_;
  boost::unordered_flat_map<std::uint32_t, Numbers> asns_;
};

}  // namespace trackalert::alert
