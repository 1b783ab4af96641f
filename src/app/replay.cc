// SPDX-License-Identifier: Apache-2.0
#include "app/replay.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "app/judging.h"
#include "base/json_value.h"

namespace trackalert::app {
namespace {

constexpr std::size_t most_line_bytes = 1UL << 20;
constexpr std::size_t most_waiting = 256;
/// Reports further apart are not judged together, so that sweeps come between them.
constexpr history::Time most_apart = history::minute;
constexpr std::uint64_t batches_per_upkeep = 64;

double number_or(const base::JsonValue& object, std::string_view name, double otherwise) {
  const auto* member = object.find(name);
  const auto* number = member == nullptr ? nullptr : member->as_number();
  return number == nullptr || !std::isfinite(*number) ? otherwise : *number;
}

std::string text_or_empty(const base::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  const auto* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr || text->size() > geo::max_name_bytes ? std::string() : *text;
}

/// As an export writes it. Nonsense is passed over.
geo::Place place_of(const std::string& line) {
  geo::Place place;
  if (line.find("\"place\"") == line.npos) return place;
  const auto value = base::parse_json(line);
  const auto* said = value ? value->find("place") : nullptr;
  if (said == nullptr || said->as_object() == nullptr) return place;
  const auto country = text_or_empty(*said, "country_code");
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (country.size() == 2 && capital(country[0]) && capital(country[1])) place.country_code = country;
  place.city = text_or_empty(*said, "city");
  place.as_name = text_or_empty(*said, "as_name");
  const auto asn = number_or(*said, "asn", 0);
  if (asn > 0 && asn <= UINT32_MAX) place.asn = static_cast<std::uint32_t>(asn);
  constexpr double none = 1000;
  const auto latitude = number_or(*said, "latitude", none);
  const auto longitude = number_or(*said, "longitude", none);
  if (std::abs(latitude) > 90 || std::abs(longitude) > 180) return place;
  place.has_position = true;
  place.latitude = latitude;
  place.longitude = longitude;
  place.accuracy_km = std::clamp(number_or(*said, "accuracy_km", 0), 0.0, 20'000.0);
  return place;
}

}  // namespace

/// Writes down what becomes of alerts.
class Replay::Writer final : public alert::Audience {
 public:
  explicit Writer(Scorer& scorer) : scorer_(scorer) {}
  void changed(const alert::Alert& alert, alert::AlertBook::News news) override {
    if (news == alert::AlertBook::News::opened) ++by_rule_[alert.rule];
    if (news != alert::AlertBook::News::updated) scorer_.heard_of(alert);
  }
  void closed(alert::Alert alert) override { write(alert); }
  void write(const alert::Alert& alert) {
    closed_ += alert_json(alert) + "\n";
    scorer_.add(alert);
  }

  [[nodiscard]] std::string take_closed() { return std::exchange(closed_, {}); }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& by_rule() const { return by_rule_; }

 private:
  Scorer& scorer_;
  std::string closed_;
  std::map<std::string, std::uint64_t> by_rule_;
};

Replay::Replay(const Setup& setup, std::unique_ptr<history::rocksdb::LocalHistory> history)
    : setup_(setup),
      history_(std::move(history)),
      writer_(std::make_unique<Writer>(scorer_)),
      monitor_(*history_, *writer_, monitor_options(divide_memory(setup.memory_bytes, true), 0)) {
  waiting_.reserve(most_waiting);
}

Replay::~Replay() = default;

base::Result<std::unique_ptr<Replay>> Replay::open(const Setup& setup) {
  auto kinds = asn_kinds_of(setup.detections);
  if (!kinds) return std::unexpected(kinds.error());
  history::rocksdb::LocalHistory::Setup own{.upkeep = false};
  own.options.folder = setup.folder;
  own.options.sync = history::Sync::never;
  own.options.memory_bytes = divide_memory(setup.memory_bytes, true).history;
  auto history = history::rocksdb::LocalHistory::open(std::move(own), setup.clock, setup.log, setup.registry);
  if (!history) return std::unexpected(history.error());
  std::unique_ptr<Replay> replay(new Replay(setup, std::move(*history)));
  replay->monitor_.use(setup.detections.rules, std::move(*kinds));
  replay->monitor_.use(std::make_shared<const alert::AllowList>(setup.allowances));
  return replay;
}

base::Result<void> Replay::read(std::istream& lines) {
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.size() > most_line_bytes) {
      ++passed_over_;
      continue;
    }
    if (auto taken = take_line(line); !taken) return taken;
  }
  return {};
}

base::Result<void> Replay::take_line(const std::string& line) {
  auto report = parser_.report(line, 0);
  constexpr double end_of_time = 4e9;  // seconds; beyond what profiles hold
  if (!report || !(report->t > 0 && report->t < end_of_time)) {
    ++passed_over_;  // without a time of its own there is no clock to judge it by
    return {};
  }
  ++reports_;
  if (!report->has_device_attrs) report->device_attrs = setup_.devices.parse(report->protocol, report->device_id);
  auto place =
      setup_.places != nullptr && !setup_.places->empty() ? setup_.places->locate(report->remote) : place_of(line);
  const auto time = static_cast<history::Time>(std::llround(report->t * 1e6));
  if (!waiting_.empty() && (waiting_.size() >= most_waiting || time > first_waiting_ + most_apart)) {
    if (auto judged = judge_waiting(); !judged) return judged;
  }
  if (waiting_.empty()) first_waiting_ = time;
  newest_ = std::max(newest_, time);
  auto& waiting = waiting_.emplace_back(std::move(*report), std::move(place));
  if (!setup_.score) return {};
  waiting.label = label_of(line);
  waiting.compare_risk = scorer_.add(waiting.report, time, waiting.label);
  return {};
}

base::Result<void> Replay::judge_waiting() {
  setup_.clock.set_wall(base::WallTime{std::chrono::microseconds{newest_}});
  arrivals_.clear();
  for (auto& waiting : waiting_) {
    auto& arrival = arrivals_.emplace_back(&waiting.report);
    arrival.place = std::move(waiting.place);
  }
  if (!arrivals_.empty()) {
    if (auto appended = history_->append(arrivals_); !appended) return appended;
  }
  if (arrivals_.empty())
    monitor_.sweep(newest_);
  else
    judge_arrivals();
  waiting_.clear();
  if (++batches_ % batches_per_upkeep == 0) history_->upkeep_round();
  return {};
}

void Replay::judge_arrivals() {
  if (!setup_.score) return monitor_.judge(arrivals_);
  judgements_.assign(arrivals_.size(), {});
  monitor_.judge(arrivals_, judgements_);
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    if (!waiting_[i].compare_risk) continue;
    scorer_.add_risk(waiting_[i].label, arrivals_[i].before.successes, judgements_[i].risk.total());
  }
}

base::Result<void> Replay::finish() {
  if (!waiting_.empty()) {
    if (auto judged = judge_waiting(); !judged) return judged;
  }
  // What a sweep would have seen soon after the last report.
  newest_ += 10 * history::minute;
  if (reports_ == 0) return {};
  return judge_waiting();
}

std::string Replay::take_alerts() {
  for (const auto* alert : monitor_.book().alerts()) writer_->write(*alert);
  return writer_->take_closed();
}

std::string Replay::summary() const {
  auto out = fmt::format("{} reports judged, {} lines passed over\n", reports_, passed_over_);
  for (const auto& [rule, alerts] : writer_->by_rule()) out += fmt::format("{:<24}{:>8} alerts\n", rule, alerts);
  return out;
}

}  // namespace trackalert::app
