// SPDX-License-Identifier: Apache-2.0
#include "alert/news.h"

#include <array>

namespace trackalert::alert {

std::string_view news_name(News news) {
  constexpr std::array<std::string_view, 3> names{"opened", "raised", "closed"};
  return names.at(static_cast<std::size_t>(news));
}

}  // namespace trackalert::alert
