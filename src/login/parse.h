// SPDX-License-Identifier: Apache-2.0
// From a request's body to a Report, or to the reason why not. Fields that are unknown are ignored, fields of the wrong
// JSON type count as missing (docs/rest-api.md lists them).
#pragma once

#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "login/report.h"

namespace trackalert::login {

/// Why a body is refused; each is counted apart.
enum class Refusal { bad_json, not_an_object, bad_remote, no_subject };
inline constexpr std::array refusal_names{"bad_json", "not_an_object", "bad_remote", "no_subject"};

struct Refused {
  Refusal why;
  std::string reason;  ///< for the client: names the field, or where the JSON breaks
};

/// A value that is neither object nor array; null is std::monostate.
using Scalar = std::variant<std::monostate, bool, double, std::string_view>;
/// Is given what stands beside a report: each member of `object` that is a Scalar, in the order of the text. The views
/// live for the call.
using Beside = std::function<void(std::string_view object, std::string_view member, const Scalar& value)>;

/// What a custom endpoint's function gets.
struct CustomArguments {
  Attributes attrs;
  MultiAttributes attrs_mv;
};

/// Keeps its buffers between calls: one per thread.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  /// `now` (seconds since 1970) stands in for a `t` that is missing or zero; 0 leaves that to the caller.
  [[nodiscard]] std::expected<Report, Refused> report(std::string_view body, double now);
  /// The same; members of objects that are no part of a report ("place", "label") go to `beside`.
  [[nodiscard]] std::expected<Report, Refused> report(std::string_view body, double now, const Beside& beside);
  /// Any JSON but null; without an `attrs` object both tables are empty.
  [[nodiscard]] std::expected<CustomArguments, Refused> custom_arguments(std::string_view body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trackalert::login
