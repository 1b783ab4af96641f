// SPDX-License-Identifier: Apache-2.0
#include "app/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>

#include "base/descriptor.h"
#include "history/rocksdb/engine.h"
#include "net/http_server.h"

namespace trackalert::app {
namespace {

/// Listeners, logs, databases of places, channels, what a policy opens.
constexpr std::size_t most_of_our_own = 128;

#ifdef TRACKALERT_SANITIZED
constexpr bool is_sanitized = true;  // LeakSanitizer attaches to the process
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace

void keep_memory_private() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread yet
  if (is_sanitized || std::getenv("TRACKALERT_DUMPABLE") != nullptr) return;
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t connections_that_fit(std::size_t wanted, bool with_history) {
  const auto limit = base::descriptor_limit();
  if (limit == 0) return wanted;
  const auto of_history = with_history ? history::rocksdb::most_open_files(limit) : 0;
  const auto left = limit - of_history - std::min(most_of_our_own, limit / 4);
  // Those on their way beyond the limit have descriptors too; the limit is below `left`, and so lets no more of them
  // be.
  const auto most = left - std::min(left, net::most_beyond_limit(left));
  return std::min(wanted, std::max<std::size_t>(most, 1));
}

}  // namespace trackalert::app
