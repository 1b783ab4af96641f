// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "console/line_source.h"
#include "console/socket.h"

namespace trackalert::console {
namespace {

class PlainLines final : public LineSource {
 public:
  explicit PlainLines(LineSourceOptions options) : options_(std::move(options)) {}

  base::Result<std::optional<std::string>> next() override {
    show(prompt);
    for (std::size_t searched = 0;;) {
      const auto end = pending_.find('\n', searched);
      if (std::min(end, pending_.size()) > max_line_size)
        return base::fail("the line is longer than {} bytes", max_line_size);
      if (end != pending_.npos || (ended_ && !pending_.empty())) return line(std::min(end, pending_.size()));
      searched = pending_.size();
      if (ended_ || !read_more()) {
        show("\n");
        return std::nullopt;
      }
    }
  }

 private:
  std::optional<std::string> line(std::size_t size) {
    std::string out = pending_.substr(0, size);
    pending_.erase(0, size + 1);
    show(out + '\n');
    return out;
  }

  /// False when told to stop.
  bool read_more() {
    const int fd = fileno(options_.in);
    if (wait_for(fd, POLLIN, options_.stop_fd, Deadline::max()) != Io::done) return false;
    std::array<char, 4096> chunk{};
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got > 0)
      pending_.append(chunk.data(), static_cast<std::size_t>(got));
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      ended_ = true;
    return true;
  }

  void show(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), options_.out);
    std::fflush(options_.out);
  }

  LineSourceOptions options_;
  std::string pending_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<LineSource> make_plain_lines(LineSourceOptions options) {
  return std::make_unique<PlainLines>(std::move(options));
}

std::unique_ptr<LineSource> make_line_source(LineSourceOptions options) {
  if (isatty(fileno(options.in)) == 1 && isatty(fileno(options.out)) == 1) return make_edited_lines(std::move(options));
  return make_plain_lines(std::move(options));
}

}  // namespace trackalert::console
