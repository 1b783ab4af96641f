// SPDX-License-Identifier: Apache-2.0
// Which autonomous systems rent out machines, hide people or carry phones: data, from a file.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace trackalert::detect {

class AsnKinds {
 public:
  enum Kind : std::uint8_t { hosting = 1, anonymiser = 2, mobile = 4 };

  /// Lines of "KIND ASN", where KIND is hosting, anonymiser or mobile and ASN a number, with or without AS before it; #
  /// begins a comment. An error names the line.
  [[nodiscard]] static base::Result<AsnKinds> parse(std::string_view text);
  [[nodiscard]] static base::Result<AsnKinds> load(const std::string& file);
  [[nodiscard]] static std::optional<Kind> kind_by_name(std::string_view name);

  /// Kind bits; 0: none known.
  [[nodiscard]] std::uint8_t of(std::uint32_t asn) const {
    const auto at = kinds_.find(asn);
    return at == kinds_.end() ? std::uint8_t{0} : at->second;
  }
  [[nodiscard]] std::size_t size() const { return kinds_.size(); }

 private:
  boost::unordered_flat_map<std::uint32_t, std::uint8_t> kinds_;
};

}  // namespace trackalert::detect
