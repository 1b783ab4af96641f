// SPDX-License-Identifier: Apache-2.0
// Bounds for what engines answer from trends. A trend counts whole buckets of up to a day, and may go on counting what
// was erased: so between the exact count in the time, and the count in all days that the time touches, with the erased.
// Sets are sketches beyond DistinctSet::max_exact: within 15 %, three times their standard error.
#pragma once

#include "history/contract_compare_for_tests.h"

namespace trackalert::history {

[[nodiscard]] Difference differ_in_approximate(const Answer& got, const ReferenceHistory& reference,
                                               const Query& query);

}  // namespace trackalert::history
