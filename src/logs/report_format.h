// SPDX-License-Identifier: Apache-2.0
// Reports as JSON lines: as clients POST them, as wforce's webhook sends them, as `trackalert export` writes them, and
// as they lie in Elasticsearch: dumps with the report in "_source", and the bulk form, whose every second line is an
// action.
#pragma once

#include <optional>

#include "login/parse.h"
#include "logs/format.h"

namespace trackalert::logs {

/// A report as JSON; `time` is for one that says none.
Reading put_report(login::Parser& parser, std::string_view body, std::optional<history::Time> time,
                   std::vector<login::Report>& out);

[[nodiscard]] std::unique_ptr<Format> make_reports(const Context& context);
[[nodiscard]] std::unique_ptr<Format> make_elasticsearch(const Context& context);

}  // namespace trackalert::logs
