// SPDX-License-Identifier: Apache-2.0
// GeoIP2DB and GeoIPRecord, and the functions of the legacy databases, which no longer exist.
#include "geo/databases.h"
#include "geo/lookups.h"
#include "policy/bindings.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {

/// Follows a reload: looks the name up in whatever is open under it.
struct GeoHandle {
  geo::Databases::Handle database;
};

namespace {

using geo::CityRecord;

template <std::string CityRecord::* member>
constexpr FieldRow<CityRecord> text_field(const char* name) {
  return {name, "string",
          [](lua_State* lua, const CityRecord& record) {
            lua_pushlstring(lua, (record.*member).data(), (record.*member).size());
          },
          [](lua_State* lua, CityRecord& record) {
            if (lua_isstring(lua, 3) == 0) return false;
            record.*member = lua_tostring(lua, 3);
            return true;
          }};
}

template <double CityRecord::* member>
constexpr FieldRow<CityRecord> number_field(const char* name) {
  return {name, "number", [](lua_State* lua, const CityRecord& record) { lua_pushnumber(lua, record.*member); },
          [](lua_State* lua, CityRecord& record) {
            if (lua_isnumber(lua, 3) == 0) return false;
            record.*member = lua_tonumber(lua, 3);
            return true;
          }};
}

int new_geo_db(Call& call) {
  auto& context = call.context();
  const auto opened = context.services.geo.add(call.text(1), call.text(2));
  if (!opened) {
    context.services.log.error("newGeoIPDB(): Error initialising GeoIP2DB ({})", opened.error().message);
    *context.output += fmt::format("newGeoIP2DB(): Error loading GeoIP2 DB ({})\n", opened.error().message);
  } else if (const auto& database = *opened) {
    context.services.log.debug("Opened MMDB database {} (type: {} version: {})", call.text(2), database->type,
                               database->version);
  }
  return 0;
}

int get_geo_db(Call& call) {
  const auto name = call.text(1);
  auto handle = call.context().services.geo.find(name);
  if (!handle) {
    call.context().services.log.error("getGeoIP2DB(): Could not find database named {}", base::escape_control(name));
  }
  push_object(call.lua(), GeoHandle{handle.value_or(geo::Databases::Handle())});
  return 1;
}

int reload_geo_dbs(Call& call) {
  auto& context = call.context();
  for (const auto& [name, outcome] : context.services.geo.reload_all()) {
    if (outcome) {
      *context.output += fmt::format("reloadGeoIP2DBs(): Reloaded GeoIP2 DB {}\n", name);
      continue;
    }
    const auto line =
        fmt::format("reloadGeoIP2DBs(): Error reloading GeoIP2 DB {} ({})", name, outcome.error().message);
    context.services.log.error("{}", line);
    *context.output += line + "\n";
  }
  return 0;
}

// The legacy databases ended in 2019; the functions say that there are none, as the original did without their files.

int reload_legacy(Call& call) {
  *call.context().output += "reloadGeoIPDBs() successful\n";
  return 0;
}

int init_legacy(Call& call, std::string_view function, std::string_view kind) {
  auto& context = call.context();
  const auto reason = fmt::format("No geoip v4 {} db available", kind);
  context.services.log.error("{}", reason);
  context.services.log.error("{}(): Error initialising GeoIP ({})", function, reason);
  *context.output += fmt::format("{}(): Error loading GeoIP ({})\n", function, reason);
  return 0;
}

int init_country(Call& call) {
  return init_legacy(call, "initGeoIPDB", "country");
}
int init_city(Call& call) {
  return init_legacy(call, "initGeoIPCityDB", "city");
}
int init_isp(Call& call) {
  return init_legacy(call, "initGeoIPISPDB", "isp");
}
int lookup_nothing(Call& call) {
  return call.returns(std::string_view());
}
int lookup_no_city(Call& call) {
  push_object(call.lua(), CityRecord{});
  return 1;
}

/// read(record) for the address in argument 2; what `read` gives for no record, and a warning, where the file is
/// damaged.
template <class Read>
auto look_up(Call& call, Read read) {
  const auto& address = *object_at<base::Address>(call.lua(), 2);
  auto found = object_at<GeoHandle>(call.lua(), 1)->database.look_up(address, read);
  if (found) return std::move(*found);
  call.context().services.log.warning("{}", found.error().message);
  return read(geo::Field());
}

int lookup_country(Call& call) {
  return call.returns(std::string_view(look_up(call, geo::country_of)));
}
int lookup_isp(Call& call) {
  return call.returns(std::string_view(look_up(call, geo::isp_of)));
}
int lookup_city(Call& call) {
  push_object(call.lua(), look_up(call, geo::city_of));
  return 1;
}

int lookup_string(Call& call) {
  const auto path = call.list(3);
  return call.returns(
      std::string_view(look_up(call, [&](const geo::Field& record) { return geo::string_at(record, path); })));
}

int lookup_unsigned(Call& call) {
  const auto path = call.list(3);
  return call.returns(
      static_cast<double>(look_up(call, [&](const geo::Field& record) { return geo::unsigned_at(record, path); })));
}

int lookup_boolean(Call& call) {
  const auto path = call.list(3);
  return call.returns(look_up(call, [&](const geo::Field& record) { return geo::boolean_at(record, path); }));
}

int lookup_double(Call& call) {
  const auto path = call.list(3);
  return call.returns(look_up(call, [&](const geo::Field& record) { return geo::double_at(record, path); }));
}

}  // namespace

template <>
std::span<const FieldRow<CityRecord>> fields_of<CityRecord>() {
  static constexpr std::array rows{
      text_field<&CityRecord::country_code>("country_code"),
      text_field<&CityRecord::country_name>("country_name"),
      text_field<&CityRecord::region>("region"),
      text_field<&CityRecord::city>("city"),
      text_field<&CityRecord::postal_code>("postal_code"),
      text_field<&CityRecord::continent_code>("continent_code"),
      number_field<&CityRecord::latitude>("latitude"),
      number_field<&CityRecord::longitude>("longitude"),
  };
  return rows;
}

std::span<const FunctionRow> geo_functions() {
  static const std::vector<FunctionRow> rows{
      {"newGeoIP2DB",
       Acts::in_global_and_client,
       {{"name", Type::text}, {"file", Type::text}},
       "",
       "Opens a GeoIP2 database (MMDB) under a name; the first of a name counts. It is opened again when the file "
       "changes.",
       &new_geo_db},
      {"getGeoIP2DB",
       Acts::everywhere,
       {{"name", Type::text}},
       "GeoIP2DB",
       "The database of that name; an unknown one is logged and finds nothing.",
       &get_geo_db},
      {"reloadGeoIP2DBs",
       Acts::in_global,
       {},
       "",
       "Opens every GeoIP2 database again and shows how it went; a database that cannot be opened stays as it was.",
       &reload_geo_dbs},
      {"initGeoIPDB",
       Acts::in_global_and_client,
       {},
       "",
       "Legacy: logs that there is no GeoIP country database.",
       &init_country},
      {"initGeoIPCityDB",
       Acts::in_global_and_client,
       {},
       "",
       "Legacy: logs that there is no GeoIP city database.",
       &init_city},
      {"initGeoIPISPDB",
       Acts::in_global_and_client,
       {},
       "",
       "Legacy: logs that there is no GeoIP ISP database.",
       &init_isp},
      {"reloadGeoIPDBs", Acts::in_global, {}, "", "Legacy: does nothing, successfully.", &reload_legacy},
      {"lookupCountry",
       Acts::everywhere,
       {{"address", Type::address}},
       "string",
       "Legacy: always \"\"; use getGeoIP2DB.",
       &lookup_nothing},
      {"lookupISP",
       Acts::everywhere,
       {{"address", Type::address}},
       "string",
       "Legacy: always \"\"; use getGeoIP2DB.",
       &lookup_nothing},
      {"lookupCity",
       Acts::everywhere,
       {{"address", Type::address}},
       "GeoIPRecord",
       "Legacy: always an empty record; use getGeoIP2DB.",
       &lookup_no_city},
  };
  return rows;
}

std::span<const FunctionRow> geo_methods() {
  static const std::vector<FunctionRow> rows{
      {"lookupCountry",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}},
       "string",
       "The country's ISO code, or \"\".",
       &lookup_country},
      {"lookupISP",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}},
       "string",
       "The provider, or \"\".",
       &lookup_isp},
      {"lookupCity",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}},
       "GeoIPRecord",
       "Country, region, city, post code, continent and position, empty where unknown.",
       &lookup_city},
      {"lookupStringValue",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}, {"path", Type::list}},
       "string",
       "The string at a path such as {\"city\", \"names\", \"de\"}, or \"\".",
       &lookup_string},
      {"lookupUIntValue",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}, {"path", Type::list}},
       "number",
       "The unsigned number at a path, or 0.",
       &lookup_unsigned},
      {"lookupBoolValue",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}, {"path", Type::list}},
       "boolean",
       "The boolean at a path, or false.",
       &lookup_boolean},
      {"lookupDoubleValue",
       Acts::everywhere,
       {{"self", Type::geo_database}, {"address", Type::address}, {"path", Type::list}},
       "number",
       "The number at a path, or 0.",
       &lookup_double},
  };
  return rows;
}

void register_geo_types(lua_State* lua, StateContext& context) {
  new_type_with_methods<GeoHandle>(lua, geo_methods(), Type::geo_database, context);
  new_type_with_fields<CityRecord>(lua);
}

}  // namespace trackalert::policy
