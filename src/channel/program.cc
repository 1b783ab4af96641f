// SPDX-License-Identifier: Apache-2.0
#include "channel/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/broken_pipe.h"
#include "base/descriptor.h"

namespace trackalert::channel {
namespace {

using base::Descriptor;
using Clock = std::chrono::steady_clock;

struct Pipe {
  Descriptor read;
  Descriptor write;

  static base::Result<Pipe> open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail("pipe: {}", base::error_text(errno));
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  }
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// What posix_spawn(3) is told; ends by itself.
class SpawnPlan {
 public:
  SpawnPlan(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    // Whatever a library of ours has opened without close-on-exec.
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  [[nodiscard]] base::Result<pid_t> spawn(const ProgramCall& call) const {
    pid_t child = -1;
    const int error = ::posix_spawn(&child, call.command.front().c_str(), &actions_, &attributes_,
                                    pointers(call.command).data(), pointers(call.environment).data());
    if (error != 0) return base::fail("cannot start {}: {}", call.command.front(), base::error_text(error));
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Feeds the program, listens to it, and watches the time, until it has ended or must.
class Attendance {
 public:
  Attendance(const ProgramCall& call, Descriptor input, Descriptor output, int child)
      : call_(call),
        input_(std::move(input)),
        output_(std::move(output)),
        ended_(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))),
        deadline_(Clock::now() + call.time_limit) {
    ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  }

  /// Why it must be killed; empty: it has ended.
  std::string wait(std::string& output) {
    if (!ended_.valid()) return "it cannot be watched";
    while (true) {
      if (call_.input.size() == fed_) input_ = {};
      std::array<pollfd, 4> fds{{{ended_.get(), POLLIN, 0},
                                 {call_.stop_fd, POLLIN, 0},
                                 {output_.get(), POLLIN, 0},
                                 {input_.get(), POLLOUT, 0}}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
      if (left.count() <= 0) return "it took too long";
      if (::poll(fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 60'000))) < 0) {
        if (errno == EINTR) continue;
        return "it cannot be watched";
      }
      if (fds[1].revents != 0) return "shutting down";
      if (fds[2].revents != 0 && !listen(output)) return "it wrote too much";
      if (fds[3].revents != 0) feed();
      if (fds[0].revents != 0) {
        (void)listen(output);  // what it said last
        return {};
      }
    }
  }

 private:
  void feed() {
    const auto rest = std::string_view(call_.input).substr(fed_);
    const auto written = ::write(input_.get(), rest.data(), rest.size());
    if (written > 0) {
      fed_ += static_cast<std::size_t>(written);
    } else if (errno != EAGAIN && errno != EINTR) {
      fed_ = call_.input.size();  // it does not want the rest
    }
  }

  bool listen(std::string& output) {
    std::array<char, 4096> bytes{};
    while (output_.valid()) {
      const auto got = ::read(output_.get(), bytes.data(), bytes.size());
      if (got == 0) output_ = {};
      if (got <= 0) return true;
      const auto size = static_cast<std::size_t>(got);
      heard_ += size;
      output.append(bytes.data(), std::min(size, call_.keep_bytes - output.size()));
      if (heard_ > call_.most_output) return false;
    }
    return true;
  }

  const ProgramCall& call_;
  Descriptor input_;
  Descriptor output_;
  Descriptor ended_;
  const Clock::time_point deadline_;
  std::size_t fed_ = 0;
  std::size_t heard_ = 0;
};

}  // namespace

base::Result<ProgramEnd> run_program(const ProgramCall& call) {
  base::block_broken_pipe();  // of a program that stops reading
  auto input = Pipe::open();
  if (!input) return std::unexpected(input.error());
  auto output = Pipe::open();
  if (!output) return std::unexpected(output.error());
  const auto child = SpawnPlan(input->read.get(), output->write.get()).spawn(call);
  if (!child) return std::unexpected(child.error());
  input->read = {};
  output->write = {};
  ProgramEnd end;
  end.killed = Attendance(call, std::move(input->write), std::move(output->read), *child).wait(end.output);
  // The group's name is not given away again as long as its leader has not been waited for.
  ::kill(-*child, SIGKILL);
  int status = 0;
  while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int by_signal = 128;
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : by_signal + WTERMSIG(status);
  return end;
}

}  // namespace trackalert::channel
