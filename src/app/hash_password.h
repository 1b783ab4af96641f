// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trackalert::app {

/// Reads one line from standard input (without echo on a terminal) and prints its Argon2id hash. Returns the exit
/// status.
int hash_password_from_stdin();

}  // namespace trackalert::app
