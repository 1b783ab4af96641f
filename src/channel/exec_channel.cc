// SPDX-License-Identifier: Apache-2.0
// Runs a fixed program with the message as JSON on its standard input: status 0 is delivered, any other worth another
// try. Nothing that a client sent is in its arguments or its environment. One thread, one program at a time.
#include <fmt/format.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "base/guarded.h"
#include "channel/kind.h"
#include "channel/message_json.h"
#include "channel/message_text.h"
#include "channel/program.h"

namespace trackalert::channel {
namespace {

constexpr history::Time default_timeout = 30 * history::second;
constexpr std::size_t most_shown = 300;

struct ExecSetting {
  std::vector<std::string> command;
  std::chrono::milliseconds timeout{};
};

base::Result<ExecSetting> read(const Values& values) {
  ExecSetting out{.command = values.list("command")};
  if (out.command.empty()) return base::fail("command is empty");
  if (!out.command.front().starts_with('/')) return base::fail("command begins with the absolute name of a program");
  if (::access(out.command.front().c_str(), X_OK) != 0) {
    return base::fail("command: {} cannot be run: {}", out.command.front(), base::error_text(errno));
  }
  const auto timeout = values.duration("timeout", default_timeout, history::second, history::hour);
  if (!timeout) return std::unexpected(timeout.error());
  out.timeout = std::chrono::milliseconds(*timeout / 1000);
  return out;
}

class ExecChannel final : public Channel {
 public:
  ExecChannel(ExecSetting setting, const Ground& ground, base::Descriptor stop)
      : setting_(std::move(setting)), name_(ground.name), log_(ground.log), stop_(std::move(stop)) {
    thread_ = std::thread([this] { work(); });
  }
  ~ExecChannel() override { stop(base::SteadyTime::min()); }

  void deliver(Message message, Done done) override {
    {
      auto queue = queue_.lock();
      if (!queue->stopped) {
        queue->jobs.push_back({std::move(message), std::move(done)});
        changed_.notify_all();
        return;
      }
    }
    done(aborted());
  }

  void stop(base::SteadyTime deadline) override {
    std::deque<Job> left;
    {
      auto queue = queue_.lock();
      queue->stopped = true;
      left.swap(queue->jobs);
      changed_.notify_all();
      changed_.wait_until(queue.lock(), deadline, [&] { return !queue->busy; });
    }
    for (auto& job : left) job.done(aborted());
    constexpr std::uint64_t once = 1;
    (void)!::write(stop_.get(), &once, sizeof once);  // kills what still runs
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Job {
    Message message;
    Done done;
  };
  struct Queue {
    std::deque<Job> jobs;  ///< no more than the channel's messages on their way
    bool busy = false;
    bool stopped = false;
  };

  void work() {
    pthread_setname_np(pthread_self(), "alerts-exec");
    while (true) {
      Job job;
      {
        auto queue = queue_.lock();
        queue->busy = false;
        changed_.notify_all();
        changed_.wait(queue.lock(), [&] { return !queue->jobs.empty() || queue->stopped; });
        if (queue->jobs.empty()) return;
        job = std::move(queue->jobs.front());
        queue->jobs.pop_front();
        queue->busy = true;
      }
      job.done(run(job.message));
    }
  }

  Outcome run(const Message& message) {
    const auto end = run_program({.command = setting_.command,
                                  .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                                                  "TRACKALERT_DELIVERY=" + message.delivery_id},
                                  .input = message_json(message) + "\n",
                                  .time_limit = setting_.timeout,
                                  .stop_fd = stop_.get()});
    if (!end) return failed(end.error().message);
    if (end->killed.empty() && end->status == 0) return {};
    // Its words may hold what it was told about a login: they go to the log, and not into the store.
    if (!end->output.empty()) log_.warning("Channel {}: the program said: {}", name_, plain(end->output, most_shown));
    if (!end->killed.empty()) return failed("the program was killed: " + end->killed);
    return failed(fmt::format("the program ended with status {}", end->status));
  }

  const ExecSetting setting_;
  const std::string name_;
  base::Log& log_;
  const base::Descriptor stop_;
  base::Guarded<Queue> queue_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace

KindRow exec_kind() {
  return {
      .name = "exec",
      .help = "Runs a program with the JSON of a webhook on its standard input; status 0 says that it is done.",
      .keys =
          {
              {"command", KeyType::list, true, "the absolute name of the program, and its arguments; no shell"},
              {"timeout", KeyType::duration, false, "then it is killed with all that it started, default 30s"},
          },
      .at_once = 1,
      .acts = true,
      .digests = [](const Values&) { return true; },
      .check = &check_by<read>,
      .make = [](const Values& values, const Ground& ground) -> base::Result<std::unique_ptr<Channel>> {
        auto setting = read(values);
        if (!setting) return std::unexpected(setting.error());
        base::Descriptor stop(::eventfd(0, EFD_CLOEXEC));
        if (!stop.valid()) return base::fail("eventfd: {}", base::error_text(errno));
        return std::make_unique<ExecChannel>(std::move(*setting), ground, std::move(stop));
      },
  };
}

}  // namespace trackalert::channel
