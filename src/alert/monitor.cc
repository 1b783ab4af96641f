// SPDX-License-Identifier: Apache-2.0
#include "alert/monitor.h"

#include <algorithm>

namespace trackalert::alert {

Monitor::Monitor(const history::History& history, Audience& audience, const Options& options)
    : history_(history), audience_(audience), options_(options), book_(options.book) {}

void Monitor::use(std::span<const detect::Rule> rules, detect::AsnKinds kinds) {
  rules_.assign(rules.begin(), rules.end());
  if (engine_) return engine_->use(rules, std::move(kinds));
  if (!rules.empty()) {
    engine_ = std::make_unique<detect::Engine>(history_, rules, std::move(kinds), options_.engine);
  }
}

void Monitor::judge(std::span<const history::Arrival> arrivals, std::span<Judgement> judgements) {
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    judge_one(arrivals[i], judgements.empty() ? nullptr : &judgements[i]);
    sweep(newest_);  // after each, so that what is found does not depend on how reports came together
  }
}

void Monitor::judge_one(const history::Arrival& arrival, Judgement* judgement) {
  newest_ = std::max(newest_, arrival.time);
  if (!engine_) return;
  findings_.clear();
  const auto marked = marks_ == nullptr ? std::nullopt : marks_->applied(arrival);
  engine_->judge(marked ? *marked : arrival, findings_, judgement == nullptr ? nullptr : &judgement->risk);
  if (findings_.empty()) return;
  const auto& report = *arrival.report;
  const AllowList::Subject subject{.login = report.login,
                                   .remote = history::has_remote(report) ? &report.remote : nullptr,
                                   .asn = arrival.place.asn,
                                   .country = arrival.place.country_code};
  for (auto& finding : findings_) {
    if (allowed(finding, subject)) continue;
    book(finding, finding.rule->name);
    if (judgement != nullptr) judgement->findings.push_back(std::move(finding));
  }
}

void Monitor::sweep(history::Time now) {
  newest_ = std::max(newest_, now);
  if (engine_) {
    findings_.clear();
    engine_->sweep(newest_, findings_);
    for (auto& finding : findings_) {
      if (!left_without_sources(finding)) book(finding, finding.rule->name);
    }
  }
  book_.close_quiet(newest_, [this](Alert alert) { audience_.closed(std::move(alert)); });
}

void Monitor::take(const detect::Finding& finding, history::Time now, std::string_view counted_as) {
  newest_ = std::max(newest_, now);
  book(finding, counted_as);
}

void Monitor::remember(const history::Event& event) {
  if (engine_) engine_->remember(event);
}

bool Monitor::allowed(const detect::Finding& finding, const AllowList::Subject& subject) {
  if (!allowed_ || allowed_->empty()) return false;
  const auto& rule = finding.rule->name;
  const auto* by = allowed_->allows(rule, subject, finding.time);
  if (by == nullptr) by = allowed_->allows_key(rule, finding.key, finding.time);
  if (by == nullptr) by = allows_cause(finding);
  if (by == nullptr) return false;
  suppress(finding, *by);
  return true;
}

/// What follows from an alert that the list took, whichever rule that was of.
const Allowance* Monitor::allows_cause(const detect::Finding& finding) const {
  const auto& cause = finding.because_of;
  if (cause.empty() || book_.has(cause)) return nullptr;
  for (const auto& rule : rules_) {
    if (const auto* by = allowed_->allows_key(rule.name, cause, finding.time)) return by;
  }
  return nullptr;
}

/// A sweep's finding has many sources: those that are allowed go out of it. Its count of them stays what it was, less
/// those.
bool Monitor::left_without_sources(detect::Finding& finding) {
  if (!allowed_ || allowed_->empty()) return false;
  const Allowance* last = nullptr;
  const auto gone = std::erase_if(finding.sources, [&](const std::string& source) {
    const auto* by = allowed_->allows_key(finding.rule->name, "remote:" + source, finding.time);
    if (by != nullptr) last = by;
    return by != nullptr;
  });
  finding.sources_total -= std::min<std::uint64_t>(finding.sources_total, gone);
  if (last == nullptr || !finding.sources.empty()) return false;
  suppress(finding, *last);
  return true;
}

void Monitor::suppress(const detect::Finding& finding, const Allowance& by) {
  ++counts_[finding.rule->name].suppressed[static_cast<std::size_t>(by.what)];
}

void Monitor::book(const detect::Finding& finding, std::string_view counted_as) {
  const auto change = book_.take(finding);
  if (!change) return;
  const bool opened = change->news == AlertBook::News::opened;
  if (opened || change->news == AlertBook::News::raised) {
    auto& counts = counts_[std::string(counted_as)];
    ++counts.alerted;
    if (opened) {
      ++counts.opened;
      counts.seconds_to_detect +=
          static_cast<double>(finding.time - finding.since) / static_cast<double>(history::second);
    }
  }
  audience_.changed(*change->alert, change->news);
  if (!opened) return;
  for (auto& evicted : book_.take_evicted()) audience_.closed(std::move(evicted));
}

const detect::Rule* Monitor::rule(std::string_view name) const {
  const auto at = std::ranges::find(rules_, name, &detect::Rule::name);
  return at == rules_.end() ? nullptr : &*at;
}

Monitor::Counts Monitor::counts(std::string_view rule) const {
  const auto at = counts_.find(rule);
  auto out = at == counts_.end() ? Counts{} : at->second;
  if (!engine_) return out;
  const auto judged = engine_->counts_of(rule);
  out.evaluated = judged.evaluated;
  out.found = judged.found;
  return out;
}

}  // namespace trackalert::alert
