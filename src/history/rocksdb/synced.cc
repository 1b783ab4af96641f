// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/synced.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trackalert::history::rocksdb {
namespace {

/// The number, and its complement to know it by.
struct Content {
  std::uint64_t sequence = 0;
  std::uint64_t complement = 0;
};

}  // namespace

base::Result<Synced> Synced::open(const std::string& file) {
  base::Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return base::fail("history: cannot open {}: {}", file, base::error_text(errno));
  Synced synced(std::move(fd));
  Content content;
  const auto size = ::pread(synced.file_.get(), &content, sizeof content, 0);
  if (size == sizeof content && content.complement == ~content.sequence) synced.sequence_ = content.sequence;
  return synced;
}

void Synced::note(Sequence sequence) {
  const Content content{sequence, ~sequence};
  if (::pwrite(file_.get(), &content, sizeof content, 0) == sizeof content) sequence_ = sequence;
}

}  // namespace trackalert::history::rocksdb
