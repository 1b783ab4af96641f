// SPDX-License-Identifier: Apache-2.0
#include "channel/setting.h"

#include <cmath>

#include "history/time_text.h"

namespace trackalert::channel {
namespace {

template <class T>
const T* member(const std::map<std::string, Value>& values, const std::string& key) {
  const auto at = values.find(key);
  return at == values.end() ? nullptr : std::get_if<T>(&at->second);
}

}  // namespace

std::string Values::text(const std::string& key, std::string_view otherwise) const {
  const auto* text = member<std::string>(values_, key);
  return text == nullptr ? std::string(otherwise) : *text;
}

bool Values::flag(const std::string& key) const {
  const auto* flag = member<bool>(values_, key);
  return flag != nullptr && *flag;
}

std::vector<std::string> Values::list(const std::string& key) const {
  if (const auto* texts = member<std::vector<std::string>>(values_, key)) return *texts;
  const auto* one = member<std::string>(values_, key);
  return one == nullptr ? std::vector<std::string>() : std::vector{*one};
}

base::Result<std::uint64_t> Values::number(const std::string& key, std::uint64_t otherwise, std::uint64_t least,
                                           std::uint64_t most) const {
  const auto* number = member<double>(values_, key);
  if (number == nullptr) return otherwise;
  if (*number != std::floor(*number) || *number < static_cast<double>(least) || *number > static_cast<double>(most)) {
    return base::fail("{} is a whole number from {} to {}", key, least, most);
  }
  return static_cast<std::uint64_t>(*number);
}

base::Result<history::Time> Values::duration(const std::string& key, history::Time otherwise, history::Time least,
                                             history::Time most) const {
  const auto* text = member<std::string>(values_, key);
  if (text == nullptr) return otherwise;
  const auto duration = history::parse_duration(*text);
  if (!duration) return base::fail("{} is a duration as \"90s\", \"15m\" or \"1h\"", key);
  if (*duration < least || *duration > most) {
    return base::fail("{} is from {}s to {}s", key, least / history::second, most / history::second);
  }
  return *duration;
}

}  // namespace trackalert::channel
