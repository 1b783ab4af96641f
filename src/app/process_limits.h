// SPDX-License-Identifier: Apache-2.0
// What the system is told about this process as a whole: how many files it may open, and that nobody looks into it.
#pragma once

#include <cstddef>

namespace trackalert::app {

/// No core dump of this process is written, and nobody of the same user can attach to it or read its memory: the
/// configuration's secrets are all over it. A program that it starts is not affected. Where TRACKALERT_DUMPABLE is in
/// the environment, for a search of a fault, nothing is changed.
void keep_memory_private();

/// Lets this process open as many files as the system would let it. Before threads.
void raise_descriptor_limit();

/// How many of `wanted` HTTP connections fit beside the files that must stay possible to open, of the history above
/// all: else those who only connect would keep reports from being written.
[[nodiscard]] std::size_t connections_that_fit(std::size_t wanted, bool with_history);

}  // namespace trackalert::app
