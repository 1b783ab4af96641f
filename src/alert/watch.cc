// SPDX-License-Identifier: Apache-2.0
#include "alert/watch.h"

#include <pthread.h>

#include <algorithm>

#include "alert/watch_desk.h"

namespace trackalert::alert {
namespace {

constexpr std::uint64_t ticks_between_clearing = 3600;
/// Events that recall() reads between two looks at whether the intake wants the lock.
constexpr std::size_t events_at_once = 256;

history::Time wall_time(const base::Clock& clock) {
  return clock.now().time_since_epoch().count();
}

}  // namespace

Watch::Watch(const Surroundings& surroundings, Options options, std::unique_ptr<AlertStore> store)
    : surroundings_(surroundings),
      options_(std::move(options)),
      store_(std::move(store)),
      saved_(surroundings.registry.counter("alerts_saved_total", "Alerts written to the store", {})),
      save_failures_(
          surroundings.registry.counter("alerts_save_failures_total", "Times that the store took no alerts", {})),
      desk_(std::make_unique<base::Guarded<Desk>>(surroundings_, options_)) {
  auto& registry = surroundings.registry;
  registry.counter_from("detections_evictions_total", "Entries of the detections' tables that made room for others",
                        [this] { return static_cast<double>(desk_->lock()->monitor.evictions()); });
  registry.counter_from("alerts_evicted_total", "Alerts that others made room for in memory",
                        [this] { return static_cast<double>(desk_->lock()->monitor.book().evicted()); });
  registry.gauge("alerts_open", "Alerts that go on",
                 [this] { return static_cast<double>(desk_->lock()->monitor.book().size()); });
  register_metrics(std::string(raised_by_policy));
  register_feedback_metrics();
}

Watch::~Watch() {
  stop();
}

base::Result<std::unique_ptr<Watch>> Watch::open(const Surroundings& surroundings, const Options& options) {
  auto store = AlertStore::open(options.history_folder + "/" + AlertStore::file_name);
  if (!store) return std::unexpected(store.error());
  std::unique_ptr<Watch> watch(new Watch(surroundings, options, std::move(*store)));
  if (auto restored = watch->restore(); !restored) return std::unexpected(restored.error());
  return watch;
}

base::Result<void> Watch::restore() {
  auto alerts = store_->open_alerts(options_.monitor.book.max_alerts);
  if (!alerts) return std::unexpected(alerts.error());
  auto desk = desk_->lock();
  for (auto& alert : *alerts) desk->monitor.restore(std::move(alert));
  desk->monitor.use(marks_);
  AlertFilter closed;
  closed.state = State::closed;
  closed.since = wall_time(surroundings_.clock) - detect::Engine::remembered;
  closed.limit = AlertFilter::max_limit;
  const auto page = store_->list(closed);
  if (!page) return std::unexpected(page.error());
  for (const auto& alert : page->alerts) {
    if (!alert.handled_by.empty()) desk->monitor.book().note_closed(alert.id);
  }
  if (auto known = renew_feedback(); !known) return known;
  return renew(*desk);
}

void Watch::use(std::span<const detect::Rule> rules, detect::AsnKinds kinds) {
  std::vector<std::string> fresh;
  bool first = false;
  {
    auto desk = desk_->lock();
    first = desk->monitor.engine() == nullptr && !rules.empty();
    desk->monitor.use(rules, std::move(kinds));
    for (const auto& rule : rules) {
      if (desk->rules_with_metrics.insert(rule.name).second) fresh.push_back(rule.name);
    }
  }
  for (const auto& rule : fresh) register_metrics(rule);  // without the lock, which a scrape takes
  if (!first) return;
  if (!options_.read_back_beside) return read_back({});
  recalling_ = std::jthread([this](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "recall");
    read_back(stop);
  });
}

void Watch::register_metrics(const std::string& rule) {
  auto& registry = surroundings_.registry;
  const auto add = [&](std::string_view name, std::string_view help, auto read, std::string_view by = {}) {
    metrics::Labels labels{{"detection", rule}};
    if (!by.empty()) labels.emplace_back("by", by);
    registry.counter_from(
        name, help, [this, rule, read] { return static_cast<double>(read(desk_->lock()->monitor.counts(rule))); },
        labels);
  };
  using Counts = Monitor::Counts;
  registry.gauge("alerts_false_alarm_share", "Share of verdicts that say that nothing was wrong",
                 [this, rule] { return verdicts_on(rule).false_alarm_share(); }, {{"detection", rule}});
  registry.gauge("alerts_verdicts", "Alerts that people have given a verdict on",
                 [this, rule] { return static_cast<double>(verdicts_on(rule).all()); }, {{"detection", rule}});
  add("detections_evaluated_total", "Times that a detection looked closer",
      [](const Counts& c) { return c.evaluated; });
  add("detections_findings_total", "Findings of detections", [](const Counts& c) { return c.found; });
  add("detections_alerts_total", "Alerts that were opened or became worse", [](const Counts& c) { return c.alerted; });
  add("detections_alerts_opened_total", "Alerts that were opened", [](const Counts& c) { return c.opened; });
  add("detections_seconds_to_detect_total", "From the beginning of what opened alerts to when they were opened",
      [](const Counts& c) { return c.seconds_to_detect; });
  for (const auto by :
       {Allowance::What::remote, Allowance::What::login, Allowance::What::asn, Allowance::What::country}) {
    add(
        "detections_suppressed_total", "Findings that an allow list took",
        [by](const Counts& c) { return c.suppressed[static_cast<std::size_t>(by)]; }, allowance_name(by));
  }
}

base::Result<void> Watch::use(std::vector<Allowance> configured) {
  auto desk = desk_->lock();
  auto before = std::exchange(desk->configured, std::move(configured));
  auto renewed = renew(*desk);
  if (!renewed) desk->configured = std::move(before);
  return renewed;
}

void Watch::use(std::shared_ptr<const Routing> routing) {
  desk_->lock()->use(std::move(routing));
}

base::Result<void> Watch::renew(Desk& desk) {
  auto all = store_->allowances(wall_time(surroundings_.clock));
  if (!all) return std::unexpected(all.error());
  all->insert(all->begin(), desk.configured.begin(), desk.configured.end());
  if (all->size() > AllowList::max_entries) {
    return base::fail("the allow list has at most {} entries", AllowList::max_entries);
  }
  desk.monitor.use(std::make_shared<const AllowList>(std::move(*all)));
  return {};
}

base::Result<void> Watch::allow(const Allowance& allowance) {
  auto desk = desk_->lock();
  if (auto saved = store_->save_allowance(allowance); !saved) return saved;
  auto renewed = renew(*desk);
  if (!renewed) (void)store_->remove_allowance(allowance.id);
  return renewed;
}

base::Result<bool> Watch::disallow(const std::string& id) {
  auto desk = desk_->lock();
  const auto removed = store_->remove_allowance(id);
  if (!removed || !*removed) return removed;
  if (auto renewed = renew(*desk); !renewed) return std::unexpected(renewed.error());
  return true;
}

std::vector<Allowance> Watch::allowances() const {
  const auto list = desk_->lock()->monitor.allow_list();
  return list ? list->entries() : std::vector<Allowance>();
}

void Watch::judge(std::span<const history::Arrival> arrivals, std::span<Judgement> judgements) {
  auto desk = desk_->lock();
  desk->monitor.judge(arrivals, judgements);
  if (desk->has_news() && options_.keep_at_once && !failing_) save(*desk, Share::news);
}

void Watch::raise(const detect::Finding& finding) {
  auto desk = desk_->lock();
  desk->monitor.take(finding, finding.time, raised_by_policy);
  if (desk->has_news() && options_.keep_at_once && !failing_) save(*desk, Share::news);
}

void Watch::tick() {
  save_in_parts();
  if (++ticks_ % ticks_between_clearing == 1) clear_old();
}

void Watch::stop() {
  recalling_.request_stop();
  if (recalling_.joinable()) recalling_.join();
  save(*desk_->lock(), Share::all);
}

/// Reports come in between, and change alerts that were written: one round is enough.
void Watch::save_in_parts() {
  auto parts = desk_->lock()->unsaved_parts();
  while (parts-- > 0 && save(*desk_->lock(), Share::some)) {
  }
}

/// False: it failed. What fails stays unsaved; from then on only tick() and questions try again, so that the intake
/// does not wait.
bool Watch::save(Desk& desk, Share share) {
  if (desk.all_saved()) return true;
  const auto alerts = desk.unsaved(share);
  if (const auto saved = store_->save(alerts, desk.news()); !saved) {
    save_failures_.add();
    if (!std::exchange(failing_, true)) {
      surroundings_.log.error("Alerts cannot be kept, they are tried again: {}", saved.error().message);
    }
    return false;
  }
  if (std::exchange(failing_, false)) surroundings_.log.notice("Alerts are kept again");
  saved_.add(alerts.size());
  desk.note_saved(alerts);
  return true;
}

void Watch::clear_old() {
  const auto now = wall_time(surroundings_.clock);
  std::uint64_t alerts = 0;
  const auto old = options_.retention == 0 ? 0 : now - options_.retention;
  if (options_.retention != 0) {
    const auto dropped = store_->drop_before(old);
    if (!dropped) surroundings_.log.error("Old alerts cannot be dropped: {}", dropped.error().message);
    alerts = dropped.value_or(0);
  }
  // Under the lock, so that no verdict comes between reading what is left and using it.
  const auto desk = desk_->lock();
  const auto marks = store_->drop_feedback(old, now);
  auto done = marks ? base::Result<void>() : std::unexpected(marks.error());
  if (marks && *marks + alerts > 0) done = renew_feedback();
  if (!done) surroundings_.log.error("Old feedback cannot be dropped: {}", done.error().message);
}

void Watch::read_back(const std::stop_token& stop) {
  const auto last = surroundings_.history.status().last_sequence;
  std::vector<history::Event> events;
  const auto hand_over = [&] {
    auto desk = desk_->lock();
    for (const auto& event : events) desk->monitor.remember(event);
    events.clear();
  };
  history::Filter filter;
  filter.since = wall_time(surroundings_.clock) - detect::Engine::remembered;
  const auto walked = surroundings_.history.each_event(filter, [&](const history::Event& event) {
    // Later ones are judged when they come.
    if (event.sequence <= last) events.push_back(event);
    if (events.size() >= events_at_once) hand_over();
    return !stop.stop_requested();
  });
  hand_over();
  if (!walked) {
    surroundings_.log.error("The detections do not know the last month: {}", walked.error().message);
  } else if (!stop.stop_requested()) {
    surroundings_.log.info("The detections have read the last month");
  }
}

base::Result<std::optional<Alert>> Watch::find(const std::string& id) {
  {
    auto desk = desk_->lock();
    if (const auto* alert = desk->monitor.book().find(id)) return *alert;
  }
  return store_->find(id);
}

void Watch::each_open(const std::function<void(const Alert&)>& each) const {
  auto desk = desk_->lock();
  for (const auto* alert : desk->monitor.book().alerts()) each(*alert);
}

base::Result<AlertPage> Watch::list(const AlertFilter& filter) {
  save_in_parts();
  return store_->list(filter);
}

base::Result<std::uint64_t> Watch::erase_login(const std::string& login) {
  auto desk = desk_->lock();
  save(*desk, Share::all);
  desk->monitor.erase_login(login);
  const auto erased = store_->erase_login(login);
  if (!erased) return erased;
  marks_.erase_login(login);
  if (auto renewed = renew(*desk); !renewed) return std::unexpected(renewed.error());
  return erased;
}

base::Result<void> Watch::backup(const std::string& file) {
  auto desk = desk_->lock();
  save(*desk, Share::all);
  return store_->backup(file);
}

detect::Standings Watch::standings_of_login(std::string_view login) const {
  auto desk = desk_->lock();
  const auto* engine = desk->monitor.engine();
  return engine == nullptr ? detect::Standings() : engine->standings_of_login(login, desk->monitor.newest());
}

detect::Standings Watch::standings_of_source(const base::Prefix& source) const {
  auto desk = desk_->lock();
  const auto* engine = desk->monitor.engine();
  return engine == nullptr ? detect::Standings() : engine->standings_of_source(source, desk->monitor.newest());
}

std::optional<detect::Rule> Watch::rule(std::string_view name) const {
  auto desk = desk_->lock();
  const auto* rule = desk->monitor.rule(name);
  return rule == nullptr ? std::nullopt : std::optional(*rule);
}

base::Result<std::uint64_t> erase_login(history::History& history, Watch* watch, const std::string& login) {
  auto erased = history.erase(login);
  if (!erased || watch == nullptr) return erased;
  if (const auto names = watch->erase_login(login); !names) return std::unexpected(names.error());
  return erased;
}

base::Result<void> backup(history::History& history, Watch* watch, const std::string& folder) {
  auto done = history.backup(folder);
  if (!done || watch == nullptr) return done;
  return watch->backup(folder + "/" + AlertStore::file_name);
}

}  // namespace trackalert::alert
