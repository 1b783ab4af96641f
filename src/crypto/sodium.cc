// SPDX-License-Identifier: Apache-2.0
#include "crypto/sodium.h"

#include <sodium.h>

#include <cstdio>
#include <cstdlib>

namespace trackalert::crypto {

void ensure_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (ready) return;
  std::fputs("libsodium cannot be initialised: no source of randomness\n", stderr);
  std::abort();
}

}  // namespace trackalert::crypto
