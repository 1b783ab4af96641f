// SPDX-License-Identifier: Apache-2.0
// Expected failure as a value. An Error's text names what failed and where, without a trailing newline, and is fit for
// a log line or a client: it never carries a secret.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace trackalert::base {

struct Error {
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

/// fail("cannot open {}: {}", file, reason): the error half of a Result.
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{fmt::format(format, std::forward<Args>(args)...)});
}

/// What an errno says, from any thread: strerror() need not be safe.
[[nodiscard]] inline std::string error_text(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace trackalert::base
