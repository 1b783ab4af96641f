// SPDX-License-Identifier: Apache-2.0
// Local histories for tests: in a folder that goes with them, with everything that upkeep does to be called by hand.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "trackalert-history-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path(const std::string& name = "history") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A folder, a clock that stands still, and what a history needs besides.
struct Bench {
  TemporaryFolder folder;
  base::FakeClock clock;
  std::vector<std::string> lines;
  base::Log log{{.syslog = false, .sink = [this](base::Level, std::string_view line) { lines.emplace_back(line); }}};
  metrics::Registry registry;
  LocalHistory::Setup setup{.options = {.folder = folder.path(), .memory_bytes = std::size_t{64} << 20},
                            .upkeep = false};

  base::Result<std::unique_ptr<LocalHistory>> try_open() { return LocalHistory::open(setup, clock, log, registry); }
  std::unique_ptr<LocalHistory> open() {
    auto history = try_open();
    if (!history) {
      ADD_FAILURE() << history.error().message;
      std::abort();
    }
    return std::move(*history);
  }
  [[nodiscard]] Time now() const { return clock.now().time_since_epoch().count(); }
};

inline login::Report report_of(std::string login, const std::string& remote = "192.0.2.1", bool success = true) {
  login::Report report;
  report.login = std::move(login);
  report.remote = *base::parse_address(remote);
  report.success = success;
  if (!success) report.fail_type = "credentials";
  report.pwhash = success ? "right" : "wrong";
  report.protocol = "imap";
  return report;
}

/// One report at `time`; fails the test if it is refused.
inline void add(History& history, login::Report report, Time time) {
  report.t = static_cast<double>(time) / static_cast<double>(second);
  Arrival arrival{.report = &report};
  const auto appended = history.append({&arrival, 1});
  ASSERT_TRUE(appended) << appended.error().message;
}

inline std::uint64_t count(const History& history, const Filter& filter) {
  const auto answer = history.query({.filter = filter, .what = CountQuery{}});
  if (!answer) {
    ADD_FAILURE() << answer.error().message;
    return 0;
  }
  const auto& counts = std::get<CountAnswer>(answer->rows);
  return counts.successes + counts.failures;
}

}  // namespace trackalert::history::rocksdb
