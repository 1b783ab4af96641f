// SPDX-License-Identifier: Apache-2.0
// Any bytes as a set of hashes: what is accepted counts, grows and unites, and stays acceptable.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "history/distinct_set.h"

namespace {

using namespace trackalert::history;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto first = distinct_form::check(bytes);
  if (!first) return 0;
  const auto second_form = bytes.substr(*first);
  const auto second = distinct_form::check(second_form);
  bytes.resize(*first);
  const auto count = distinct_form::count(bytes);
  require(count > 0);

  std::uint32_t hash = static_cast<std::uint32_t>(size) * 2654435761U;
  std::size_t now = *first;
  for (int i = 0; i < 130; ++i) {
    hash = hash * 1664525 + 1013904223;
    now = distinct_form::insert(bytes, 0, now, hash);
    require(now == bytes.size());
  }
  require(distinct_form::check(bytes) == now && distinct_form::is_sketch(bytes[0]));
  require(!second || distinct_form::merge(bytes, 0, now, second_form.substr(0, *second)) == now);
  require(distinct_form::check(bytes) == now);

  if (!second) return 0;
  DistinctSet one_way;
  DistinctSet other_way;
  const std::string left(reinterpret_cast<const char*>(data), *first);
  const std::string right = second_form.substr(0, *second);
  one_way.merge_form(left);
  one_way.merge_form(right);
  other_way.merge_form(right);
  other_way.merge_form(left);
  require(one_way == other_way && one_way.count() > 0);
  return 0;
}
