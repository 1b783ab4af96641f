// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "geo/locator.h"
#include "geo/mmdb_for_tests.h"

namespace trackalert::geo {
namespace {

using mmdb::map;
using mmdb::text;

mmdb::Bytes names(const char* name) {
  std::vector<std::pair<std::string, mmdb::Bytes>> out;
  for (const auto* language : {"de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN"})
    out.emplace_back(language, text(name));
  return map(out);
}

/// A city database and one of autonomous systems, in MaxMind's schema and of its usual size of record.
struct Opened {
  Opened() {
    const auto country = map({{"geoname_id", mmdb::u32(1)}, {"iso_code", text("DE")}, {"names", names("Deutschland")}});
    const auto city =
        map({{"city", map({{"geoname_id", mmdb::u32(1)}, {"names", names("Frankfurt am Main")}})},
             {"continent", map({{"code", text("EU")}, {"names", names("Europa")}})},
             {"country", country},
             {"location", map({{"accuracy_radius", mmdb::u16(20)},
                               {"latitude", mmdb::f64(50.1)},
                               {"longitude", mmdb::f64(8.7)},
                               {"time_zone", text("Europe/Berlin")}})},
             {"postal", map({{"code", text("60313")}})},
             {"registered_country", country},
             {"subdivisions", mmdb::array({map({{"iso_code", text("HE")}, {"names", names("Hessen")}})})}});
    const auto asn = map(
        {{"autonomous_system_number", mmdb::u32(64500)}, {"autonomous_system_organization", text("Example Network")}});
    (void)databases.add("city", directory.write("city", mmdb::file({{"192.0.2.0/24", city}})));
    (void)databases.add("asn", directory.write("asn", mmdb::file({{"192.0.2.0/24", asn}})));
  }
  mmdb::Directory directory;
  Databases databases;
};

void locate(benchmark::State& state) {
  static const Opened opened;
  const auto address = base::parse_address("192.0.2.1").value();
  for (auto _ : state) benchmark::DoNotOptimize(opened.databases.locate(address));
}
BENCHMARK(locate)->Threads(1)->Threads(2)->UseRealTime();

void locate_again(benchmark::State& state) {
  static const Opened opened;
  Locator locator;
  const auto address = base::parse_address("192.0.2.1").value();
  for (auto _ : state) benchmark::DoNotOptimize(locator.locate(opened.databases, address));
}
BENCHMARK(locate_again);

void open_10_mb(benchmark::State& state) {
  const mmdb::Directory directory;
  const auto file = directory.write("large", mmdb::file({{"192.0.2.0/24", text("x") + mmdb::Bytes(10'000'000, 'x')},
                                                         {"198.51.100.0/24", text("y")}}));
  for (auto _ : state) benchmark::DoNotOptimize(Database::open(file).value());
}
BENCHMARK(open_10_mb)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace trackalert::geo
