// SPDX-License-Identifier: Apache-2.0
// What there is to tell about an alert. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace trackalert::alert {

/// Why an alert is told.
enum class News : std::uint8_t { opened, raised, closed };

/// "opened", "raised", "closed"
[[nodiscard]] std::string_view news_name(News news);

}  // namespace trackalert::alert
