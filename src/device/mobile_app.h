// SPDX-License-Identifier: Apache-2.0
// What a mobile application says about itself:
//   OpenXchange.iOS.Mail/1.0.3 (OS: 10.0.3; device: iPhone 7 Plus)
// The rules are wforce's. BRAND.OS.APP/MAJOR.MINOR stands at the start, each part as short as possible; an APP may have
// dots. "OS: MAJOR.MINOR" and "device: NAME" may stand anywhere, blanks after the colon are optional. NAME is the
// longest run of letters, digits, - . _ / and blanks, so "iPad5,3" is iPad5, and blanks before a bracket stay.
#pragma once

#include <string_view>

namespace trackalert::device {

/// Views of the text that was parsed; empty where unknown.
struct MobileApp {
  std::string_view brand;
  std::string_view name;
  std::string_view major;
  std::string_view minor;
  std::string_view os_family;
  std::string_view os_major;
  std::string_view os_minor;
  std::string_view device;
};

/// Any text will do. Linear in its length.
[[nodiscard]] MobileApp parse_mobile_app(std::string_view text);

}  // namespace trackalert::device
