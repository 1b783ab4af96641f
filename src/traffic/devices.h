// SPDX-License-Identifier: Apache-2.0
// Programs that log in: what they say of themselves, and what wforce makes of it. The attributes stand here as text and
// are not parsed, so that the same stream comes out whatever rules for user agents a machine has; a test holds them to
// device/device_parser.h. Constants and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traffic/dice.h"

namespace trackalert::traffic {

enum class DeviceUse : std::uint8_t { desktop_mail, phone_mail, desktop_browser, phone_browser, proxy, tool };

/// "#" in the texts stands for the version, a whole number.
struct DeviceRow {
  DeviceUse use;
  unsigned weight;  ///< how common it is among those of its use
  std::uint16_t first_version;
  std::uint16_t versions;  ///< how many, one after the other
  std::string_view protocol;
  std::string_view device_id;
  std::string_view device_attrs;  ///< a JSON object
};

/// In an order that stays. No two have the same families of system, program and device, unless these are unknown.
[[nodiscard]] std::span<const DeviceRow> device_rows();

struct Device {
  std::uint8_t row = 0;
  std::uint8_t version = 0;  ///< below the row's `versions`

  bool operator==(const Device&) const = default;
};

/// One of the use, by weight.
[[nodiscard]] Device pick_device(DeviceUse use, Dice& dice);

/// `text` of the device's row with its version.
[[nodiscard]] std::string with_version(std::string_view text, const Device& device);

}  // namespace trackalert::traffic
