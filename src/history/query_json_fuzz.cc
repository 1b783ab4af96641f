// SPDX-License-Identifier: Apache-2.0
// Any bytes as a query: a refusal says why, and what is taken makes sense.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "history/query_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trackalert::history;  // NOLINT(google-build-using-namespace)
  const auto query =
      parse_query(std::string_view(reinterpret_cast<const char*>(data), size), Time{1'795'000'000} * second);
  if (query ? query_problem(*query).has_value() : query.error().message.empty()) std::abort();
  return 0;
}
