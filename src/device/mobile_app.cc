// SPDX-License-Identifier: Apache-2.0
#include "device/mobile_app.h"

#include <algorithm>

#include "base/ascii.h"
#include "device/version_number.h"

namespace trackalert::device {
namespace {

constexpr auto npos = std::string_view::npos;

std::string_view without_blanks(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_blank);
  return text.substr(static_cast<std::size_t>(end - text.begin()));
}

constexpr bool is_device_name(char c) {
  return base::is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '/' || is_blank(c);
}

void parse_product(std::string_view text, MobileApp& app) {
  const auto first_dot = text.find('.');
  if (first_dot == npos) return;
  const auto second_dot = text.find('.', first_dot + 1);
  if (second_dot == npos) return;
  const auto name = second_dot + 1;
  for (auto slash = text.find('/', name); slash != npos; slash = text.find('/', slash + 1)) {
    const auto version = leading_version(text.substr(slash + 1));
    if (!version) continue;
    app.brand = text.substr(0, first_dot);
    app.os_family = text.substr(first_dot + 1, second_dot - first_dot - 1);
    app.name = text.substr(name, slash - name);
    app.major = version->major;
    app.minor = version->minor;
    return;
  }
}

void parse_os(std::string_view text, MobileApp& app) {
  constexpr std::string_view key = "OS:";
  for (auto at = text.find(key); at != npos; at = text.find(key, at)) {
    at += key.size();
    if (const auto version = leading_version(without_blanks(text.substr(at)))) {
      app.os_major = version->major;
      app.os_minor = version->minor;
      return;
    }
  }
}

void parse_device(std::string_view text, MobileApp& app) {
  constexpr std::string_view key = "device:";
  for (auto at = text.find(key); at != npos; at = text.find(key, at)) {
    at += key.size();
    const auto rest = without_blanks(text.substr(at));
    const auto end = std::ranges::find_if_not(rest, is_device_name);
    if (end == rest.begin()) continue;
    app.device = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    return;
  }
}

}  // namespace

MobileApp parse_mobile_app(std::string_view text) {
  MobileApp app;
  parse_product(text, app);
  parse_os(text, app);
  parse_device(text, app);
  return app;
}

}  // namespace trackalert::device
