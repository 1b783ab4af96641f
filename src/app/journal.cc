// SPDX-License-Identifier: Apache-2.0
#include "app/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "logs/line_source.h"

namespace trackalert::app {
namespace {

constexpr std::chrono::seconds between_starts{5};
constexpr std::size_t block_bytes = std::size_t{64} << 10;

/// The signals that the follower waits for are blocked with us, not with a program.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&files_);
  }
  ~Attributes() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
  [[nodiscard]] posix_spawn_file_actions_t* files() { return &files_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t files_{};
};

}  // namespace

Journal::~Journal() {
  if (process_ > 0) (void)end();
}

base::Result<void> Journal::run() {
  std::vector<std::string> words{"journalctl", "--output=json", "--follow", "--no-pager", "--quiet"};
  if (!start_.unit.empty()) words.push_back("--unit=" + start_.unit);
  if (!start_.cursor.empty()) {
    words.push_back("--after-cursor=" + start_.cursor);
    words.emplace_back("--no-tail");
  } else {
    // The last one there is, so that there is a cursor to come back to.
    words.emplace_back(start_.at_begin ? "--no-tail" : "--lines=1");
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::fail("cannot read the journal: {}", base::error_text(errno));
  output_ = base::Descriptor(ends[0]);
  const base::Descriptor input(ends[1]);
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  Attributes attributes;
  posix_spawn_file_actions_adddup2(attributes.files(), input.get(), STDOUT_FILENO);
  const int failed = ::posix_spawnp(&process_, words.front().c_str(), attributes.files(), attributes.attributes(),
                                    arguments.data(), environ);
  if (failed == 0) return {};
  process_ = 0;
  output_ = {};
  return base::fail("cannot run journalctl: {}", base::error_text(failed));
}

base::Error Journal::end() {
  ::kill(process_, SIGTERM);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  output_ = {};
  buffer_.clear();
  begin_ = scanned_ = 0;
  passing_over_ = false;
  return {fmt::format("journalctl has ended with status {}; it is started again", WEXITSTATUS(status))};
}

/// "__CURSOR" of a message, by its text: the whole is read by the format.
void Journal::note_cursor(std::string_view line) {
  constexpr std::string_view key = "\"__CURSOR\"";
  auto at = line.find(key);
  if (at == line.npos) return;
  at = line.find('"', at + key.size());
  const auto end = at == line.npos ? at : line.find('"', at + 1);
  if (end != line.npos) start_.cursor = line.substr(at + 1, end - at - 1);
}

base::Result<std::optional<std::string_view>> Journal::next() {
  if (process_ == 0) {
    const auto now = std::chrono::steady_clock::now();
    if (now < not_before_) return std::nullopt;
    not_before_ = now + between_starts;
    if (auto started = run(); !started) return std::unexpected(started.error());
  }
  for (;;) {
    if (const auto end = buffer_.find('\n', scanned_); end != buffer_.npos) {
      const auto line = std::string_view(buffer_).substr(begin_, end - begin_);
      begin_ = scanned_ = end + 1;
      if (std::exchange(passing_over_, false)) continue;
      note_cursor(line);
      return line;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    scanned_ = buffer_.size();
    if (buffer_.size() > logs::usual_line_bytes) {
      passing_over_ = true;
      buffer_.clear();
      scanned_ = 0;
    }
    std::array<char, block_bytes> block;
    const auto got = ::read(output_.get(), block.data(), block.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (got <= 0) return std::unexpected(end());
    buffer_.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace trackalert::app
