// SPDX-License-Identifier: Apache-2.0
#include "detect/room.h"

namespace trackalert::detect {

void Room::found(std::size_t index, Finding finding, Names names) {
  ++counts[index].found;
  finding.message = fill_in(finding.rule->text, names);
  if (finding.since == 0 || finding.since > finding.time) finding.since = finding.time;
  finding.sources_total = std::max<std::uint64_t>(finding.sources_total, finding.sources.size());
  finding.logins_total = std::max<std::uint64_t>(finding.logins_total, finding.logins.size());
  out.push_back(std::move(finding));
}

NameList names_of(const Sighting& sighting) {
  const auto& place = sighting.place();
  const auto& report = sighting.report();
  const history::EventView event(sighting.arrival().sequence, sighting.time, report, place);
  const auto or_else = [](std::string text, const char* otherwise) {
    return text.empty() ? otherwise : std::move(text);
  };
  auto network = place.asn == 0 ? std::string() : "AS" + std::to_string(place.asn);
  if (!place.as_name.empty()) network = place.as_name + " (" + network + ")";
  if (network.empty()) network = history::facet_text(history::Facet::net, event);
  return {{"login", report.login},
          {"remote", report.remote.to_string()},
          {"country", or_else(place.country_code, "an unknown country")},
          {"city", or_else(place.city, "an unknown place")},
          {"network", or_else(network, "an unknown network")},
          {"device", or_else(history::device_text(report.device_attrs), "an unknown device")},
          {"protocol", or_else(report.protocol, "an unknown protocol")}};
}

Finding finding_of(const RulePtr& rule, const Sighting& sighting) {
  Finding finding;
  finding.rule = rule;
  finding.severity = rule->severity;
  finding.time = sighting.time;
  finding.key = login_key(sighting.report().login);
  finding.logins = {sighting.report().login};
  if (!sighting.levels().empty()) finding.sources = {sighting.report().remote.to_string()};
  finding.sequence = sighting.arrival().sequence;
  return finding;
}

Finding news_of(const RulePtr& rule, const Sighting& sighting, std::string key) {
  auto finding = finding_of(rule, sighting);
  finding.key = std::move(key);
  finding.goes_on = true;
  return finding;
}

std::string source_key(const base::Prefix& source) {
  return (source.length == source.address.bits() ? "remote:" : "net:") + source_text(source);
}

std::string source_text(const base::Prefix& source) {
  return source.length == source.address.bits() ? source.address.to_string() : source.to_string();
}

history::Time to_time(Seconds seconds) {
  return seconds * history::second;
}

}  // namespace trackalert::detect
