// SPDX-License-Identifier: Apache-2.0
// How much the engine's tables remember of one login or source: what is full forgets its oldest.
#pragma once

#include <cstddef>

namespace trackalert::detect {

/// Different guesses at one login.
inline constexpr std::size_t most_guesses_of_login = 40;
/// Logins that one source tried.
inline constexpr std::size_t most_logins_of_source = 160;
/// Networks from which one login succeeded lately.
inline constexpr std::size_t most_places_of_login = 6;

}  // namespace trackalert::detect
