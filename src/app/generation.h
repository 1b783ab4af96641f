// SPDX-License-Identifier: Apache-2.0
// What belongs to one reading of the configuration: its GeoIP databases, webhooks, and Lua states. A reload makes
// another; the old one lives until its last function has returned and its webhooks are delivered.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "alert/webhooks.h"
#include "geo/databases.h"
#include "policy/policy.h"

namespace trackalert::app {

class Generation {
 public:
  /// What outlives every configuration.
  struct Surroundings {
    base::Log& log;
    const base::Clock& clock;
    policy::Statistics& statistics;
    policy::Control& control;
    const std::atomic<const policy::RunningHistory*>& history;  ///< null while there is none
    policy::LuaTroubles* troubles = nullptr;                    ///< as in policy::Services
  };

  /// `workers`: as many states as the running daemon has threads; none at the start.
  static base::Result<std::shared_ptr<Generation>> load(const policy::Policy::Source& source,
                                                        const Surroundings& surroundings,
                                                        std::optional<policy::Policy::Workers> workers);
  static base::Result<policy::Settings> load_for_client(const policy::Policy::Source& source,
                                                        const Surroundings& surroundings);
  ~Generation();

  /// Lets webhooks go out, with the settings of the configuration.
  void start();

  [[nodiscard]] policy::Policy& policy() { return *policy_; }
  [[nodiscard]] geo::Databases& geo() { return geo_; }
  [[nodiscard]] alert::Webhooks& webhooks() { return webhooks_; }

 private:
  explicit Generation(const Surroundings& surroundings);

  geo::Databases geo_;
  alert::Webhooks webhooks_;
  policy::Services services_;
  std::unique_ptr<policy::Policy> policy_;
};

/// They keep the whole generation alive.
[[nodiscard]] inline std::shared_ptr<alert::Webhooks> webhooks_of(const std::shared_ptr<Generation>& generation) {
  return {generation, &generation->webhooks()};
}

}  // namespace trackalert::app
