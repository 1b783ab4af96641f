// SPDX-License-Identifier: Apache-2.0
#include "app/imported_files.h"

#include <algorithm>
#include <vector>

#include "app/small_file.h"
#include "base/json_value.h"
#include "base/json_writer.h"

namespace trackalert::app {
namespace {

std::optional<LogPlace> place_of(const base::JsonValue& value) {
  const auto text = [&](std::string_view name) {
    const auto* member = value.find(name);
    return member == nullptr ? nullptr : member->as_string();
  };
  const auto number = [&](std::string_view name) -> std::uint64_t {
    const auto* member = value.find(name);
    const auto* found = member == nullptr ? nullptr : member->as_number();
    constexpr double most = 1e15;
    return found == nullptr || !(*found >= 0 && *found < most) ? 0 : static_cast<std::uint64_t>(*found);
  };
  if (text("first") == nullptr || text("last") == nullptr || number("lines") == 0) return std::nullopt;
  return LogPlace{*text("first"), *text("last"), number("lines"), number("bytes")};
}

}  // namespace

base::Result<ImportedFiles> ImportedFiles::load(const std::string& file) {
  ImportedFiles out(file);
  const auto read = read_json_lines(file, [&out](std::string_view /*line*/, const base::JsonValue& value) {
    if (const auto place = place_of(value)) out.note(*place);
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

std::optional<LogPlace> ImportedFiles::find(const std::string& first) const {
  const auto at = entries_.find(first);
  return at == entries_.end() ? std::nullopt : std::optional(at->second.place);
}

void ImportedFiles::note(const LogPlace& place) {
  entries_.insert_or_assign(place.first, Entry{place, ++last_number_});
}

base::Result<void> ImportedFiles::save() const {
  std::vector<const Entry*> entries;
  entries.reserve(entries_.size());
  for (const auto& [first, entry] : entries_) entries.push_back(&entry);
  std::ranges::sort(entries, {}, &Entry::number);
  if (entries.size() > most_files) entries.erase(entries.begin(), entries.end() - most_files);
  std::string text;
  for (const auto* entry : entries) {
    base::JsonWriter json;
    json.begin_object();
    json.key("first").value(entry->place.first).key("last").value(entry->place.last);
    json.key("lines").value(entry->place.lines).key("bytes").value(entry->place.bytes);
    text += std::move(json.end_object()).text() + '\n';
  }
  return write_in_one_step(file_, text);
}

}  // namespace trackalert::app
