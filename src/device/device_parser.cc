// SPDX-License-Identifier: Apache-2.0
#include "device/device_parser.h"

#include <cstdint>
#include <utility>

#include "device/imap_id.h"
#include "device/mobile_app.h"

namespace trackalert::device {
namespace {

enum class Protocol : std::uint8_t { other, http, imap, mobile };

Protocol class_of(std::string_view protocol) {
  if (protocol == "http" || protocol == "https") return Protocol::http;
  if (protocol == "imap" || protocol == "imaps") return Protocol::imap;
  if (protocol == "mobileapi") return Protocol::mobile;
  return Protocol::other;
}

// The lists below are in the order of login::Attributes: by name.

login::Attributes attributes_of(UserAgent&& agent) {
  login::Attributes attributes;
  attributes.reserve(9);
  attributes.emplace_back("browser.family", std::move(agent.browser.family));
  attributes.emplace_back("browser.major", std::move(agent.browser.major));
  attributes.emplace_back("browser.minor", std::move(agent.browser.minor));
  attributes.emplace_back("device.brand", std::move(agent.device.brand));
  attributes.emplace_back("device.family", std::move(agent.device.family));
  attributes.emplace_back("device.model", std::move(agent.device.model));
  attributes.emplace_back("os.family", std::move(agent.os.family));
  attributes.emplace_back("os.major", std::move(agent.os.major));
  attributes.emplace_back("os.minor", std::move(agent.os.minor));
  return attributes;
}

login::Attributes attributes_of(const ImapId& id) {
  login::Attributes attributes;
  attributes.reserve(6);
  attributes.emplace_back("imapc.family", id.family);
  attributes.emplace_back("imapc.major", id.major);
  attributes.emplace_back("imapc.minor", id.minor);
  attributes.emplace_back("os.family", id.os_family);
  attributes.emplace_back("os.major", id.os_major);
  attributes.emplace_back("os.minor", id.os_minor);
  return attributes;
}

login::Attributes attributes_of(const MobileApp& app) {
  login::Attributes attributes;
  attributes.reserve(8);
  attributes.emplace_back("app.brand", app.brand);
  attributes.emplace_back("app.major", app.major);
  attributes.emplace_back("app.minor", app.minor);
  attributes.emplace_back("app.name", app.name);
  attributes.emplace_back("device.family", app.device);
  attributes.emplace_back("os.family", app.os_family);
  attributes.emplace_back("os.major", app.os_major);
  attributes.emplace_back("os.minor", app.os_minor);
  return attributes;
}

}  // namespace

base::Result<std::unique_ptr<DeviceParser>> DeviceParser::load(const std::string& regexes_file, base::Log& log,
                                                               const CacheLimits& limits) {
  std::optional<UserAgents> user_agents;
  if (!regexes_file.empty()) {
    auto loaded = UserAgents::load(regexes_file, log);
    if (!loaded) return std::unexpected(loaded.error());
    user_agents = std::move(*loaded);
  }
  return std::unique_ptr<DeviceParser>(new DeviceParser(std::move(user_agents), limits));
}

DeviceParser::DeviceParser(std::optional<UserAgents> user_agents, const CacheLimits& limits)
    : user_agents_(std::move(user_agents)), cache_(limits) {}

login::Attributes DeviceParser::parse(std::string_view protocol, std::string_view device_id) const {
  const Protocol kind = class_of(protocol);
  if (kind == Protocol::other || (kind == Protocol::http && !user_agents_)) return {};
  device_id = device_id.substr(0, kind == Protocol::http ? UserAgents::max_text_bytes : max_device_id_bytes);
  const auto space = static_cast<std::uint8_t>(kind);
  if (auto known = cache_.find(space, device_id)) return *std::move(known);

  login::Attributes attributes;
  switch (kind) {
    case Protocol::http:
      attributes = attributes_of(user_agents_->parse(device_id));
      break;
    case Protocol::imap:
      attributes = attributes_of(parse_imap_id(device_id));
      break;
    case Protocol::mobile:
      attributes = attributes_of(parse_mobile_app(device_id));
      break;
    case Protocol::other:
      break;
  }
  cache_.insert(space, device_id, attributes);
  return attributes;
}

}  // namespace trackalert::device
