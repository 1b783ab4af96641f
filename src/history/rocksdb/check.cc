// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/check.h"

#include "history/rocksdb/derived_check.h"
#include "history/rocksdb/survey.h"

namespace trackalert::history::rocksdb {
namespace {

base::Result<void> add_derived(const Workshop& workshop, CheckReport& report) {
  metrics::Registry registry;
  LocalHistory::Setup setup{.options = workshop.options, .env = workshop.env, .upkeep = false};
  auto history = LocalHistory::open(std::move(setup), workshop.clock, workshop.log, registry);
  if (!history) {
    report.damage.push_back(history.error().message);
    return {};
  }
  auto findings = check_derived(**history, workshop.options, workshop.clock.now().time_since_epoch().count(),
                                workshop.options.folder + "/check", workshop.log);
  if (!findings) return std::unexpected(findings.error());
  report.compared = findings->compared;
  report.left_out = findings->left_out;
  for (auto& line : findings->damage) report.damage.push_back(std::move(line));
  return {};
}

}  // namespace

base::Result<CheckReport> check(Workshop workshop, bool derived) {
  CheckReport report;
  {
    const auto lock = DirectoryLock::take(workshop.options.folder, workshop.env);
    if (!lock) return std::unexpected(lock.error());
    auto surveyed = survey(workshop.options.folder, workshop.env, workshop.log);
    if (!surveyed) return std::unexpected(surveyed.error());
    auto& found = *surveyed;
    report.reports = found.reports;
    report.segments = found.directory.segments.size();
    report.damage = std::move(found.damage);
    workshop.options.pseudonymise = found.pseudonymise;
  }
  // What is damaged below cannot be compared; the repair comes first.
  if (!derived || !report.damage.empty()) return report;
  if (auto done = add_derived(workshop, report); !done) return std::unexpected(done.error());
  return report;
}

}  // namespace trackalert::history::rocksdb
