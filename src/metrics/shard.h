// SPDX-License-Identifier: Apache-2.0
// Which of a figure's shards the calling thread writes to: the one of its CPU, so that threads that run at the same
// time seldom share a cache line. glibc answers from the thread's rseq area, without a system call. A thread may move
// between the answer and the write; so shards are atomics all the same.
#pragma once

#include <sched.h>

#include <cstddef>

namespace trackalert::metrics {

inline constexpr std::size_t shard_count = 8;

/// Below shard_count. Where the CPU is not known, the last.
[[nodiscard]] inline std::size_t this_shard() {
  return static_cast<std::size_t>(sched_getcpu()) % shard_count;
}

}  // namespace trackalert::metrics
