// SPDX-License-Identifier: Apache-2.0
#include "device/pattern_list.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace trackalert::device {
namespace {

/// Patterns without a literal of this length are tried for every text: with 4 bytes that is 47 of uap-core's, among
/// them its longest, and a look-up takes 25 us; with 3 bytes it is 17, and takes 11 us.
constexpr int min_atom_bytes = 3;

/// No program may be larger than this: it is 100 times what uap-core's patterns need.
constexpr std::int64_t max_program_bytes = std::int64_t{8} << 20;

/// RE2 builds a pattern's automaton while it matches, and throws it away whenever its budget is full; a budget that
/// holds only a few states makes it rebuild them for every text, 1 ms in place of 1 us. A state grows with the program,
/// so the budget does. For uap-core's patterns that is 0.7 GB in all, of which a flood of spliced and repeated browser
/// strings came to fill 0.2 GB; RE2's usual 8 MiB for each would be 9 GB and makes the usual browser no faster.
std::int64_t budget_bytes(int program_size) {
  return (std::int64_t{128} << 10) + (std::int64_t{2} << 10) * program_size;
}

re2::RE2::Options options(bool ignore_case, std::int64_t max_bytes) {
  re2::RE2::Options options;
  // Bytes, not UTF-8: a device_id may be anything, and the original searches bytes too.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(max_bytes);
  options.set_log_errors(false);
  return options;
}

}  // namespace

PatternList::PatternList() : patterns_(min_atom_bytes) {}

base::Result<void> PatternList::add(const std::string& pattern, bool ignore_case) {
  const re2::RE2 probe(pattern, options(ignore_case, max_program_bytes));
  if (!probe.ok()) return base::fail("{}", probe.error());
  int id = 0;  // FilteredRE2 numbers them from 0
  const auto budget = budget_bytes(probe.ProgramSize());
  if (patterns_.Add(pattern, options(ignore_case, budget), &id) != re2::RE2::NoError) {
    return base::fail("does not fit {} bytes", budget);
  }
  ++size_;
  return {};
}

base::Result<void> PatternList::compile() {
  if (size_ == 0) return {};  // FilteredRE2 would complain
  std::vector<std::string> atoms;
  patterns_.Compile(&atoms);
  auto built = LiteralSet::build(atoms);
  if (!built) return std::unexpected(built.error());
  atoms_ = std::move(*built);
  return {};
}

std::optional<PatternList::Match> PatternList::first_match(std::string_view text) const {
  if (size_ == 0) return std::nullopt;
  const re2::StringPiece piece(text.data(), text.size());
  const int id = patterns_.FirstMatch(piece, atoms_.contained_in(text));
  if (id < 0) return std::nullopt;
  const re2::RE2& pattern = patterns_.GetRE2(id);
  Match match{static_cast<std::size_t>(id), std::min(pattern.NumberOfCapturingGroups(), max_groups), {}};
  std::array<re2::StringPiece, max_groups + 1> groups;
  if (!pattern.Match(piece, 0, piece.size(), re2::RE2::UNANCHORED, groups.data(), match.group_count + 1)) {
    return std::nullopt;
  }
  std::ranges::transform(groups, match.groups.begin(),
                         [](re2::StringPiece group) { return std::string_view(group.data(), group.size()); });
  return match;
}

}  // namespace trackalert::device
