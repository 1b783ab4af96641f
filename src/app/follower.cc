// SPDX-License-Identifier: Apache-2.0
#include "app/follower.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/log.h"

namespace trackalert::app {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t lines_a_turn = 4096;
constexpr std::size_t reports_a_turn = 1024;
constexpr milliseconds between_looks{250};
constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{30'000};
/// Of lines that have no login: nothing is lost if they are read again.
constexpr std::chrono::seconds between_keeps{5};

volatile std::sig_atomic_t stopped = 0;
void stop(int /*signal*/) {
  stopped = 1;
}

/// On standard error, for the operator or the journal.
void say(std::string_view text) {
  fmt::print(stderr, "{}\n", base::escape_control(text));
}

}  // namespace

Follower::Follower() {
  sigset_t both;
  sigemptyset(&both);
  struct sigaction action{};
  action.sa_handler = stop;
  for (const int number : {SIGTERM, SIGINT}) {
    sigaddset(&both, number);
    ::sigaction(number, &action, nullptr);
  }
  pthread_sigmask(SIG_BLOCK, &both, &before_);
}

Follower::~Follower() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Follower::wait(milliseconds longest, const std::vector<Input>& inputs) {
  std::vector<pollfd> wanted;
  for (const auto& input : inputs) {
    if (const int fd = input.followed->descriptor(); fd >= 0) wanted.push_back({fd, POLLIN, 0});
  }
  const timespec time{longest.count() / 1000, longest.count() % 1000 * 1'000'000};
  ::ppoll(wanted.data(), wanted.size(), &time, &before_);
  return stopped == 0;
}

void Follower::read_line(Input& input, std::string_view line) {
  ++input.lines;
  ++counts_.lines.lines;
  const auto before = waiting_.size();
  const auto reading = input.format->read(line, waiting_);
  counts_.attempts += waiting_.size() - before;
  if (reading.kind == logs::Reading::Kind::other) ++counts_.lines.other;
  if (reading.kind == logs::Reading::Kind::bad) counts_.lines.skip(reading.reason, input.name, input.lines);
}

void Follower::read_some(Input& input) {
  const auto before = waiting_.size();
  for (std::size_t lines = 0; waiting_.size() - before < reports_a_turn; ++lines) {
    if (lines == lines_a_turn) {
      more_ = true;
      return;
    }
    const auto line = input.followed->next();
    if (const auto notice = input.followed->take_notice(); !notice.empty()) say(notice);
    if (!line) {
      // Once for each trouble, not once for each look.
      if (std::exchange(input.trouble, line.error().message) != line.error().message) say(line.error().message);
      return;
    }
    const auto& text = *line;
    if (!text) return;
    input.trouble.clear();
    read_line(input, *text);
  }
  more_ = true;
}

base::Result<bool> Follower::send_all(ReportSender& sender) {
  auto pause = first_pause;
  while (!waiting_.empty()) {
    const auto outcome = sender.send(waiting_);
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->refused > 0) {
      counts_.lines.skip("refused by the daemon: " + outcome->refusal, "reports", counts_.attempts, outcome->refused);
    }
    if (outcome->trouble.empty()) break;
    if (!std::exchange(trouble_, true)) say("reports wait, the daemon does not take them: " + outcome->trouble);
    if (outcome->taken > 0) pause = first_pause;
    if (!wait(pause, {})) return false;
    pause = std::min(2 * pause, longest_pause);
  }
  if (std::exchange(trouble_, false)) say("the daemon takes reports again");
  return true;
}

base::Result<void> Follower::keep(std::vector<Input>& inputs, FollowState& state) {
  next_keep_ = std::chrono::steady_clock::now() + between_keeps;
  for (auto& input : inputs) state.note(input.name, *input.followed);
  return state.save();
}

base::Result<void> Follower::run(std::vector<Input>& inputs, FollowState& state, ReportSender& sender) {
  // Where the first lines begin, or a kill before they are taken and a rotation would lose them.
  if (auto kept = keep(inputs, state); !kept) return kept;
  for (;;) {
    more_ = false;
    for (auto& input : inputs) read_some(input);
    const bool has_reports = !waiting_.empty();
    const auto sent = send_all(sender);
    if (!sent) return std::unexpected(sent.error());
    if (!*sent) return {};  // what was not taken is read again next time
    if (has_reports || std::chrono::steady_clock::now() >= next_keep_) {
      if (auto kept = keep(inputs, state); !kept) return kept;
    }
    if (!wait(more_ ? milliseconds(0) : between_looks, inputs)) return keep(inputs, state);
  }
}

}  // namespace trackalert::app
