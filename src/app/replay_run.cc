// SPDX-License-Identifier: Apache-2.0
#include "app/replay_run.h"

#include "app/replay_delivery.h"
#include "app/scratch_folder.h"

namespace trackalert::app {
namespace {

/// Of a damaged input or an interruption, which leave what was read; of the history, which does not.
struct Read {
  base::Result<void> taken;
  base::Result<void> whole;
};

Read read_all(const ReplayWish& wish, Replay& replay, LinesPassedOver& passed_over) {
  Read out;
  out.whole = read_replay_inputs(wish.inputs, passed_over, [&](ReplayLine line) {
    out.taken = replay.take(std::move(line));
    return out.taken;
  });
  if (out.whole && replay_interrupted()) out.whole = base::fail("interrupted, not all reports were judged");
  return out;
}

}  // namespace

base::Result<ReplayOutcome> run_one_replay(const ReplayWish& wish, ReplayAlerts::Receiver receiver) {
  auto policy = ReplayPolicy::load(wish.config, wish.verbose);
  if (!policy) return std::unexpected(policy.error());
  auto* generation = (*policy)->generation();
  if (generation != nullptr && !wish.deliver) generation->webhooks().withhold();
  std::optional<ScratchFolder> scratch;
  if (!wish.history) {
    auto made = ScratchFolder::make();
    if (!made) return std::unexpected(made.error());
    scratch.emplace(std::move(*made));
  }
  std::optional<Scorer> scorer;
  if (wish.score) scorer.emplace();
  ReplayAlerts alerts(std::move(receiver), scorer ? &*scorer : nullptr);
  auto replay = Replay::open({.folder = wish.history ? *wish.history : scratch->folder(),
                              .keep = wish.history.has_value(),
                              .tell_at_once = wish.deliver,
                              .policy = **policy,
                              .devices = wish.devices,
                              .alerts = alerts,
                              .scorer = scorer ? &*scorer : nullptr});
  if (!replay) return std::unexpected(replay.error());
  std::unique_ptr<ReplayDelivery> delivery;
  if (wish.deliver) {
    auto begun = ReplayDelivery::begin(**policy, **replay);
    if (!begun) return std::unexpected(begun.error());
    delivery = std::move(*begun);
  }
  ReplayOutcome out;
  auto read = read_all(wish, **replay, out.summary.passed_over);
  if (!read.taken) return std::unexpected(read.taken.error());
  if (!read.whole) out.cut_short = read.whole.error();
  if (auto ended = (*replay)->finish(); !ended) return std::unexpected(ended.error());
  if (delivery)
    out.undelivered = delivery->end((*policy)->settings().shutdown_timeout + std::chrono::steady_clock::now());
  out.summary.counts = (*replay)->counts();
  out.summary.rules = alerts.rules();
  out.summary.alerts = alerts.alerts();
  out.summary.failures = (*policy)->failures();
  out.summary.logged = (*policy)->logged();
  if (generation != nullptr) out.summary.webhooks_withheld = generation->webhooks().withheld();
  if (scorer) out.score = scorer->score();
  return out;
}

}  // namespace trackalert::app
