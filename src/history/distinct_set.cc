// SPDX-License-Identifier: Apache-2.0
#include "history/distinct_set.h"

namespace trackalert::history {

void DistinctSet::insert(std::uint32_t hash) {
  distinct_form::insert(form_, 0, form_.size(), hash);
}

void DistinctSet::merge(const DistinctSet& other) {
  if (&other != this) merge_form(other.form_);
}

void DistinctSet::merge_form(std::string_view form) {
  distinct_form::merge(form_, 0, form_.size(), form);
}

std::uint64_t DistinctSet::count() const {
  return distinct_form::count(form_);
}

}  // namespace trackalert::history
