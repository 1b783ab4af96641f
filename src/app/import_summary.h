// SPDX-License-Identifier: Apache-2.0
// What an import says at its end.
#pragma once

#include <string>
#include <vector>

#include "app/history_import.h"
#include "app/line_counts.h"

namespace trackalert::app {

struct ImportSummary {
  struct File {
    std::string name;
    std::string format;
    std::uint64_t lines = 0;
    std::uint64_t again = 0;
  };
  std::vector<File> files;
  LineCounts lines;
  HistoryImport::Counts taken;
  std::vector<std::string> errors;
  bool dry = false;
};

/// For people.
[[nodiscard]] std::string summary_text(const ImportSummary& summary);
/// For programs: a JSON object. docs/import.md describes it.
[[nodiscard]] std::string summary_json(const ImportSummary& summary);

}  // namespace trackalert::app
