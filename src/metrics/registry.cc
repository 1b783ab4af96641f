// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <variant>

#include "base/guarded.h"

namespace trackalert::metrics {
namespace {

constexpr std::string_view prefix = "trackalert_";
constexpr double longest_seconds = 1e6;

using prometheus::ClientMetric;
using prometheus::MetricType;
/// A read function under a lock of its own; empty once it was removed.
using Source = base::Guarded<std::function<double()>>;

struct Series {
  Labels labels;
  std::variant<std::monostate, Counter, Histogram, Source> figure;
};

struct Family {
  std::string name;
  std::string help;
  MetricType type;
  std::vector<std::shared_ptr<Series>> series;          ///< in the order of the text
  std::map<Labels, std::shared_ptr<Series>> by_labels;  ///< the same, to find them
};

Labels sorted(Labels labels) {
  std::ranges::sort(labels);
  return labels;
}

prometheus::ClientMetric::Histogram read_histogram(const Histogram& histogram) {
  const auto snapshot = histogram.snapshot();
  ClientMetric::Histogram out;
  for (std::size_t i = 0; i < snapshot.buckets.size(); ++i) {
    out.sample_count += snapshot.buckets[i];
    const bool last = i == Histogram::bounds_seconds.size();
    out.bucket.push_back(
        {.cumulative_count = out.sample_count,
         .upper_bound = last ? std::numeric_limits<double>::infinity() : Histogram::bounds_seconds[i]});
  }
  out.sample_sum = snapshot.sum_seconds;
  return out;
}

/// False for a series that was removed since it was looked up.
bool read(const Series& series, ClientMetric& out) {
  for (const auto& [name, value] : series.labels) out.label.push_back({name, value});
  if (const auto* counter = std::get_if<Counter>(&series.figure)) {
    out.counter.value = static_cast<double>(counter->value());
  } else if (const auto* histogram = std::get_if<Histogram>(&series.figure)) {
    out.histogram = read_histogram(*histogram);
  } else if (const auto* source = std::get_if<Source>(&series.figure)) {
    auto function = source->lock();
    if (!*function) return false;
    out.counter.value = out.gauge.value = (*function)();
  }
  return true;
}

}  // namespace

std::uint64_t Counter::value() const {
  std::uint64_t total = 0;
  for (const auto& shard : shards_) total += shard.n.load(std::memory_order_relaxed);
  return total;
}

void Histogram::observe(double seconds) {
  seconds = seconds > 0 ? std::min(seconds, longest_seconds) : 0;
  std::size_t bucket = 0;
  while (bucket < bounds_seconds.size() && seconds > bounds_seconds[bucket]) ++bucket;
  auto& shard = shards_[this_shard()];
  shard.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
  shard.sum_ns.fetch_add(static_cast<std::uint64_t>(std::llround(seconds * 1e9)), std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot out;
  std::uint64_t sum_ns = 0;
  for (const auto& shard : shards_) {
    for (std::size_t i = 0; i < out.buckets.size(); ++i) {
      out.buckets[i] += shard.buckets[i].load(std::memory_order_relaxed);
    }
    sum_ns += shard.sum_ns.load(std::memory_order_relaxed);
  }
  out.sum_seconds = static_cast<double>(sum_ns) / 1e9;
  return out;
}

struct Registry::Impl {
  /// In the order of their registration. The lock is never held while a read function runs.
  base::Guarded<std::vector<std::unique_ptr<Family>>> families;

  static Family& family(std::vector<std::unique_ptr<Family>>& all, std::string_view name, std::string_view help,
                        MetricType type) {
    const auto found = std::ranges::find(all, name, [](const auto& one) -> const std::string& { return one->name; });
    if (found == all.end()) {
      return *all.emplace_back(std::make_unique<Family>(Family{std::string(name), std::string(help), type, {}, {}}));
    }
    if ((*found)->type != type) throw std::logic_error(fmt::format("metric {} is registered as another kind", name));
    return **found;
  }

  /// The figure of that series, made if it is new.
  template <class Figure>
  std::shared_ptr<Series> series(std::string_view name, std::string_view help, MetricType type, const Labels& labels) {
    auto held = families.lock();
    Family& in = family(*held, name, help, type);
    auto& place = in.by_labels[sorted(labels)];
    if (!place) {
      place = std::make_shared<Series>(sorted(labels));
      place->figure.emplace<Figure>();
      in.series.push_back(place);
    }
    if (!std::holds_alternative<Figure>(place->figure)) {
      throw std::logic_error(fmt::format("metric {} has a series of another kind with these labels", name));
    }
    return place;
  }

  void ask(std::string_view name, std::string_view help, MetricType type, std::function<double()> read,
           const Labels& labels) {
    const auto one = series<Source>(name, help, type, labels);
    *std::get<Source>(one->figure).lock() = std::move(read);
  }

  /// All families as they are now. The series are shared: they outlive the lock.
  std::vector<Family> copy() const {
    std::vector<Family> out;
    auto held = families.lock();
    for (const auto& one : *held) out.push_back({one->name, one->help, one->type, one->series, {}});
    return out;
  }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return std::get<Counter>(impl_->series<Counter>(name, help, MetricType::Counter, labels)->figure);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help) {
  return std::get<Histogram>(impl_->series<Histogram>(name, help, MetricType::Histogram, {})->figure);
}

void Registry::gauge(std::string_view name, std::string_view help, std::function<double()> read, const Labels& labels) {
  impl_->ask(name, help, MetricType::Gauge, std::move(read), labels);
}

void Registry::counter_from(std::string_view name, std::string_view help, std::function<double()> read,
                            const Labels& labels) {
  impl_->ask(name, help, MetricType::Counter, std::move(read), labels);
}

void Registry::declare_counters(std::string_view name, std::string_view help) {
  Impl::family(*impl_->families.lock(), name, help, MetricType::Counter);
}

void Registry::remove_gauge(std::string_view name, const Labels& labels) {
  std::shared_ptr<Series> gone;
  {
    auto held = impl_->families.lock();
    const auto family = std::ranges::find_if(
        *held, [&](const auto& one) { return one->name == name && one->type == MetricType::Gauge; });
    if (family == held->end()) return;
    const auto node = (*family)->by_labels.extract(sorted(labels));
    if (node.empty()) return;
    gone = node.mapped();
    std::erase((*family)->series, gone);
  }
  // A scrape may have it in hand.
  *std::get<Source>(gone->figure).lock() = nullptr;
}

std::string Registry::text() const {
  const auto families = impl_->copy();
  std::vector<prometheus::MetricFamily> out;
  for (const auto type : {MetricType::Counter, MetricType::Gauge, MetricType::Histogram}) {
    for (const auto& family : families) {
      if (family.type != type) continue;
      prometheus::MetricFamily figures{
          .name = std::string(prefix) + family.name, .help = family.help, .type = type, .metric = {}};
      for (const auto& series : family.series) {
        ClientMetric figure;
        if (read(*series, figure)) figures.metric.push_back(std::move(figure));
      }
      if (!figures.metric.empty()) out.push_back(std::move(figures));
    }
  }
  std::ostringstream stream;
  prometheus::TextSerializer().Serialize(stream, out);
  return std::move(stream).str();
}

}  // namespace trackalert::metrics
