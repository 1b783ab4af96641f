// SPDX-License-Identifier: Apache-2.0
// The bytes of a response's head. Pure functions but for DateLine, which belongs to one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace trackalert::net {

/// "Not Found" for 404; "Unknown" for what we never send.
[[nodiscard]] std::string_view reason_phrase(unsigned status);

/// "date: ...\r\n" of the current second.
class DateLine {
 public:
  void update(std::chrono::system_clock::time_point now);
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string text_;
};

struct ResponseStyle {
  bool http_1_0 = false;
  bool keep_alive = true;
};

/// Appends status line, headers and the empty line to `out`. A header of the service's that would break the framing
/// (control characters in it, a name we write ourselves) is left out; then the result is false.
bool append_response_head(std::string& out, const Response& response, ResponseStyle style, std::string_view date_line);

}  // namespace trackalert::net
