// SPDX-License-Identifier: Apache-2.0
// Members of JSON objects that others wrote, each in more than one form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_value.h"
#include "history/event.h"

namespace trackalert::logs {

/// A text member; null where there is none.
[[nodiscard]] const std::string* find_text(const base::JsonValue& object, std::string_view name);
/// The same; empty where there is none.
[[nodiscard]] std::string_view text_in(const base::JsonValue& object, std::string_view name);
/// Seconds or milliseconds since 1970 as a number, or a time as a text: whichever it is.
[[nodiscard]] std::optional<history::Time> time_of_value(const base::JsonValue& value);

}  // namespace trackalert::logs
