// SPDX-License-Identifier: Apache-2.0
// Which channels tell which alerts. An alert goes to the channels of every route that matches it, to each once; all
// conditions of a route must hold. Without any route it goes, from medium on, to all channels that tell somebody (exec
// and wforce do something, and want a route that names them), and nobody hears of its end.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "alert/routing.h"
#include "channel/hours.h"
#include "channel/kind.h"
#include "channel/setting.h"

namespace trackalert::channel {

/// A row for each key of routeAlerts(), for errors and docs/lua-api.md.
[[nodiscard]] std::span<const KeyRow> route_keys();

struct Route {
  detect::Severity severity = detect::Severity::medium;  ///< that or worse
  std::string rule = "*";                                ///< any that saw it; * stands for any characters
  std::string key = "*";
  Hours hours;
  bool closed = false;  ///< its end is told too
  std::vector<std::string> to;

  /// An error names the key and what is valid there. The channels must be there already.
  [[nodiscard]] static base::Result<Route> from(const Values& values, const std::vector<ChannelSetting>& channels);
};

class Routes final : public alert::Routing {
 public:
  /// `zone` must outlive it.
  Routes(std::vector<Route> routes, const std::vector<ChannelSetting>& channels, const schedule::Zone& zone);
  [[nodiscard]] std::vector<std::string> channels(const alert::Alert& alert, News news,
                                                  history::Time now) const override;

 private:
  std::vector<Route> routes_;
  const schedule::Zone& zone_;
};

/// Whether all of the text fits the pattern, in which * stands for any characters; in time that grows with the product
/// of both at most.
[[nodiscard]] bool fits_pattern(std::string_view pattern, std::string_view text);

}  // namespace trackalert::channel
