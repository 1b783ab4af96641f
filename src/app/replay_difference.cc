// SPDX-License-Identifier: Apache-2.0
#include "app/replay_difference.h"

#include <fmt/format.h>

#include <boost/container_hash/hash.hpp>

#include <algorithm>
#include <tuple>

#include "app/replay_summary.h"
#include "history/table_text.h"
#include "history/time_text.h"

namespace trackalert::app {
namespace {

constexpr std::size_t most_message_bytes = 256;
constexpr std::size_t rule_width = 32;
constexpr std::size_t message_width = 110;
constexpr std::size_t most_taken_shown = 3;
constexpr std::size_t most_key_bytes = 256;

using Group = std::pair<std::vector<const FoundAlert*>, std::vector<const FoundAlert*>>;
using Groups = std::map<std::pair<std::string_view, std::string_view>, Group>;

bool earlier(const FoundAlert* left, const FoundAlert* right) {
  return std::tie(left->first_seen, left->last_seen, left->rule, left->key) <
         std::tie(right->first_seen, right->last_seen, right->rule, right->key);
}

auto taken_of(const FoundAlert& alert) {
  return std::tie(alert.taken, alert.taken_total, alert.taken_hash);
}

void match(Group& group, ReplayDifference& out, ReplayDifference::Rule& rule) {
  auto& [as, bs] = group;
  std::ranges::sort(as, earlier);
  std::ranges::sort(bs, earlier);
  auto b = bs.begin();
  for (const auto* a : as) {
    while (b != bs.end() && (*b)->last_seen < a->first_seen) out.only_b.push_back(*b++);
    if (b == bs.end() || (*b)->first_seen > a->last_seen) {
      out.only_a.push_back(a);
      continue;
    }
    const auto* other = *b++;
    ++rule.both;
    const ReplayDifference::Changed changed{
        .a = a, .b = other, .severity = a->severity != other->severity, .taken = taken_of(*a) != taken_of(*other)};
    if (!changed.severity && !changed.taken) continue;
    ++rule.changed;
    out.changed.push_back(changed);
  }
  out.only_b.insert(out.only_b.end(), b, bs.end());
}

std::string alert_line(std::string_view side, const FoundAlert& alert) {
  const auto time = history::format_time(alert.first_seen - alert.first_seen % history::second).substr(0, 19) + "Z";
  return fmt::format("{}  {}  {:<8}  {}  {}: {}\n", side, time, detect::severity_name(alert.severity),
                     shown_in(alert.rule, rule_width), shown_in(alert.key, history::max_cell_width),
                     shown_in(alert.message, message_width));
}

std::string taken_text(const FoundAlert& alert) {
  if (alert.taken.empty()) return "nobody";
  std::string out;
  for (const auto& name : alert.taken) out += (out.empty() ? "" : ", ") + shown_in(name, history::max_cell_width);
  const auto shown = alert.taken.size();
  if (alert.taken_total > shown) out += fmt::format(" and {} more", alert.taken_total - shown);
  return out;
}

std::string changed_line(const ReplayDifference::Changed& changed) {
  auto out = alert_line("changed", *changed.b);
  if (changed.severity) {
    out += fmt::format("         severity: {} -> {}\n", detect::severity_name(changed.a->severity),
                       detect::severity_name(changed.b->severity));
  }
  if (changed.taken) {
    out += fmt::format("         taken: {} -> {}\n", taken_text(*changed.a), taken_text(*changed.b));
  }
  return out;
}

}  // namespace

FoundAlert found_alert(const alert::Alert& alert) {
  FoundAlert out{.rule = alert.rule,
                 .key = alert.key,
                 .severity = alert.severity,
                 .first_seen = alert.first_seen,
                 .last_seen = alert.last_seen,
                 .taken = alert.taken.shown(),
                 .taken_total = alert.taken.total(),
                 .message = alert.message.substr(0, most_message_bytes)};
  if (out.key.size() > most_key_bytes) {
    out.key = fmt::format("{}... {:016x}", out.key.substr(0, most_key_bytes), boost::hash<std::string>{}(out.key));
  }
  std::ranges::sort(out.taken);
  out.taken_hash = boost::hash_range(out.taken.begin(), out.taken.end());
  if (out.taken.size() > most_taken_shown) out.taken.resize(most_taken_shown);
  return out;
}

ReplayDifference difference(const std::vector<FoundAlert>& a, const std::vector<FoundAlert>& b) {
  Groups groups;
  ReplayDifference out;
  for (const auto& alert : a) {
    groups[{alert.rule, alert.key}].first.push_back(&alert);
    ++out.rules[alert.rule].a;
  }
  for (const auto& alert : b) {
    groups[{alert.rule, alert.key}].second.push_back(&alert);
    ++out.rules[alert.rule].b;
  }
  for (auto& [name, group] : groups) match(group, out, out.rules[std::string(name.first)]);
  std::ranges::sort(out.only_a, earlier);
  std::ranges::sort(out.only_b, earlier);
  std::ranges::sort(out.changed, [](const auto& left, const auto& right) { return earlier(left.a, right.a); });
  return out;
}

std::string difference_text(const ReplayDifference& difference, std::string_view a, std::string_view b) {
  auto out = fmt::format("A is {}, B is {}\n\n", history::printable(a), history::printable(b));
  std::size_t width = 4;
  for (const auto& [name, rule] : difference.rules) width = std::max(width, std::min(name.size(), rule_width));
  out += fmt::format("{:<{}}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}\n", "rule", width, "A", "B", "both", "only A",
                     "only B", "changed");
  for (const auto& [name, rule] : difference.rules) {
    out += fmt::format("{:<{}}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}\n", shown_in(name, rule_width), width, rule.a,
                       rule.b, rule.both, rule.a - rule.both, rule.b - rule.both, rule.changed);
  }
  if (difference.none()) return out + "\nBoth find the same.\n";
  out += '\n';
  for (const auto* alert : difference.only_a) out += alert_line("only A ", *alert);
  for (const auto* alert : difference.only_b) out += alert_line("only B ", *alert);
  for (const auto& changed : difference.changed) out += changed_line(changed);
  return out;
}

}  // namespace trackalert::app
