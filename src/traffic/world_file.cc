// SPDX-License-Identifier: Apache-2.0
#include "traffic/world_file.h"

#include <fmt/format.h>

#include "geo/mmdb_writer.h"

namespace trackalert::traffic {
namespace {

namespace mmdb = geo::mmdb;

/// Radius within which the address is, as databases guess it.
unsigned accuracy_km(NetworkKind kind) {
  switch (kind) {
    case NetworkKind::access:
      return 20;
    case NetworkKind::mobile:
      return 200;
    case NetworkKind::company:
      return 10;
    case NetworkKind::hosting:
    case NetworkKind::anonymiser:
      break;
  }
  return 100;
}

mmdb::Bytes names(std::string_view name) {
  return mmdb::map({{"en", mmdb::text(name)}});
}

mmdb::Bytes record_of(const World& world, BlockIndex index) {
  const auto& block = world.blocks()[index];
  const auto& network = world.network_of(index);
  const auto& country = countries()[block.country];
  const auto& city = country.cities[block.city];
  return mmdb::map({{"city", mmdb::map({{"names", names(city.name)}})},
                    {"country", mmdb::map({{"iso_code", mmdb::text(country.code)}, {"names", names(country.name)}})},
                    {"location", mmdb::map({{"accuracy_radius", mmdb::u16(accuracy_km(network.kind))},
                                            {"latitude", mmdb::f64(city.latitude)},
                                            {"longitude", mmdb::f64(city.longitude)}})},
                    {"traits", mmdb::map({{"autonomous_system_number", mmdb::u32(network.asn)},
                                          {"autonomous_system_organization", mmdb::text(network.name)}})}});
}

}  // namespace

base::Result<std::string> geo_database(const World& world) {
  mmdb::Writer writer({.type = "trackalert-generated-City",
                       .description = fmt::format("World {} of trackalert generate", world.number())});
  for (std::size_t i = 0; i < world.blocks().size(); ++i) {
    const auto index = static_cast<BlockIndex>(i);
    const auto record = record_of(world, index);
    if (auto added = writer.add(world.v4_prefix(index), record); !added) return std::unexpected(added.error());
    if (auto added = writer.add(World::v6_prefix(index), record); !added) return std::unexpected(added.error());
  }
  return writer.file();
}

std::string network_kinds(const World& world) {
  std::string out;
  for (const auto& network : world.networks()) {
    if (network.kind == NetworkKind::access || network.kind == NetworkKind::company) continue;
    fmt::format_to(std::back_inserter(out), "{} {} # {}\n", kind_name(network.kind), network.asn, network.name);
  }
  return out;
}

}  // namespace trackalert::traffic
