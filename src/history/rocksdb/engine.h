// SPDX-License-Identifier: Apache-2.0
// The history in one directory of this machine, kept by RocksDB. docs/history-format.md says what lies on the disk.
#pragma once

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "history/history.h"
#include "history/options.h"
#include "metrics/registry.h"

namespace trackalert::history::rocksdb {

/// Opens the directory, or makes it; recovers what a killed process left. An error says what is wrong with it and what
/// to do: in use by another process, damaged (which reports are lost), of a newer format. The history's threads run
/// until it is destroyed, which writes back what is in memory. Everything named must outlive it.
base::Result<std::unique_ptr<History>> open(const Options& options, const base::Clock& clock, base::Log& log,
                                            metrics::Registry& registry);

/// How many files the database keeps open where the process may open `limit`: at most half of them.
[[nodiscard]] std::size_t most_open_files(std::size_t limit);

}  // namespace trackalert::history::rocksdb
