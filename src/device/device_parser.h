// SPDX-License-Identifier: Apache-2.0
// From a report's protocol and device_id to its device_attrs, by wforce's rules:
//   http, https     browser.{family,major,minor} device.{brand,family,model} os.{family,major,minor}
//   imap, imaps     imapc.{family,major,minor} os.{family,major,minor}
//   mobileapi       app.{brand,major,minor,name} device.family os.{family,major,minor}
// Protocols are compared exactly. All names of a protocol are always there, with "" for what is unknown (browsers:
// "Other" for an unknown family). Any other protocol has none.
//
// Results are cached by protocol and device_id (attribute_cache.h). Any thread may call parse(). Create one with load()
// and share it; to read a changed file, load another.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "device/attribute_cache.h"
#include "device/user_agents.h"
#include "login/report.h"

namespace trackalert::device {

class DeviceParser {
 public:
  /// Of a longer device_id only this much is looked at (of a browser's: UserAgents::max_text_bytes).
  static constexpr std::size_t max_device_id_bytes = std::size_t{8} << 10;

  /// `regexes_file` is uap-core's regexes.yaml; errors and warnings are those of UserAgents::load(). With an empty name
  /// http and https have no attributes, the other protocols need no file. Takes 0.3 s. `log` is not kept.
  [[nodiscard]] static base::Result<std::unique_ptr<DeviceParser>> load(const std::string& regexes_file, base::Log& log,
                                                                        const CacheLimits& limits = {});

  [[nodiscard]] login::Attributes parse(std::string_view protocol, std::string_view device_id) const;

  /// Rules for browsers in use; 0 when loaded without a file.
  [[nodiscard]] std::size_t rule_count() const { return user_agents_ ? user_agents_->size() : 0; }
  [[nodiscard]] CacheStats cache() const { return cache_.stats(); }

 private:
  DeviceParser(std::optional<UserAgents> user_agents, const CacheLimits& limits);

  std::optional<UserAgents> user_agents_;
  mutable AttributeCache cache_;
};

}  // namespace trackalert::device
