// SPDX-License-Identifier: Apache-2.0
#include "geo/snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace trackalert::geo {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

FileStamp to_stamp(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

std::unexpected<base::Error> fail_with_errno(std::string_view what) {
  return base::fail("{}: {}", what, base::error_text(errno));
}

base::Result<void> copy(int to, int from, std::uint64_t size) {
  while (size > 0) {
    const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(size, std::uint64_t{64} << 20));
    const auto copied = sendfile(to, from, nullptr, chunk);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return fail_with_errno("Error copying it");
    if (copied == 0) return base::fail("It was shortened while it was being read");
    size -= static_cast<std::uint64_t>(copied);
  }
  return {};
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::string& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) != 0) return std::nullopt;
  return to_stamp(status);
}

base::Result<Snapshot> Snapshot::take(const std::string& file) {
  // O_NONBLOCK: a FIFO by that name must not hang us.
  const base::Descriptor source(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  // The reason that clients of the original know.
  if (source.get() < 0) return base::fail("Error opening the specified MaxMind DB file");
  struct stat before{};
  if (fstat(source.get(), &before) != 0) return fail_with_errno("Error reading its status");
  if (!S_ISREG(before.st_mode)) return base::fail("It is not a regular file");
  if (static_cast<std::uint64_t>(before.st_size) > max_bytes) {
    return base::fail("It is larger than {} bytes", max_bytes);
  }
  base::Descriptor memory(memfd_create("trackalert-geo", MFD_CLOEXEC));
  if (memory.get() < 0) return fail_with_errno("Error making room for it");
  if (auto copied = copy(memory.get(), source.get(), static_cast<std::uint64_t>(before.st_size)); !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  struct stat after{};
  if (fstat(source.get(), &after) != 0) return fail_with_errno("Error reading its status");
  // Not the ctime: a new file that is renamed over this one changes that, and our copy is whole.
  if (before.st_size != after.st_size || nanoseconds(before.st_mtim) != nanoseconds(after.st_mtim)) {
    return base::fail("It changed while it was being read");
  }
  return Snapshot(std::move(memory), to_stamp(after));
}

std::string Snapshot::path() const {
  return fmt::format("/proc/self/fd/{}", memory_.get());
}

base::Result<std::string> Snapshot::tail(std::size_t bytes) const {
  std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, stamp_.size)), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    const auto from = static_cast<off_t>(stamp_.size - out.size() + done);
    const auto got = pread(memory_.get(), out.data() + done, out.size() - done, from);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail_with_errno("Error reading the copy");
    done += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace trackalert::geo
