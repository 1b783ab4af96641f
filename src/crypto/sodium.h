// SPDX-License-Identifier: Apache-2.0
// libsodium must be initialised before its first use; everything in this folder sees to that itself.
#pragma once

namespace trackalert::crypto {

/// Initialises libsodium once. Any thread, any number of times; cheap after the first. Ends the process when the system
/// has no randomness to give: nothing here would be safe without it.
void ensure_sodium();

}  // namespace trackalert::crypto
