// SPDX-License-Identifier: Apache-2.0
// Facets: the properties of a report that are counted or remembered, and their values as text.
//
// A report that has no value of a facet (no login, no address, an unknown country) is counted in no value of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/prefix.h"
#include "history/event.h"

namespace trackalert::history {

enum class Facet : std::uint8_t {
  all,           ///< every report, under the one value "all"
  login,         ///< as reported
  remote,        ///< the client's address
  net,           ///< its network: net_of()
  asn,           ///< the number of its autonomous system, decimal
  country,       ///< two capital letters
  device,        ///< device_text()
  protocol,      ///< as reported
  fail_type,     ///< as reported
  pwhash,        ///< as reported
  hour_of_week,  ///< "0", Monday 0:00 UTC, to "167"
};

/// "all", "login", ... as Lua, REST and the command line name them.
[[nodiscard]] std::string_view facet_name(Facet facet);
[[nodiscard]] std::optional<Facet> facet_by_name(std::string_view name);

/// IPv4: its /24. IPv6: its /48.
[[nodiscard]] base::Prefix net_of(const base::Address& address);

/// Family of the system, the program and the device, with " / " between them, so that a new version is no new device:
/// "Windows / Firefox / Other", "iOS / Mail / iPhone". What is missing is "-"; nothing known at all: empty.
/// From os.family; browser.family, imapc.family or app.name; device.family. Longer than 96 bytes is cut.
[[nodiscard]] std::string device_text(const login::Attributes& device_attrs);

/// 0 to 167, from Monday 0:00 UTC.
[[nodiscard]] unsigned hour_of_week(Time time);

/// The event's value of a facet; empty if it has none.
[[nodiscard]] std::string facet_text(Facet facet, const EventView& event);

// The same value in the fewest bytes, as profiles and trends keep it: login, country, device, protocol, fail_type and
// pwhash as they are (what is longer than max_value_bytes is cut, between characters of UTF-8, and carries "~" and a
// hash of the whole in hex); remote as 4 or 16 bytes, without a scope; net as its 3 or 6 bytes; asn as 4 bytes,
// hour_of_week as 1, big-endian; all as none.

inline constexpr std::size_t max_value_bytes = 255;
using ValueBuffer = std::array<char, max_value_bytes>;

/// The event's value, without an allocation: it lies in the event or in `buffer`, which need not be initialised. Empty
/// optional if the event has none. ("all" has a value, which is empty.)
[[nodiscard]] std::optional<std::string_view> value_of(Facet facet, const EventView& event, ValueBuffer& buffer);
/// Appends the event's value; false, and nothing appended, if it has none.
bool append_value(Facet facet, const EventView& event, std::string& out);
/// From and to the text form. An error says what the facet wants: "net: not a network: x". Beside the forms of
/// facet_text() an asn may be "AS64500", a country in small letters, a net an address in it, and all nothing.
[[nodiscard]] base::Result<std::string> value_from_text(Facet facet, std::string_view text);
/// Bytes that are no value of the facet become an empty text.
[[nodiscard]] std::string value_to_text(Facet facet, std::string_view value);

/// Whether the report came with an address. (A report without one has 0.0.0.0.)
[[nodiscard]] inline bool has_remote(const login::Report& report) {
  return report.remote != base::Address{};
}

}  // namespace trackalert::history
