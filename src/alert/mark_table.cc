// SPDX-License-Identifier: Apache-2.0
#include "alert/mark_table.h"

#include <algorithm>

namespace trackalert::alert {
namespace {

/// Days of success that a value is worth once a person has said that it is usual: more than any rule asks for.
constexpr std::uint16_t days_of_usual = 30;
constexpr std::uint32_t seconds_per_day = 86'400;

std::size_t index_of(history::Facet facet) {
  return static_cast<std::size_t>(std::ranges::find(history::profile_facets, facet) - history::profile_facets.begin());
}

std::uint32_t seconds_of(history::Time time) {
  return static_cast<std::uint32_t>(std::clamp<history::Time>(time / history::second, 0, UINT32_MAX));
}

}  // namespace

history::Familiarity::Value marked(const Mark& mark, history::Familiarity::Value value, std::uint32_t last_success) {
  const auto since = seconds_of(mark.since);
  if (mark.usual) {
    // What is usual stays so while nobody logs in.
    value.last_success = std::max({value.last_success, last_success, since});
    value.success_days = std::max(value.success_days, days_of_usual);
    return value;
  }
  if (value.last_success <= since) return {};
  // It was used again since then: on how many days is not known, but on no more than have passed.
  const auto days = (value.last_success - since) / seconds_per_day + 1;
  value.success_days = static_cast<std::uint16_t>(std::min<std::uint32_t>(value.success_days, days));
  return value;
}

void MarkTable::recount(const ByLogin& marks) {
  std::size_t all = 0;
  for (const auto& [login, own] : marks) all += own.size();
  size_.store(all, std::memory_order_relaxed);
}

void MarkTable::restore(std::vector<Mark> marks) {
  ByLogin fresh;
  for (auto& mark : marks) fresh[mark.login].push_back(std::move(mark));
  auto held = marks_.lock();
  held->swap(fresh);
  recount(*held);
}

void MarkTable::set(const std::string& login, std::vector<Mark> marks) {
  auto held = marks_.lock();
  if (marks.empty())
    held->erase(login);
  else
    (*held)[login] = std::move(marks);
  recount(*held);
}

void MarkTable::take_back(const std::string& alert) {
  auto held = marks_.lock();
  boost::unordered::erase_if(*held, [&alert](auto& entry) {
    std::erase_if(entry.second, [&alert](const Mark& mark) { return mark.alert == alert; });
    return entry.second.empty();
  });
  recount(*held);
}

void MarkTable::erase_login(const std::string& login) {
  set(login, {});
}

std::vector<Mark> MarkTable::of(std::string_view login) const {
  if (size() == 0) return {};
  auto held = marks_.lock();
  const auto at = held->find(login);
  return at == held->end() ? std::vector<Mark>() : at->second;
}

std::optional<history::Arrival> MarkTable::applied(const history::Arrival& arrival) const {
  if (size() == 0) return std::nullopt;
  const auto marks = of(arrival.report->login);
  if (marks.empty()) return std::nullopt;
  const history::EventView event(arrival.sequence, arrival.time, *arrival.report, arrival.place);
  std::optional<history::Arrival> out;
  for (const auto facet : facets) {
    history::ValueBuffer buffer;
    const auto value = history::value_of(facet, event, buffer);
    if (!value) continue;
    const auto same = [&](const Mark& mark) { return mark.facet == facet && mark.value == *value; };
    const auto at = std::ranges::find_if(marks, same);
    if (at == marks.end()) continue;
    if (!out) out = arrival;
    auto& known = out->before.values.at(index_of(facet));
    known = marked(*at, known, arrival.before.last_success);
  }
  return out;
}

}  // namespace trackalert::alert
