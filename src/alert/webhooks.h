// SPDX-License-Identifier: Apache-2.0
// Webhooks: an HTTP POST of what a policy hands over, to a receiver the operator has named. Each delivery is tried
// once; but those of hooks with `retry` go to whoever keeps them (keep_by), if there is somebody.
//
// Threads: any thread may call any method, but start(), drain(), stop() and the destructor are for the one that owns
// the object. run() never waits for a receiver. One thread (HttpClient's) delivers, threads x conns_per_thread at a
// time. WebhookQueue says how slow receivers are kept from the others' share, and what is dropped when the queue is
// full.
//
// Life: add() ..., start(), run() ..., drain(), and the object may go. run() before start() queues. A reload makes a
// new object and start()s it, which takes over the metrics, while the old one drains.
//
// Log: one line per failure, but no more than 50 error lines a second; then one line says how many were left out.
// Passwords, secrets, keys and bodies are never logged or shown.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alert/webhook_config.h"
#include "alert/webhook_queue.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "base/result.h"
#include "metrics/registry.h"
#include "net/http_client.h"

namespace trackalert::alert {

class Webhooks {
 public:
  static constexpr std::size_t max_hooks = 1000;
  static constexpr std::size_t max_name_bytes = 255;
  static constexpr std::size_t max_concurrent = 1000;
  static constexpr unsigned max_error_lines_per_second = 50;

  struct Delivery {
    unsigned threads = 5;                     ///< there is one; kept for the product, which is what counts
    unsigned conns_per_thread = 10;           ///< the product is brought into 1 ... max_concurrent
    std::chrono::milliseconds timeout{2000};  ///< whole transfer; 0: none
    net::TlsClientOptions tls;
  };

  /// One hook as others may see it.
  struct Row {
    unsigned id = 0;
    std::string name;
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    std::string url;  ///< macros unexpanded, password redacted
  };

  /// All three must outlive it.
  Webhooks(const base::Clock& clock, base::Log& log, metrics::Registry& registry);
  /// As stop(). Nobody may be in run() any more.
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  /// Registers a hook and returns its id, at any time. Ids count from 1, failures use one up. Success, failure and a
  /// name that is taken (the first one is run) are logged here.
  base::Result<unsigned> add(std::string_view name, const KeyValues& config);

  /// Queues one delivery of `data`, any bytes. An unknown name and a full queue are logged, and that is all.
  void run(std::string_view name, std::string data);

  /// A hook whose deliveries are kept.
  struct Kept {
    unsigned id = 0;
    std::string name;
    WebhookConfig config;
  };
  [[nodiscard]] std::vector<Kept> kept() const;
  /// Who keeps the data of hooks with `retry`, by the hook's name; an error, and they are tried once as any other's.
  /// It may be called by any thread at once.
  using Keep = std::function<base::Result<void>(std::string_view name, std::string_view data)>;
  void keep_by(Keep keep);
  /// Counts and logs how a try of such a hook ended, as those of the others.
  void note(std::string_view name, const base::Result<net::HttpClient::Response>& result);

  /// How many deliveries may wait. At any time; what waits already stays.
  void set_queue_limit(std::size_t deliveries);
  /// How many bytes of memory they may hold, those in flight included.
  void set_queue_bytes(std::size_t bytes);

  /// From now on nothing goes out, run() only counts.
  void withhold() { withholding_ = true; }
  [[nodiscard]] std::uint64_t withheld() const { return withheld_; }

  [[nodiscard]] std::vector<Row> list() const;
  /// The text of the console's showCustomWebHooks().
  [[nodiscard]] std::string show() const;

  /// Begins to deliver. Once.
  void start(Delivery delivery);

  /// Waits until nothing waits or is in flight, or until the deadline (real time), then ends: whatever is left is
  /// aborted, counted in one log line, and returned. From then on run() drops.
  std::size_t drain(base::SteadyTime deadline);
  /// Ends now.
  void stop() { drain(base::SteadyTime::min()); }

 private:
  /// Never goes before the whole object does.
  struct Hook {
    unsigned id = 0;
    std::string name;
    WebhookConfig config;
    std::size_t line = 0;  ///< its number in the queue
    std::atomic<std::uint64_t> successes{0};
    std::atomic<std::uint64_t> failures{0};
    metrics::Counter* ok_events = nullptr;  ///< from start() on
    metrics::Counter* error_events = nullptr;
  };
  struct State {
    std::vector<std::unique_ptr<Hook>> hooks;           ///< by line
    std::map<std::string, Hook*, std::less<>> by_name;  ///< the first of each name
    WebhookQueue queue;
    std::shared_ptr<const Keep> keep;  ///< null: nobody
    unsigned last_id = 0;
    bool started = false;
    bool closed = false;
    std::size_t aborted = 0;  ///< failed after closing
  };
  using Held = base::Guarded<State>::Held;

  [[nodiscard]] bool keep(std::string_view name, std::string_view data);
  void account(Hook& hook, const base::Result<net::HttpClient::Response>& result);
  void declare_events(Hook& hook);
  void deliver_what_may_go();
  void deliver(Hook& hook, WebhookQueue::Item item);
  void finish(Hook& hook, std::size_t bytes, const base::Result<net::HttpClient::Response>& result);
  void publish_size(Held& state) { *queue_size_ = state->queue.waiting(); }

  template <class... Args>
  void complain(fmt::format_string<Args...> format, Args&&... args);
  void report_left_out(bool even_now = false);

  const base::Clock& clock_;
  base::Log& log_;
  metrics::Registry& registry_;
  metrics::Counter& dropped_;
  std::chrono::milliseconds timeout_{};
  /// Shared with the gauge, which may be asked after this object has gone.
  std::shared_ptr<std::atomic<std::size_t>> queue_size_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<bool> withholding_{false};
  std::atomic<std::uint64_t> withheld_{0};
  base::LineLimiter error_lines_;
  base::Guarded<State> state_;
  std::condition_variable quieter_;  ///< something ended
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace trackalert::alert
