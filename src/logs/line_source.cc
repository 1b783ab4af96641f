// SPDX-License-Identifier: Apache-2.0
#include "logs/line_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace trackalert::logs {
namespace {

constexpr std::size_t block_bytes = std::size_t{256} << 10;

}  // namespace

base::Result<std::unique_ptr<LineSource>> LineSource::open(const std::string& name, std::size_t most_line_bytes) {
  base::Descriptor file(name == "-" ? ::dup(STDIN_FILENO) : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string called = name == "-" ? "standard input" : name;
  if (!file.valid()) return base::fail("cannot read {}: {}", called, base::error_text(errno));
  return from(std::move(file), called, most_line_bytes);
}

base::Result<std::unique_ptr<LineSource>> LineSource::from(base::Descriptor file, const std::string& name,
                                                           std::size_t most_line_bytes) {
  struct stat about{};
  const bool is_file = ::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode);
  std::unique_ptr<LineSource> source(new LineSource(std::move(file), name, most_line_bytes));
  if (is_file) {
    source->size_ = static_cast<std::uint64_t>(about.st_size);
    source->modified_ = about.st_mtim.tv_sec * history::second + about.st_mtim.tv_nsec / 1000;
  }
  auto bytes = open_bytes(source->file_);
  if (!bytes) return std::unexpected(bytes.error());
  source->bytes_ = std::move(*bytes);
  return source;
}

// One more than the longest line, for its end, and one for the "\r" before it.
LineSource::LineSource(base::Descriptor file, const std::string& name, std::size_t most_line_bytes)
    : file_(std::move(file), name), most_line_bytes_(most_line_bytes), buffer_(most_line_bytes + 2 + block_bytes) {}

/// More bytes behind those of the line that is not whole yet, which go to the front. 0 at the end.
base::Result<std::size_t> LineSource::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  const auto got = bytes_->read(std::span(buffer_).subspan(end_));
  if (got) end_ += *got;
  return got;
}

std::string_view LineSource::take(std::size_t bytes, std::size_t with_end) {
  std::string_view line(buffer_.data() + begin_, bytes);
  begin_ += with_end;
  scanned_ = begin_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

base::Result<std::optional<std::string_view>> LineSource::next() {
  for (;;) {
    const auto* const end = static_cast<const char*>(std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_));
    bool last = false;
    if (end == nullptr) {
      scanned_ = end_;
      if (end_ - begin_ > most_line_bytes_ + 1 && !passing_over_) {
        passing_over_ = true;
        ++too_long_;
        ++lines_;
      }
      if (passing_over_) begin_ = end_;
      const auto got = fill();
      if (!got) return std::unexpected(got.error());
      if (*got > 0) continue;
      if (begin_ == end_) return std::nullopt;
      last = true;
    }
    const auto length = last ? end_ - begin_ : static_cast<std::size_t>(end - (buffer_.data() + begin_));
    const auto line = take(length, last ? length : length + 1);
    if (std::exchange(passing_over_, false)) continue;
    ++lines_;
    if (line.size() <= most_line_bytes_) return line;
    ++too_long_;
  }
}

}  // namespace trackalert::logs
