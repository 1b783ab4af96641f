// SPDX-License-Identifier: Apache-2.0
#include "alert/webhooks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "alert/webhook_request.h"

namespace trackalert::alert {
namespace {

base::Result<void> check_name(std::string_view name) {
  if (name.size() > Webhooks::max_name_bytes) return base::fail("Name longer than {} bytes", Webhooks::max_name_bytes);
  if (base::escape_control(name) != name) return base::fail("Control character in the name");
  return {};
}

/// A name as it came, fit for a log line.
std::string shown(std::string_view name) {
  return base::escape_control(name.substr(0, Webhooks::max_name_bytes));
}

std::size_t slots(const Webhooks::Delivery& delivery) {
  const auto product = std::uint64_t{delivery.threads} * delivery.conns_per_thread;
  return std::clamp<std::uint64_t>(product, 1, Webhooks::max_concurrent);
}

}  // namespace

Webhooks::Webhooks(const base::Clock& clock, base::Log& log, metrics::Registry& registry)
    : clock_(clock),
      log_(log),
      registry_(registry),
      dropped_(registry.counter("webhook_queue_dropped_total", "How many webhook events did the full queue drop?")),
      error_lines_(clock, max_error_lines_per_second) {}

Webhooks::~Webhooks() {
  stop();
}

base::Result<unsigned> Webhooks::add(std::string_view name, const KeyValues& pairs) {
  auto config = WebhookConfig::from(pairs);
  if (auto checked = check_name(name); !checked) config = std::unexpected(checked.error());

  auto state = state_.lock();
  const unsigned id = ++state->last_id;
  if (state->hooks.size() >= max_hooks) config = base::fail("More than {} webhooks", max_hooks);
  if (!config) {
    log_.error("Registering custom webhook id={} name={} from Lua failed [{}]", id, shown(name),
               config.error().message);
    return std::unexpected(config.error());
  }

  auto hook = std::make_unique<Hook>();
  hook->id = id;
  hook->name = name;
  hook->config = std::move(*config);
  hook->line = state->queue.add_hook();
  if (name.empty())
    log_.info("Registering webhook id={} for events [] to url ({})", id, hook->config.shown_url);
  else
    log_.info("Registering custom webhook id={} name={} to url ({})", id, name, hook->config.shown_url);
  if (const auto [first, added] = state->by_name.emplace(name, hook.get()); !added) {
    log_.warning("Custom webhook id={} name={} will not be run: id={} has the same name", id, name, first->second->id);
  }
  if (state->started) declare_events(*hook);
  state->hooks.push_back(std::move(hook));
  return id;
}

void Webhooks::keep_by(Keep keep) {
  state_.lock()->keep = std::make_shared<const Keep>(std::move(keep));
}

std::vector<Webhooks::Kept> Webhooks::kept() const {
  std::vector<Kept> out;
  auto state = state_.lock();
  for (const auto& [name, hook] : state->by_name) {
    if (hook->config.retry) out.push_back({hook->id, name, hook->config});
  }
  return out;
}

/// Without the lock: whoever keeps it writes to a disk.
bool Webhooks::keep(std::string_view name, std::string_view data) {
  std::shared_ptr<const Keep> keep;
  {
    auto state = state_.lock();
    const auto at = state->by_name.find(name);
    if (at == state->by_name.end() || !at->second->config.retry) return false;
    keep = state->keep;
  }
  if (!keep) return false;
  const auto kept = (*keep)(name, data);
  if (!kept) complain("runHook: event {} is tried once, it cannot be kept: {}", name, kept.error().message);
  return kept.has_value();
}

void Webhooks::note(std::string_view name, const base::Result<net::HttpClient::Response>& result) {
  Hook* hook = nullptr;
  {
    auto state = state_.lock();
    if (const auto at = state->by_name.find(name); at != state->by_name.end()) hook = at->second;
    if (hook != nullptr && hook->ok_events == nullptr) declare_events(*hook);
  }
  if (hook == nullptr) return;
  const bool success = result && result->status / 100 == 2;
  ++(success ? hook->successes : hook->failures);
  (success ? hook->ok_events : hook->error_events)->add();
  account(*hook, result);
}

void Webhooks::run(std::string_view name, std::string data) {
  if (withholding_) {
    ++withheld_;
    return;
  }
  if (keep(name, data)) return;
  Hook* hook = nullptr;
  bool closed = false;
  std::vector<const Hook*> dropped;
  std::size_t limit = 0;
  {
    auto state = state_.lock();
    if (const auto at = state->by_name.find(name); at != state->by_name.end()) hook = at->second;
    closed = state->closed;
    if (hook != nullptr && !closed) {
      for (const auto line : state->queue.push(hook->line, std::move(data)))
        dropped.push_back(state->hooks[line].get());
      limit = state->queue.item_limit();
      publish_size(state);
    }
  }
  if (hook == nullptr) {
    return complain("Attempting to run custom webhook with name {} but no such webhook exists!", shown(name));
  }
  if (closed) {
    dropped_.add();
    return complain("runHook: Webhooks have ended - dropping webhook id={} for event ({})", hook->id, name);
  }
  log_.debug("runHook: event {} hook id {}", name, hook->id);
  for (const Hook* loser : dropped) {
    dropped_.add();
    complain("runHook: Webhook queue at max size ({}) - dropping webhook id={} for event ({})", limit, loser->id,
             loser->name);
  }
  deliver_what_may_go();
}

void Webhooks::set_queue_limit(std::size_t deliveries) {
  state_.lock()->queue.set_item_limit(deliveries);
}

void Webhooks::set_queue_bytes(std::size_t bytes) {
  state_.lock()->queue.set_byte_limit(bytes);
}

std::vector<Webhooks::Row> Webhooks::list() const {
  std::vector<Row> rows;
  auto state = state_.lock();
  for (const auto& hook : state->hooks) {
    rows.push_back({.id = hook->id,
                    .name = hook->name,
                    .successes = hook->successes,
                    .failures = hook->failures,
                    .url = hook->config.shown_url});
  }
  return rows;
}

std::string Webhooks::show() const {
  std::string text;
  const auto line = [&](const auto& id, std::string_view name, const auto& good, const auto& bad,
                        std::string_view url) {
    text += fmt::format("{:<9} {:<20.20} {:<9} {:<9} {}\n", id, name, good, bad, url);
  };
  line("ID", "Name", "Successes", "Failures", "URL");
  for (const Row& row : list()) line(row.id, row.name, row.successes, row.failures, row.url);
  return text;
}

void Webhooks::start(Delivery delivery) {
  const std::size_t concurrent = slots(delivery);
  timeout_ = delivery.timeout;
  client_ = std::make_unique<net::HttpClient>(net::HttpClient::Options{
      // The slots are given out here, so the client's queue only bridges the time until its thread looks.
      .thread_name = "webhooks",
      .max_transfers = concurrent,
      .max_queued = concurrent,
      .tls = std::move(delivery.tls)});
  registry_.gauge("webhook_queue_size", "How full is the webhook worker thread queue?",
                  [size = queue_size_] { return static_cast<double>(*size); });
  {
    auto state = state_.lock();
    for (const auto& hook : state->hooks) declare_events(*hook);
    state->queue.set_slots(concurrent);
    state->started = true;
  }
  deliver_what_may_go();
}

std::size_t Webhooks::drain(base::SteadyTime deadline) {
  std::size_t waiting = 0;
  {
    auto state = state_.lock();
    if (state->closed) return 0;
    const auto idle = [&] { return state->queue.idle(); };
    if (state->started && deadline > std::chrono::steady_clock::now()) {
      quieter_.wait_until(state.lock(), deadline, idle);
    }
    state->closed = true;
    waiting = state->queue.clear();
    publish_size(state);
  }
  if (client_) client_->stop(base::SteadyTime::min());

  auto state = state_.lock();
  // A thread that has taken a delivery but not yet handed it to the client is refused there, and says so in finish().
  quieter_.wait(state.lock(), [&] { return state->queue.in_flight() == 0; });
  const std::size_t left = waiting + state->aborted;
  if (left > 0) {
    log_.warning("Webhooks: {} deliveries left undone ({} waiting, {} in flight)", left, waiting, state->aborted);
  }
  report_left_out(true);
  return left;
}

void Webhooks::declare_events(Hook& hook) {
  const auto counter = [&](const char* status) {
    return &registry_.counter("custom_webhook_events_total", "How many custom webhook events occurred?",
                              {{"id", std::to_string(hook.id)}, {"status", status}, {"url", hook.config.shown_url}});
  };
  hook.ok_events = counter("ok");
  hook.error_events = counter("error");
}

void Webhooks::deliver_what_may_go() {
  for (;;) {
    std::optional<WebhookQueue::Item> item;
    Hook* hook = nullptr;
    {
      auto state = state_.lock();
      item = state->queue.take();
      if (!item) return;
      hook = state->hooks[item->hook].get();
      publish_size(state);
    }
    deliver(*hook, std::move(*item));
  }
}

void Webhooks::deliver(Hook& hook, WebhookQueue::Item item) {
  const auto now = clock_.now();
  const auto id = delivery_id(now, hook.id, hook.name, sequence_++);
  const std::size_t bytes = item.bytes;
  auto request = webhook_request(hook.config, hook.id, hook.name, id, std::move(item.body), now);
  request.timeout = timeout_;
  if (log_.verbose()) {
    log_.debug("Webhook id={} starting for event ({}) to url ({}) with delivery id ({}) and hook_data ({} bytes)",
               hook.id, hook.name, redact_url(request.url), id, request.body.size());
  }
  const bool accepted = client_->submit(std::move(request), [this, &hook, bytes](const auto& result) {
    finish(hook, bytes, result);
    deliver_what_may_go();
  });
  if (!accepted) finish(hook, bytes, base::fail("Aborted: shutting down"));
}

void Webhooks::finish(Hook& hook, std::size_t bytes, const base::Result<net::HttpClient::Response>& result) {
  const bool success = result && result->status / 100 == 2;
  ++(success ? hook.successes : hook.failures);
  (success ? hook.ok_events : hook.error_events)->add();
  bool aborted = false;
  {
    auto state = state_.lock();
    state->queue.done(hook.line, bytes);
    aborted = state->closed && !success;
    if (aborted) ++state->aborted;
    quieter_.notify_all();
  }
  if (!aborted) account(hook, result);  // drain() says how many
}

void Webhooks::account(Hook& hook, const base::Result<net::HttpClient::Response>& result) {
  report_left_out();
  if (result && result->status / 100 == 2) {
    log_.verbose_info("Webhook id={} succeeded to url ({})", hook.id, hook.config.shown_url);
  } else {
    complain(
        "Webhook id={} failed to url ({}): [{}]", hook.id, hook.config.shown_url,
        result ? fmt::format("Received non-2XX response from webserver: {}", result->status) : result.error().message);
  }
}

template <class... Args>
void Webhooks::complain(fmt::format_string<Args...> format, Args&&... args) {
  report_left_out();
  if (error_lines_.admit()) log_.error(format, std::forward<Args>(args)...);
}

void Webhooks::report_left_out(bool even_now) {
  const auto count = error_lines_.take_left_out(even_now);
  if (count > 0) log_.error("Webhooks: {} more error lines left out", count);
}

}  // namespace trackalert::alert
