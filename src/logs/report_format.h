// SPDX-License-Identifier: Apache-2.0
// Reports as JSON lines: as clients POST them, as wforce's webhook sends them, as `trackalert export` writes them, and
// as they lie in Elasticsearch: dumps with the report in "_source", and the bulk form, whose every second line is an
// action.
#pragma once

#include "logs/format.h"

namespace trackalert::logs {

[[nodiscard]] std::unique_ptr<Format> make_reports(const Context& context);
[[nodiscard]] std::unique_ptr<Format> make_elasticsearch(const Context& context);

}  // namespace trackalert::logs
