// SPDX-License-Identifier: Apache-2.0
// ComboAddress, Netmask and NetmaskGroup.
#include <algorithm>
#include <charconv>

#include "policy/bindings.h"
#include "policy/object.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

int new_ca(Call& call) {
  const auto text = call.text(1);
  const auto endpoint = base::parse_endpoint(text);
  if (!endpoint) {
    auto& context = call.context();
    context.services.log.error("newCA() error parsing address/port [{}]. Make sure to use IP addresses not hostnames",
                               base::escape_control(text));
    if (context.output != nullptr) {
      *context.output +=
          fmt::format("newCA(): error parsing address/port. Make sure to use IP addresses not hostnames ({})\n",
                      endpoint.error().message);
    }
  }
  push_object(call.lua(), endpoint ? endpoint->address : base::Address());
  return 1;
}

int new_netmask(Call& call) {
  const auto text = call.text(1);
  const auto slash = text.find('/');
  const auto address = base::parse_address(std::string_view(text).substr(0, slash));
  if (!address) {
    auto& context = call.context();
    context.services.log.error("newNetmask() error parsing netmask [{}]. Use x.x.x.x/y notation.",
                               base::escape_control(text));
    if (context.output != nullptr) {
      *context.output += fmt::format(
          "newNetmask(): error parsing address/port. Make sure to use IP addresses not hostnames (Unable to convert "
          "'{}' to a netmask)\n",
          text);
    }
    push_object(call.lua(), Netmask{});
    return 1;
  }
  unsigned length = address->bits();
  if (slash != text.npos && slash + 1 < text.size()) {
    const char* first = text.data() + slash + 1;
    const char* last = text.data() + text.size();
    if (const auto [end, error] = std::from_chars(first, last, length); error != std::errc{} || end != last) {
      throw FunctionError(fmt::format("newNetmask(): bad number of bits in '{}'", text));
    }
  }
  push_object(call.lua(), Netmask{*address, length, true});
  return 1;
}

int new_netmask_from_ca(Call& call) {
  const auto& address = *object_at<base::Address>(call.lua(), 1);
  // An 8-bit number in the original: 256 wraps to 0, -1 to 255, and what is too long is the full length.
  const auto bits = static_cast<std::uint8_t>(call.integer(2, -(1L << 31), 1L << 31));
  push_object(call.lua(), Netmask{address, std::min<unsigned>(bits, address.bits()), true});
  return 1;
}

int new_netmask_group(Call& call) {
  push_object(call.lua(), NetmaskGroup{});
  return 1;
}

base::Address& self_address(Call& call) {
  return *object_at<base::Address>(call.lua(), 1);
}
base::PrefixSet& self_group(Call& call) {
  return *object_at<NetmaskGroup>(call.lua(), 1)->masks;
}

int address_to_string(Call& call) {
  return call.returns(self_address(call).to_string());
}
int address_is_v4(Call& call) {
  return call.returns(self_address(call).is_v4());
}
int address_is_v6(Call& call) {
  return call.returns(self_address(call).is_v6());
}
int address_is_mapped(Call& call) {
  return call.returns(self_address(call).is_mapped_v4());
}

int netmask_to_string(Call& call) {
  const auto& mask = *object_at<Netmask>(call.lua(), 1);
  if (!mask.set) return call.returns(std::string_view());
  return call.returns(fmt::format("{}/{}", mask.address.masked(mask.length).to_string(), mask.length));
}

int group_add(Call& call) {
  if (const auto added = self_group(call).add(call.text(2)); !added) throw FunctionError(added.error().message);
  return 0;
}

int group_match(Call& call) {
  return call.returns(self_group(call).contains(*object_at<base::Address>(call.lua(), 2)));
}
int group_size(Call& call) {
  return call.returns(static_cast<double>(self_group(call).size()));
}
int group_clear(Call& call) {
  self_group(call).clear();
  return 0;
}

}  // namespace

std::span<const FunctionRow> address_functions() {
  static const std::vector<FunctionRow> rows{
      {"newCA",
       Acts::everywhere,
       {{"address", Type::text}},
       "ComboAddress",
       "An address from \"IP\", \"IPv4:port\" or \"[IPv6]:port\"; 0.0.0.0 and an error in the log if it is none.",
       &new_ca},
      {"newNetmask",
       Acts::everywhere,
       {{"mask", Type::text}},
       "Netmask",
       "A network from \"IP/bits\"; an empty one and an error in the log if it is none.",
       &new_netmask},
      {"newNetmaskFromCA",
       Acts::everywhere,
       {{"address", Type::address}, {"bits", Type::integer}},
       "Netmask",
       "The network of so many bits around an address.",
       &new_netmask_from_ca},
      {"newNetmaskGroup", Acts::everywhere, {}, "NetmaskGroup", "An empty set of networks.", &new_netmask_group},
  };
  return rows;
}

std::span<const FunctionRow> address_methods() {
  static const std::vector<FunctionRow> rows{
      {"tostring",
       Acts::everywhere,
       {{"self", Type::address}},
       "string",
       "The address without a port.",
       &address_to_string},
      {"isIPv4",
       Acts::everywhere,
       {{"self", Type::address}},
       "boolean",
       "Whether it is IPv4; an IPv4-mapped IPv6 address is not.",
       &address_is_v4},
      {"isIPv6", Acts::everywhere, {{"self", Type::address}}, "boolean", "Whether it is IPv6.", &address_is_v6},
      {"isMappedIPv4",
       Acts::everywhere,
       {{"self", Type::address}},
       "boolean",
       "Whether it is ::ffff:a.b.c.d.",
       &address_is_mapped},
      {"toStringNetwork",
       Acts::everywhere,
       {{"self", Type::netmask}},
       "string",
       "\"network/bits\", host bits cleared; \"\" for an empty one.",
       &netmask_to_string},
      {"addMask",
       Acts::everywhere,
       {{"self", Type::netmask_group}, {"mask", Type::text}},
       "",
       "Adds \"network/bits\" or an address, or with a leading ! an exception.",
       &group_add},
      {"match",
       Acts::everywhere,
       {{"self", Type::netmask_group}, {"address", Type::address}},
       "boolean",
       "Whether the longest entry that covers the address is no exception.",
       &group_match},
      {"size", Acts::everywhere, {{"self", Type::netmask_group}}, "number", "How many entries.", &group_size},
      {"clear", Acts::everywhere, {{"self", Type::netmask_group}}, "", "Removes all entries.", &group_clear},
  };
  return rows;
}

void register_address_types(lua_State* lua, StateContext& context) {
  new_type_with_methods<base::Address>(lua, address_methods(), Type::address, context);
  new_type_with_methods<Netmask>(lua, address_methods(), Type::netmask, context);
  new_type_with_methods<NetmaskGroup>(lua, address_methods(), Type::netmask_group, context);
}

}  // namespace trackalert::policy
