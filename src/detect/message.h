// SPDX-License-Identifier: Apache-2.0
// Sentences for people, from a rule's text and what was seen. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace trackalert::detect {

using Names = std::span<const std::pair<std::string_view, std::string>>;

/// `text` with each {name} replaced; a name that is not known stays as it is. What is put in is not looked at again.
[[nodiscard]] std::string fill_in(std::string_view text, Names names);

/// A number as people read it: no decimals from 10 on, one below, none if whole.
[[nodiscard]] std::string shown_number(double number);
/// "45 minutes", "3 hours", "2 days".
[[nodiscard]] std::string shown_duration(double seconds);

}  // namespace trackalert::detect
