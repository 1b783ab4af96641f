// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/engine.h"

#include <algorithm>

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {

base::Result<std::unique_ptr<History>> open(const Options& options, const base::Clock& clock, base::Log& log,
                                            metrics::Registry& registry) {
  return LocalHistory::open({.options = options}, clock, log, registry);
}

std::size_t most_open_files(std::size_t limit) {
  constexpr std::size_t enough = 2048;
  return std::min(enough, limit / 2);
}

}  // namespace trackalert::history::rocksdb
