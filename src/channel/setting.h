// SPDX-License-Identifier: Apache-2.0
// What a configuration says about channels and routes, as it was written. Plain data; kind.h and routes.h read it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "history/event.h"

namespace trackalert::channel {

using Value = std::variant<bool, double, std::string, std::vector<std::string>>;

/// The keys of a table. What reads them says what is wrong by the key's name and never by its value: it may be a
/// secret.
class Values {
 public:
  Values() = default;
  explicit Values(std::map<std::string, Value> values) : values_(std::move(values)) {}

  [[nodiscard]] const std::map<std::string, Value>& all() const { return values_; }
  [[nodiscard]] bool has(const std::string& key) const { return values_.contains(key); }
  /// `otherwise` where there is no such key, or no text: check_keys() has complained about that.
  [[nodiscard]] std::string text(const std::string& key, std::string_view otherwise = {}) const;
  [[nodiscard]] bool flag(const std::string& key) const;
  /// A list, or one text for a list of one.
  [[nodiscard]] std::vector<std::string> list(const std::string& key) const;
  /// Whole, and within these bounds.
  [[nodiscard]] base::Result<std::uint64_t> number(const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                                                   std::uint64_t most) const;
  /// "90s", "1h", "30d", within these bounds.
  [[nodiscard]] base::Result<history::Time> duration(const std::string& key, history::Time otherwise,
                                                     history::Time least, history::Time most) const;
  bool operator==(const Values&) const = default;

 private:
  std::map<std::string, Value> values_;
};

struct ChannelSetting {
  std::string name;
  std::string kind;
  Values values;
  bool operator==(const ChannelSetting&) const = default;
};

}  // namespace trackalert::channel
