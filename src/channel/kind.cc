// SPDX-License-Identifier: Apache-2.0
#include "channel/kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace trackalert::channel {
namespace {

constexpr std::size_t most_name_bytes = 64;
constexpr std::size_t most_text_bytes = 8192;
constexpr std::size_t most_list = 100;
constexpr std::uint64_t most_at_once = 64;

bool has_type(const Value& value, KeyType type) {
  switch (type) {
    case KeyType::text:
    case KeyType::secret:
    case KeyType::duration:
    case KeyType::function:
      return std::holds_alternative<std::string>(value);
    case KeyType::number:
      return std::holds_alternative<double>(value);
    case KeyType::flag:
      return std::holds_alternative<bool>(value);
    case KeyType::list:
      return std::holds_alternative<std::string>(value) || std::holds_alternative<std::vector<std::string>>(value);
  }
  return false;
}

base::Result<void> check_text(const std::string& key, std::string_view text) {
  if (text.empty()) return base::fail("{} is empty", key);
  if (text.size() > most_text_bytes) return base::fail("{} has more than {} bytes", key, most_text_bytes);
  // Tabs, breaks and the like are not for a header, a program's argument or a log line.
  if (base::has_control(text)) return base::fail("{} has a control character", key);
  return {};
}

base::Result<void> check_value(const KeyRow& row, const Value& value) {
  if (!has_type(value, row.type)) return base::fail("{} is a {}", row.name, type_name(row.type));
  if (const auto* text = std::get_if<std::string>(&value)) return check_text(row.name, *text);
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr) return {};
  if (list->size() > most_list) return base::fail("{} has more than {} entries", row.name, most_list);
  for (const auto& text : *list) {
    if (auto checked = check_text(row.name, text); !checked) return checked;
  }
  return {};
}

std::vector<const KeyRow*> keys_of(const KindRow& kind) {
  std::vector<const KeyRow*> rows;
  rows.reserve(kind.keys.size() + limit_keys().size());
  for (const auto& row : kind.keys) rows.push_back(&row);
  for (const auto& row : limit_keys()) rows.push_back(&row);
  return rows;
}

base::Result<void> check_keys(const KindRow& kind, const Values& values) {
  const auto rows = keys_of(kind);
  for (const auto& [name, value] : values.all()) {
    const auto at = std::ranges::find(rows, name, [](const KeyRow* row) { return row->name; });
    if (at == rows.end()) {
      std::vector<std::string_view> names;
      names.reserve(rows.size());
      for (const auto* row : rows) names.push_back(row->name);
      return base::fail("there is no \"{}\" here, only {}", name, fmt::join(names, ", "));
    }
    if (auto checked = check_value(**at, value); !checked) return checked;
  }
  for (const auto* row : rows) {
    if (row->needed && !values.has(row->name)) return base::fail("{} is missing: {}", row->name, row->help);
  }
  return {};
}

}  // namespace

std::string_view type_name(KeyType type) {
  switch (type) {
    case KeyType::text:
      return "text";
    case KeyType::secret:
      return "secret text";
    case KeyType::number:
      return "number";
    case KeyType::flag:
      return "true or false";
    case KeyType::duration:
      return "duration";
    case KeyType::list:
      return "list of texts";
    case KeyType::function:
      return "name of setAlertFunction()";
  }
  return "?";
}

base::Result<Rate> parse_rate(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  unsigned messages = 0;
  const std::string number(text.substr(0, slash));
  const auto* const end = number.data() + number.size();
  const auto read = std::from_chars(number.data(), end, messages);
  const auto unit = text.substr(std::min(slash + 1, text.size()));
  const history::Time period = unit == "s"   ? history::second
                               : unit == "m" ? history::minute
                               : unit == "h" ? history::hour
                               : unit == "d" ? history::day
                                             : 0;
  constexpr unsigned most = 100'000;
  if (read.ec != std::errc{} || read.ptr != end || messages < 1 || messages > most || period == 0) {
    return base::fail("rate is messages a second, minute, hour or day, as \"10/m\" or \"100/h\"");
  }
  return Rate{.messages = static_cast<double>(messages), .period = period};
}

std::span<const KindRow> channel_kinds() {
  static const std::vector<KindRow> rows{webhook_kind(), syslog_kind(), ecs_kind(),
                                         exec_kind(),    wforce_kind(), email_kind()};
  return rows;
}

const KindRow* find_kind(std::string_view name) {
  const auto rows = channel_kinds();
  const auto at = std::ranges::find(rows, name, &KindRow::name);
  return at == rows.end() ? nullptr : &*at;
}

std::span<const KeyRow> limit_keys() {
  static const std::vector<KeyRow> rows{
      {"rate", KeyType::text, false,
       "most messages in a time, as \"10/m\" or \"100/h\"; what is beyond waits and goes as one digest"},
      {"digest", KeyType::duration, false, "one message for all that came in so long, as \"1h\" or \"1d\""},
      {"quiet", KeyType::text, false,
       "hours of the local day in which nothing goes out, as \"22-6\"; what waited goes as one digest"},
      {"at_once", KeyType::number, false, "messages on their way at a time, 1 to 64"},
  };
  return rows;
}

base::Result<void> check_channel(const ChannelSetting& setting) {
  if (!is_channel_name(setting.name)) {
    return base::fail("the name of a channel has small letters, digits, - and _, at most {} of them", most_name_bytes);
  }
  const auto* kind = find_kind(setting.kind);
  if (kind == nullptr) {
    std::vector<std::string_view> names;
    names.reserve(channel_kinds().size());
    for (const auto& row : channel_kinds()) names.push_back(row.name);
    return base::fail("there is no kind \"{}\", only {}", setting.kind, fmt::join(names, ", "));
  }
  if (auto checked = check_keys(*kind, setting.values); !checked) return checked;
  if (const auto limits = limits_of(setting); !limits) return std::unexpected(limits.error());
  return kind->check(setting.values);
}

base::Result<Limits> limits_of(const ChannelSetting& setting) {
  const auto& values = setting.values;
  const auto* kind = find_kind(setting.kind);
  Limits limits;
  limits.digests = kind->digests(values);
  if (values.has("rate")) {
    const auto rate = parse_rate(values.text("rate"));
    if (!rate) return std::unexpected(rate.error());
    limits.rate = *rate;
  }
  if (values.has("quiet")) {
    const auto quiet = Hours::parse(values.text("quiet"));
    if (!quiet) return base::fail("quiet: {}", quiet.error().message);
    limits.quiet = *quiet;
  }
  const auto digest = values.duration("digest", 0, history::minute, 7 * history::day);
  if (!digest) return std::unexpected(digest.error());
  limits.digest = *digest;
  if (limits.digest > 0 && !limits.digests) return base::fail("this channel tells alerts one by one: no digest");
  const auto at_once = values.number("at_once", kind->at_once, 1, most_at_once);
  if (!at_once) return std::unexpected(at_once.error());
  limits.at_once = *at_once;
  return limits;
}

base::Result<std::unique_ptr<Channel>> make_channel(const ChannelSetting& setting, const Ground& ground) {
  auto made = find_kind(setting.kind)->make(setting.values, ground);
  if (!made) return base::fail("channel {}: {}", setting.name, made.error().message);
  return made;
}

std::vector<std::string> functions_of(const ChannelSetting& setting) {
  std::vector<std::string> names;
  const auto* kind = find_kind(setting.kind);
  if (kind == nullptr) return names;
  for (const auto& row : kind->keys) {
    if (row.type == KeyType::function && setting.values.has(row.name)) names.push_back(setting.values.text(row.name));
  }
  return names;
}

bool is_channel_name(std::string_view name) {
  const auto fits = [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= most_name_bytes && std::ranges::all_of(name, fits);
}

}  // namespace trackalert::channel
