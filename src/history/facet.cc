// SPDX-License-Identifier: Apache-2.0
#include "history/facet.h"

#include <algorithm>
#include <array>

namespace trackalert::history {
namespace {

struct Name {
  Facet facet;
  std::string_view name;
};
constexpr std::array<Name, 11> names{{{Facet::all, "all"},
                                      {Facet::login, "login"},
                                      {Facet::remote, "remote"},
                                      {Facet::net, "net"},
                                      {Facet::asn, "asn"},
                                      {Facet::country, "country"},
                                      {Facet::device, "device"},
                                      {Facet::protocol, "protocol"},
                                      {Facet::fail_type, "fail_type"},
                                      {Facet::pwhash, "pwhash"},
                                      {Facet::hour_of_week, "hour_of_week"}}};

constexpr std::size_t max_device_bytes = 96;

std::string_view attribute(const login::Attributes& attributes, std::string_view name) {
  const auto found =
      std::ranges::lower_bound(attributes, name, {}, [](const auto& pair) -> std::string_view { return pair.first; });
  return found != attributes.end() && found->first == name ? std::string_view(found->second) : std::string_view{};
}

}  // namespace

std::string_view facet_name(Facet facet) {
  return std::ranges::find(names, facet, &Name::facet)->name;
}

std::optional<Facet> facet_by_name(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &Name::name);
  return found == names.end() ? std::nullopt : std::optional(found->facet);
}

base::Prefix net_of(const base::Address& address) {
  const unsigned length = address.is_v4() ? 24 : 48;
  return {address.masked(length), length};
}

std::string device_text(const login::Attributes& device_attrs) {
  const auto system = attribute(device_attrs, "os.family");
  auto program = attribute(device_attrs, "browser.family");
  if (program.empty()) program = attribute(device_attrs, "imapc.family");
  if (program.empty()) program = attribute(device_attrs, "app.name");
  const auto device = attribute(device_attrs, "device.family");
  if (system.empty() && program.empty() && device.empty()) return {};
  std::string out;
  for (const auto part : {system, program, device}) {
    if (!out.empty()) out += " / ";
    out += part.empty() ? "-" : part;
  }
  if (out.size() > max_device_bytes) out.resize(max_device_bytes);
  return out;
}

unsigned hour_of_week(Time time) {
  constexpr Time week_hours = 7 * 24;
  constexpr Time monday = 4 * day;  // 1970-01-05
  const Time hours = (time - monday >= 0 ? time - monday : time - monday - hour + 1) / hour;
  return static_cast<unsigned>((hours % week_hours + week_hours) % week_hours);
}

std::string facet_text(Facet facet, const EventView& event) {
  const auto& report = event.report;
  switch (facet) {
    case Facet::all:
      return "all";
    case Facet::login:
      return report.login;
    case Facet::remote:
      return has_remote(report) ? report.remote.to_string() : std::string{};
    case Facet::net:
      return has_remote(report) ? net_of(report.remote).to_string() : std::string{};
    case Facet::asn:
      return event.place.asn == 0 ? std::string{} : std::to_string(event.place.asn);
    case Facet::country:
      return event.place.country_code;
    case Facet::device:
      return device_text(report.device_attrs);
    case Facet::protocol:
      return report.protocol;
    case Facet::fail_type:
      return report.fail_type;
    case Facet::pwhash:
      return report.pwhash;
    case Facet::hour_of_week:
      return std::to_string(hour_of_week(event.time));
  }
  return {};
}

}  // namespace trackalert::history
