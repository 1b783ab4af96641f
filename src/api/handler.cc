// SPDX-License-Identifier: Apache-2.0
#include "api/handler.h"

#include <sys/resource.h>

#include <algorithm>

#include "api/answers.h"
#include "api/history_routes.h"

namespace trackalert::api {
namespace {

long milliseconds(const timeval& time) {
  return time.tv_sec * 1000 + time.tv_usec / 1000;
}

net::Response custom_answer(const policy::CustomResult& result) {
  if (result.end == policy::CustomResult::End::timed_out) return custom_failure(504, result.reason);
  if (result.end == policy::CustomResult::End::error) return custom_failure(500, result.reason);
  base::JsonWriter json;
  json.begin_object().key("r_attrs").begin_object();
  for (const auto& [name, value] : result.r_attrs) json.key(name).value(value);
  json.end_object().key("success").value(result.success).end_object();
  return {.status = 200, .body = std::move(json).text()};
}

}  // namespace

Handler::Handler(const Backend& backend)
    : backend_(backend),
      acceptance_(backend.workers, backend.statistics, backend.log),
      queue_full_(refused_counter(backend.statistics, "queue_full")) {
  for (const auto* name : login::refusal_names) refusals_.push_back(&refused_counter(backend.statistics, name));
}

void Handler::handle(const Route& route, const Access& access, const base::Endpoint& peer, std::string_view body,
                     net::Reply reply) {
  switch (route.command) {
    case Command::report:
      return report(access, body, std::move(reply));
    case Command::custom:
      return custom(route.argument, body, std::move(reply));
    case Command::feedback_page:
    case Command::feedback_answer:
      return answer_feedback(backend_, route, body, std::move(reply));
    default:
      if (asks_history(route.command)) return answer_from_history(backend_, route, peer, body, std::move(reply));
      return reply.send(read(route));
  }
}

void Handler::report(const Access& access, std::string_view body, net::Reply reply) {
  ++uncounted_reports_;
  auto parsed = parser_.report(body, 0);
  if (!parsed) {
    count_reports();
    refusals_[static_cast<std::size_t>(parsed.error().why)]->add();
    return reply.send(failure(400, parsed.error().reason));
  }
  if (!backend_.workers.reserve()) {
    count_reports();
    queue_full_.add();
    return reply.send(busy("the report queue is full"));
  }
  auto report = std::make_unique<login::Report>(std::move(*parsed));
  if (report->t == 0) report->t = base::to_unix_seconds(backend_.clock.now());
  if (!report->has_device_attrs) report->device_attrs = backend_.devices.parse(report->protocol, report->device_id);
  batch_.push_back({std::move(report), nullptr, std::move(reply), access.answer_when_done});
}

void Handler::count_reports() {
  backend_.statistics.commands.add("report", std::exchange(uncounted_reports_, 0));
}

void Handler::custom(const std::string& name, std::string_view body, net::Reply reply) {
  backend_.statistics.commands.add(name);
  auto arguments = parser_.custom_arguments(body);
  if (!arguments) return reply.send(custom_failure(400, arguments.error().reason));
  // Kept outside the callback, so that it can still be answered when the queue does not take the call.
  auto shared = std::make_shared<net::Reply>(std::move(reply));
  const bool queued = backend_.workers.call(name, std::move(*arguments), [shared](const policy::CustomResult& result) {
    shared->send(custom_answer(result));
  });
  if (queued) return;
  queue_full_.add();
  shared->send(busy("the queue is full"));
}

void Handler::end_of_turn() {
  if (batch_.empty()) return;
  count_reports();
  if (backend_.intake != nullptr) return backend_.intake->submit(batch_);
  acceptance_.accept(batch_);
  batch_.clear();
}

net::Response Handler::read(const Route& route) const {
  auto& statistics = backend_.statistics;
  const auto begin = backend_.clock.steady();
  const auto ran = [&](net::Response response) {
    const auto end = backend_.clock.steady();
    statistics.perf.ran(end - begin, end);
    return response;
  };
  const auto answered = [&](const char* name, net::Response response) {
    statistics.commands.add(name);
    return ran(std::move(response));
  };
  switch (route.command) {
    case Command::stats:
      return answered("stats", stats());
    case Command::readyz:
      return answered("readyz", readyz());
    case Command::livez:
      statistics.commands.add("livez");
      return empty(200);
    case Command::metrics:
      return metrics();
    case Command::openapi:
      return {.status = 200, .body = std::string(openapi_document())};
    default:
      return ran(not_found());
  }
}

net::Response Handler::stats() const {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto perf = backend_.statistics.perf.sums();
  std::sort(perf.begin(), perf.end());
  base::JsonWriter json;
  json.begin_object();
  const auto sums = [&json](std::string_view name, const auto& counts) {
    json.key(name).begin_object();
    for (const auto& [key, count] : counts) json.key(key).value(count);
    json.end_object();
  };
  sums("commandstats", backend_.statistics.commands.sums());
  sums("customstats", backend_.statistics.custom.sums());
  sums("perfstats", perf);
  json.key("reports").value(backend_.statistics.reports.value());
  json.key("sys-msec").value(milliseconds(usage.ru_stime));
  json.key("uptime").value(backend_.statistics.uptime().count());
  json.key("user-msec").value(milliseconds(usage.ru_utime));
  json.end_object();
  return {.status = 200, .body = std::move(json).text()};
}

net::Response Handler::readyz() const {
  switch (backend_.readiness.load()) {
    case Readiness::starting:
      return failure(503, "starting");
    case Readiness::ready:
      return empty(200);
    case Readiness::stopping:
      return failure(503, "stopping");
  }
  return empty(500);
}

net::Response Handler::metrics() const {
  return {.status = 200, .content_type = "text/plain; charset=utf-8", .body = backend_.statistics.registry.text()};
}

}  // namespace trackalert::api
