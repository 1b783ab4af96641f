// SPDX-License-Identifier: Apache-2.0
#include "channel/message_text.h"

#include <fmt/format.h>

#include "base/log.h"
#include "channel/message_json.h"

namespace trackalert::channel {
namespace {

constexpr std::size_t most_title_bytes = 500;
constexpr std::size_t most_name_bytes = 100;
constexpr std::size_t most_names = 10;
constexpr std::size_t most_titles = 20;

void add_names(std::vector<std::string>& lines, std::string_view what, const alert::NameList& names) {
  if (names.shown().empty()) return;
  std::string line(what);
  std::size_t shown = 0;
  for (const auto& name : names.shown()) {
    if (shown == most_names) break;
    line += (shown++ == 0 ? ": " : ", ") + plain(name, most_name_bytes);
  }
  if (names.total() > shown) line += fmt::format(" and {} more", names.total() - shown);
  lines.push_back(std::move(line));
}

std::string heading_of(const Message& message) {
  const auto all = message.items.size() + message.not_shown;
  return all == 1 ? "1 alert" : fmt::format("{} alerts", all);
}

}  // namespace

std::string plain(std::string_view text, std::size_t most_bytes) {
  auto out = base::escape_control(valid_utf8(text.substr(0, most_bytes)));
  const bool cut = text.size() > most_bytes || out.size() > most_bytes;
  if (out.size() > most_bytes) out.resize(most_bytes);  // amid a character perhaps
  return cut ? valid_utf8(out) + "..." : out;
}

std::string title_of(const Item& item) {
  const auto& alert = item.alert;
  return fmt::format("{}[{}] {}: {}", item.news == News::closed ? "closed: " : "",
                     detect::severity_name(alert.severity), plain(alert.rule, most_name_bytes),
                     plain(alert.message, most_title_bytes));
}

std::vector<std::string> text_lines(const Message& message) {
  std::vector<std::string> lines;
  if (message.digest || message.items.size() != 1) {
    lines.push_back(heading_of(message));
    for (const auto& item : message.items) {
      if (lines.size() > most_titles) break;
      lines.push_back(title_of(item));
    }
    const auto left = message.items.size() + message.not_shown - (lines.size() - 1);
    if (left > 0) lines.push_back(fmt::format("and {} more", left));
  } else {
    const auto& alert = message.items.front().alert;
    lines.push_back(title_of(message.items.front()));
    lines.push_back("about: " + plain(alert.key, most_name_bytes));
    add_names(lines, "taken over", alert.taken);
    add_names(lines, "from", alert.sources);
    add_names(lines, "accounts", alert.logins);
    lines.push_back("id: " + plain(alert.id, most_name_bytes));
  }
  if (message.held_back > 0) lines.push_back(fmt::format("{} further alerts were held back", message.held_back));
  return lines;
}

std::string message_text(const Message& message) {
  std::string text;
  for (const auto& line : text_lines(message)) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace trackalert::channel
