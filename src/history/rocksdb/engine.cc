// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/engine.h"

#include "history/rocksdb/local_history.h"

namespace trackalert::history::rocksdb {

base::Result<std::unique_ptr<History>> open(const Options& options, const base::Clock& clock, base::Log& log,
                                            metrics::Registry& registry) {
  return LocalHistory::open({.options = options}, clock, log, registry);
}

}  // namespace trackalert::history::rocksdb
