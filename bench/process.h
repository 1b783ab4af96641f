// SPDX-License-Identifier: Apache-2.0
// What this process costs, and its end.
#pragma once

#include <string>

namespace trackalert::bench {

/// User and system time so far, microseconds.
double cpu_us();
double resident_mib();
/// Says why and exits with 1.
[[noreturn]] void fail(const std::string& what);

}  // namespace trackalert::bench
