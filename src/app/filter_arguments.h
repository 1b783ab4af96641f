// SPDX-License-Identifier: Apache-2.0
// The options that say which reports a subcommand is about, as the filter of history/query_json.h. Pure.
#pragma once

#include <span>
#include <string>

#include "app/arguments.h"

namespace trackalert::app {

[[nodiscard]] std::span<const ArgumentRow> filter_rows();
/// {"login": "...", ...}
[[nodiscard]] base::Result<std::string> filter_json(const Arguments& arguments);
inline constexpr const char* filter_help =
    R"(Which reports (all that is given must hold):
      --login X            of this login
      --remote IP|CIDR     from this address or network; --net is another name for it
      --asn N              from this autonomous system
      --country CC         from this country
      --device D           from this device, as "Windows / Firefox / Other"
      --protocol P         over this protocol
      --fail-type T        that failed so
      --pwhash H           with this password hash
      --success            that succeeded
      --failure            that failed
      --attr K=V           with this attribute; may be repeated
      --since TIME         from then on: 30d (ago), 2026-11-01, 2026-11-01T07:12:16Z, seconds since 1970
      --until TIME         before then
)";

}  // namespace trackalert::app
