// SPDX-License-Identifier: Apache-2.0
// Errors of the store name its file. Internal to the store.
#pragma once

#include <string>

#include "base/result.h"

namespace trackalert::alert {

[[nodiscard]] inline std::unexpected<base::Error> about(const std::string& file, const base::Error& error) {
  return base::fail("alerts in {}: {}", file, error.message);
}

template <class T>
[[nodiscard]] base::Result<T> about(const std::string& file, base::Result<T> result) {
  if (!result) return about(file, result.error());
  return result;
}

}  // namespace trackalert::alert
