// SPDX-License-Identifier: Apache-2.0
#include "traffic/devices.h"

#include <gtest/gtest.h>

#include <map>

#include "base/json_writer.h"
#include "device/device_parser.h"

namespace trackalert::traffic {
namespace {

std::string attributes_of(const device::DeviceParser& parser, std::string_view protocol, std::string_view id) {
  base::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : parser.parse(protocol, id)) json.key(name).value(value);
  json.end_object();
  return std::move(json).text();
}

TEST(Devices, HaveTheAttributesThatWforceWouldSee) {
  base::Log log({.stdout_level = 0, .syslog = false});
  const auto parser = device::DeviceParser::load("/usr/share/uap-core/regexes.yaml", log);
  ASSERT_TRUE(parser) << parser.error().message;
  for (std::size_t row = 0; row < device_rows().size(); ++row) {
    const auto& facts = device_rows()[row];
    for (const auto version : {0, facts.versions - 1}) {
      const Device device{static_cast<std::uint8_t>(row), static_cast<std::uint8_t>(version)};
      const auto id = with_version(facts.device_id, device);
      EXPECT_EQ(attributes_of(**parser, facts.protocol, id), with_version(facts.device_attrs, device)) << id;
    }
  }
}

TEST(Devices, ArePickedByWeight) {
  Dice dice(1);
  std::map<std::uint8_t, int> picked;
  for (int i = 0; i < 20'000; ++i) {
    const auto device = pick_device(DeviceUse::phone_mail, dice);
    EXPECT_EQ(device_rows()[device.row].use, DeviceUse::phone_mail);
    EXPECT_LT(device.version, device_rows()[device.row].versions);
    picked[device.row] += 1;
  }
  for (const auto& [row, count] : picked) EXPECT_NEAR(count, 200 * device_rows()[row].weight, 400) << int{row};
}

TEST(Devices, OfEveryUse) {
  Dice dice(1);
  for (const auto use : {DeviceUse::desktop_mail, DeviceUse::phone_mail, DeviceUse::desktop_browser,
                         DeviceUse::phone_browser, DeviceUse::proxy, DeviceUse::tool}) {
    EXPECT_EQ(device_rows()[pick_device(use, dice).row].use, use);
  }
}

}  // namespace
}  // namespace trackalert::traffic
