// SPDX-License-Identifier: Apache-2.0
// Which of many literals does a text contain? An Aho-Corasick automaton with a full transition table: one table look-up
// for each byte of the text, however many literals there are. ASCII letters match in either case.
//
// Immutable once built; any thread may call contained_in().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::device {

class LiteralSet {
 public:
  /// The table has a row of at most 1 KiB for each prefix of a literal: more prefixes than this are refused.
  static constexpr std::size_t max_states = std::size_t{1} << 18;

  /// Contains nothing, finds nothing.
  LiteralSet() = default;
  [[nodiscard]] static base::Result<LiteralSet> build(const std::vector<std::string>& literals);

  /// The indexes of the literals that occur in `text`, each once, in no particular order. Empty literals never do.
  [[nodiscard]] std::vector<int> contained_in(std::string_view text) const;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Chain {
    std::uint32_t literal = none;  ///< ends here
    std::uint32_t next = 0;        ///< the state of the longest proper suffix at which one ends; 0: there is none
  };

  void classify(const std::vector<std::string>& literals);
  [[nodiscard]] std::uint32_t& child(std::size_t state, unsigned char byte);
  void link();

  /// Bytes that no literal has share class 0.
  std::array<std::uint8_t, 256> class_of_{};
  std::size_t classes_ = 1;
  std::vector<std::uint32_t> next_;  ///< [state * classes_ + class], state 0 is the start
  std::vector<Chain> chains_;        ///< [state]
  std::vector<std::uint32_t> same_;  ///< [literal]: another literal with the same text, or none
};

}  // namespace trackalert::device
