// SPDX-License-Identifier: Apache-2.0
// What people have taught about a login: values that are usual for it though its profile hardly knows them, and values
// that are to be new again though its profile knows them. The profile itself stays what it is, counts of what happened;
// whoever judges by it applies the marks first.
//
// Threads: any; one short lock, none while there is not a single mark. The marks are kept in the AlertStore; this is
// what the intake asks.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "history/history.h"

namespace trackalert::alert {

struct Mark {
  std::string login;
  history::Facet facet = history::Facet::country;  ///< country, asn, net or device
  std::string value;                               ///< as history::append_value() gives it
  bool usual = false;                              ///< or forgotten: what was before `since` does not count
  history::Time since = 0;
  std::string alert;  ///< id of the alert whose verdict it is
  bool operator==(const Mark&) const = default;
};

class MarkTable {
 public:
  static constexpr std::size_t max_marks = 100'000;
  static constexpr std::size_t max_of_login = 64;
  /// Whose marks there may be.
  static constexpr std::array facets{history::Facet::country, history::Facet::asn, history::Facet::net,
                                     history::Facet::device};

  /// In place of all.
  void restore(std::vector<Mark> marks);
  /// In place of the login's.
  void set(const std::string& login, std::vector<Mark> marks);
  /// Those of an alert's verdict are gone.
  void take_back(const std::string& alert);
  void erase_login(const std::string& login);

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<Mark> of(std::string_view login) const;
  /// The arrival as it is to be judged; nothing where no mark is about it.
  [[nodiscard]] std::optional<history::Arrival> applied(const history::Arrival& arrival) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByLogin = boost::unordered_flat_map<std::string, std::vector<Mark>, TextHash, std::equal_to<>>;
  void recount(const ByLogin& marks);

  std::atomic<std::size_t> size_{0};
  base::Guarded<ByLogin> marks_;
};

/// What a mark about the value makes of what a profile says of it.
[[nodiscard]] history::Familiarity::Value marked(const Mark& mark, history::Familiarity::Value value,
                                                 std::uint32_t last_success);

}  // namespace trackalert::alert
