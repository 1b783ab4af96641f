// SPDX-License-Identifier: Apache-2.0
// Logs as they are written, to a running daemon. How far it has come is kept only when the daemon has taken what was
// before, so that a kill or a stop of either loses nothing; some may then be sent twice.
//
// Threads: one, which waits for SIGTERM and SIGINT. Nothing else in the process may.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "app/follow_state.h"
#include "app/line_counts.h"
#include "app/report_sender.h"
#include "logs/format.h"

namespace trackalert::app {

class Follower {
 public:
  struct Input {
    std::string name;
    std::unique_ptr<Followed> followed;
    std::unique_ptr<logs::Format> format;
    std::uint64_t lines = 0;
    std::string trouble;  ///< that was told

    Input(std::string called, std::unique_ptr<Followed> source, std::unique_ptr<logs::Format> form)
        : name(std::move(called)), followed(std::move(source)), format(std::move(form)) {}
  };
  /// Blocks the two signals from here on, except where it waits; so it comes before any thread.
  Follower();
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// Until a signal comes. An error: it is no use to go on.
  base::Result<void> run(std::vector<Input>& inputs, FollowState& state, ReportSender& sender);

  struct Counts {
    LineCounts lines;
    std::uint64_t attempts = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void read_some(Input& input);
  void read_line(Input& input, std::string_view line);
  /// False: a signal came before all were taken.
  base::Result<bool> send_all(ReportSender& sender);
  base::Result<void> keep(std::vector<Input>& inputs, FollowState& state);
  /// False: a signal came.
  bool wait(std::chrono::milliseconds longest, const std::vector<Input>& inputs);

  sigset_t before_{};  ///< the mask that was
  std::vector<login::Report> waiting_;
  bool more_ = false;  ///< some input may have more at once
  bool trouble_ = false;
  std::chrono::steady_clock::time_point next_keep_;
  Counts counts_;
};

}  // namespace trackalert::app
