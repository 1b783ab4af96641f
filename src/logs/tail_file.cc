// SPDX-License-Identifier: Apache-2.0
#include "logs/tail_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium/crypto_generichash.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

namespace trackalert::logs {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::size_t most_head_bytes = 256;

struct About {
  std::uint64_t inode;
  std::uint64_t size;
  std::int64_t changed;  ///< nanoseconds since 1970
};

About about(const struct stat& found) {
  return {found.st_ino, static_cast<std::uint64_t>(found.st_size),
          found.st_mtim.tv_sec * std::int64_t{1'000'000'000} + found.st_mtim.tv_nsec};
}

std::optional<About> about(int fd) {
  struct stat found{};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return about(found);
}

std::optional<About> about(const std::string& name) {
  struct stat found{};
  if (::stat(name.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return about(found);
}

base::Descriptor open_file(const std::string& name) {
  return base::Descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Every file in the folder of `name`, until `see` says true.
template <class See>
bool any_beside(const std::string& name, See see) {
  const auto folder = std::filesystem::path(name).parent_path();
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto file = (folder / entry->path().filename()).string();
    if (const auto found = about(file); found && see(file, *found)) return true;
  }
  return false;
}

/// "mail.log.1" or "mail.log-20261127" of "mail.log", but not a copy that somebody has made, nor a compressed one.
bool is_rotated(std::string_view file, std::string_view name) {
  return file.size() > name.size() && file.starts_with(name) &&
         file.find_first_not_of("0123456789.-_", name.size()) == file.npos;
}

/// As far as there are so many bytes.
std::string head_of(int fd, std::uint64_t bytes) {
  std::string head(std::min<std::uint64_t>(bytes, most_head_bytes), '\0');
  const auto got = ::pread(fd, head.data(), head.size(), 0);
  head.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return head;
}

std::string hash_of(std::string_view head) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(head.data()), head.size(),
                     nullptr, 0);
  return fmt::format("{:02x}", fmt::join(hash, ""));
}

}  // namespace

TailFile::TailFile(std::string name, Start start, std::size_t most_line_bytes)
    : name_(std::move(name)),
      start_(std::move(start)),
      most_line_bytes_(most_line_bytes),
      buffer_(most_line_bytes + 1 + block_bytes) {}

void TailFile::use(base::Descriptor file, std::uint64_t inode, std::uint64_t offset) {
  ::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET);
  file_ = std::move(file);
  inode_ = inode;
  offset_ = offset;
  head_ = head_of(file_.get(), offset);
  begin_ = scanned_ = end_ = 0;
  passing_over_ = false;
}

bool TailFile::continue_at(const std::string& file, const FilePlace& place) {
  auto opened = open_file(file);
  const auto found = opened.valid() ? about(opened.get()) : std::nullopt;
  if (!found || found->inode != place.inode || found->size < place.offset) return false;
  if (place.head_bytes > 0 && hash_of(head_of(opened.get(), place.head_bytes)) != place.head) return false;
  use(std::move(opened), found->inode, place.offset);
  return true;
}

bool TailFile::find_renamed(const FilePlace& place) {
  return any_beside(name_, [&](const std::string& file, const About& found) {
    return found.inode == place.inode && continue_at(file, place);
  });
}

/// False: there is no file yet.
base::Result<bool> TailFile::open_first() {
  const auto start = start_;
  if (start.place && (continue_at(name_, *start.place) || find_renamed(*start.place))) {
    start_ = {.place = {}, .at_begin = true};
    return true;
  }
  auto opened = open_file(name_);
  if (!opened.valid() && errno == ENOENT) {
    start_.at_begin = true;  // whatever comes is new
    return false;
  }
  if (!opened.valid()) return base::fail("cannot read {}: {}", name_, base::error_text(errno));
  const auto found = about(opened.get());
  if (!found) return base::fail("cannot follow {}: it is no file", name_);
  if (start.place) {
    notice_ = fmt::format(
        "{} is not the file that was followed, and that one is not beside it any more: what was written to it since is "
        "not read",
        name_);
  }
  use(std::move(opened), found->inode, start.place || start.at_begin ? 0 : found->size);
  start_ = {.place = {}, .at_begin = true};
  return true;
}

/// 0: no more at present.
base::Result<std::size_t> TailFile::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  for (;;) {
    const auto got = ::read(file_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail("cannot read {}: {}", name_, base::error_text(errno));
    const std::string_view read(buffer_.data() + end_, static_cast<std::size_t>(got));
    if (offset_ + (end_ - begin_) == head_.size()) head_ += read.substr(0, most_head_bytes - head_.size());
    end_ += read.size();
    return read.size();
  }
}

/// Of what is in memory.
std::optional<std::string_view> TailFile::take_line() {
  for (;;) {
    const auto* const found = static_cast<const char*>(std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_));
    if (found == nullptr) {
      scanned_ = end_;
      if (end_ - begin_ > most_line_bytes_ && !std::exchange(passing_over_, true)) ++too_long_;
      if (passing_over_) {
        offset_ += end_ - begin_;
        begin_ = end_;
      }
      return std::nullopt;
    }
    std::string_view line(buffer_.data() + begin_, static_cast<std::size_t>(found - buffer_.data()) - begin_);
    offset_ += line.size() + 1;
    begin_ += line.size() + 1;
    scanned_ = begin_;
    if (std::exchange(passing_over_, false)) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() <= most_line_bytes_) return line;
    ++too_long_;
  }
}

/// Also if it has grown again beyond where we were.
bool TailFile::was_truncated() const {
  const auto found = about(file_.get());
  if (!found) return false;
  if (found->size < offset_ + (end_ - begin_)) return true;
  return head_of(file_.get(), head_.size()) != head_;
}

/// The one that was written after ours, if we are behind: it may have been rotated more than once.
std::string TailFile::next_file() const {
  std::string next = name_;
  const auto ours = about(file_.get());
  auto earliest = std::numeric_limits<std::int64_t>::max();
  if (!ours) return next;
  any_beside(name_, [&](const std::string& file, const About& found) {
    if (is_rotated(file, name_) && found.inode != inode_ && found.changed > ours->changed && found.changed < earliest) {
      earliest = found.changed;
      next = file;
    }
    return false;
  });
  return next;
}

bool TailFile::follow_rename() {
  auto opened = open_file(next_file());
  const auto found = opened.valid() ? about(opened.get()) : std::nullopt;
  if (!found || found->inode == inode_) return false;
  use(std::move(opened), found->inode, 0);
  return true;
}

base::Result<std::optional<std::string_view>> TailFile::next() {
  if (!file_.valid()) {
    const auto opened = open_first();
    if (!opened) return std::unexpected(opened.error());
    if (!*opened) return std::nullopt;
  }
  bool looked_for_new = false;
  for (;;) {
    if (const auto line = take_line()) return line;
    if (was_truncated()) use(base::Descriptor(file_.release()), inode_, 0);
    const auto got = fill();
    if (!got) return std::unexpected(got.error());
    if (*got > 0) continue;
    // Only when the new file has something: until its writer has opened that, it goes on in the old one. And once more,
    // since the last lines of the old one may have come between the two looks.
    const auto present = about(name_);
    const bool has_new = present && present->inode != inode_ && present->size > 0;
    if (has_new && !std::exchange(looked_for_new, true)) continue;
    if (has_new && end_ > begin_ && !passing_over_) {
      // The last line of the old file, which nobody ended.
      std::string_view line(buffer_.data() + begin_, end_ - begin_);
      offset_ += line.size();
      begin_ = scanned_ = end_;
      return line;
    }
    if (!has_new || !follow_rename()) return std::nullopt;
    looked_for_new = false;
  }
}

std::optional<FilePlace> TailFile::place() {
  if (!file_.valid()) {
    const auto opened = open_first();
    if (!opened || !*opened) return std::nullopt;  // next() says why
  }
  const auto head = std::string_view(head_).substr(0, offset_);
  return FilePlace{inode_, offset_, head.size(), head.empty() ? "" : hash_of(head)};
}

}  // namespace trackalert::logs
