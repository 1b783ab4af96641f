// SPDX-License-Identifier: Apache-2.0
// Any text as an address, an endpoint and a network: what is accepted says itself in a form that means the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/address.h"
#include "base/prefix.h"

namespace {

using namespace trackalert::base;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

void check_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return require(!address.error().message.empty());
  require(address->unmapped().is_v4() == (address->is_v4() || address->is_mapped_v4()));
  // A scope may be the name of an interface, which need not read back as its number.
  if (address->scope() != 0) return;
  const auto again = parse_address(address->to_string());
  require(again && *again == *address);
}

void check_endpoint(std::string_view text) {
  const auto endpoint = parse_endpoint(text, 25);
  if (!endpoint) return require(!endpoint.error().message.empty());
  if (endpoint->address.scope() != 0) return;
  const auto again = parse_endpoint(endpoint->to_string());
  require(again && again->address == endpoint->address && again->port == endpoint->port);
}

void check_prefix(std::string_view text) {
  const auto prefix = parse_prefix(text);
  if (!prefix) return require(!prefix.error().message.empty());
  require(prefix->length <= prefix->address.bits());
  require(prefix->contains(prefix->address));
  const auto again = parse_prefix(prefix->to_string());
  require(again && again->length == prefix->length && again->contains(prefix->address));
}

/// The set of one network holds what the network holds, and with its exception nothing.
void check_set(std::string_view text) {
  PrefixSet set;
  if (!set.add(text)) return require(set.size() == 0);
  require(set.size() == 1 && set.to_strings().size() == 1);
  const bool exception = text.starts_with('!');
  const auto prefix = parse_prefix(exception ? text.substr(1) : text);
  require(prefix && set.contains(prefix->address) == !exception);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_address(text);
  check_endpoint(text);
  check_prefix(text);
  check_set(text);
  return 0;
}
