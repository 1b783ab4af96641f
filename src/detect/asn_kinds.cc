// SPDX-License-Identifier: Apache-2.0
#include "detect/asn_kinds.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace trackalert::detect {
namespace {

constexpr std::uintmax_t most_bytes = 16UL << 20;
constexpr std::string_view blank = " \t\r";

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
  const auto word = line.substr(0, line.find_first_of(blank));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint32_t> asn_of(std::string_view word) {
  if (word.starts_with("AS") || word.starts_with("as")) word.remove_prefix(2);
  std::uint32_t asn = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), asn);
  if (error != std::errc{} || end != word.data() + word.size() || asn == 0) return std::nullopt;
  return asn;
}

}  // namespace

std::optional<AsnKinds::Kind> AsnKinds::kind_by_name(std::string_view name) {
  if (name == "hosting") return hosting;
  if (name == "anonymiser") return anonymiser;
  if (name == "mobile") return mobile;
  return std::nullopt;
}

base::Result<AsnKinds> AsnKinds::parse(std::string_view text) {
  AsnKinds out;
  for (unsigned number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto word = next_word(line);
    if (word.empty()) continue;
    const auto kind = kind_by_name(word);
    const auto asn = asn_of(next_word(line));
    if (!kind || !asn || !next_word(line).empty()) {
      return base::fail("line {}: wants hosting, anonymiser or mobile, and the number of an autonomous system", number);
    }
    out.kinds_[*asn] |= *kind;
  }
  return out;
}

base::Result<AsnKinds> AsnKinds::load(const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) return base::fail("cannot read {}", file);
  if (size > most_bytes) return base::fail("{} is larger than {} bytes", file, most_bytes);
  std::ostringstream text;
  text << stream.rdbuf();
  auto kinds = parse(std::move(text).str());
  if (!kinds) return base::fail("{}: {}", file, kinds.error().message);
  return kinds;
}

}  // namespace trackalert::detect
