// SPDX-License-Identifier: Apache-2.0
#include "console/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "console/socket.h"

namespace trackalert::console {
namespace {

/// Functions that take a secret, and names under which option tables hold one.
/// Of URLs any part may be one, so what registers them is here too.
constexpr std::array<std::string_view, 13> secret_words{
    "setKey",     "setWebserverPassword", "webserver", "secret",      "password", "api-key",   "api_key",
    "basic-auth", "basic_auth",           "token",     "routing_key", "WebHook(", "addChannel"};

}  // namespace

bool mentions_secret(std::string_view line) {
  return std::ranges::any_of(secret_words, [&](std::string_view word) { return line.find(word) != line.npos; });
}

HistoryFile::HistoryFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  // Whoever can write to the directory must not make us wait on a FIFO or follow a link elsewhere.
  const base::Descriptor file(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!file.valid() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;

  const auto size = static_cast<std::size_t>(status.st_size);
  const std::size_t skipped = size > max_bytes ? size - max_bytes : 0;
  std::string content(size - skipped, '\0');
  const ssize_t got = pread(file.get(), content.data(), content.size(), static_cast<off_t>(skipped));
  if (got <= 0) return;
  std::string_view rest(content.data(), static_cast<std::size_t>(got));
  if (skipped > 0) rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);  // what is left of a cut line
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) keep(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (skipped == 0) return;
  std::string kept;
  for (const auto& line : lines_) kept.append(line).append(1, '\n');
  write(kept, O_TRUNC);
}

bool HistoryFile::add(std::string_view line) {
  if (line.empty() || line.size() > max_bytes || mentions_secret(line)) return false;
  if (!lines_.empty() && lines_.back() == line) return false;
  keep(line);
  if (!path_.empty()) write(std::string(line) + '\n', O_APPEND);
  return true;
}

void HistoryFile::keep(std::string_view line) {
  if (lines_.size() == max_lines) lines_.pop_front();
  lines_.emplace_back(line);
}

void HistoryFile::write(std::string_view text, int flags) const {
  const base::Descriptor file(
      open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, S_IRUSR | S_IWUSR));
  if (!file.valid()) return;
  // An incomplete write costs a line of convenience.
  [[maybe_unused]] const ssize_t written = ::write(file.get(), text.data(), text.size());
}

}  // namespace trackalert::console
