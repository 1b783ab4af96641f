// SPDX-License-Identifier: Apache-2.0
// Any bytes as a profile: what is accepted can be read, added to, merged and expired, and stays acceptable. The first
// byte says how many of the others are a second profile.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "history/profile.h"

namespace {

using namespace trackalert::history;  // NOLINT(google-build-using-namespace)

void require(bool holds) {
  if (!holds) std::abort();
}

void require_sound(const Profile& profile) {
  const auto again = Profile::from_bytes(profile.bytes());
  require(again && *again == profile);
}

void read(const Profile& profile) {
  std::size_t values = 0;
  profile.for_each([&](Facet facet, std::string_view value, const Usage& usage) {
    ++values;
    require(profile.find(facet, value) == usage);
    require(usage.first <= usage.last && usage.last_success <= usage.last);
    (void)value_to_text(facet, value);
  });
  require(values <= 5 * Profile::max_values + 168);
  require(profile.empty() || profile.total().last > 0);
}

Event some_event(std::string_view seed) {
  const auto byte = [&](std::size_t i) {
    return i < seed.size() ? static_cast<std::uint8_t>(seed[i]) : std::uint8_t{7};
  };
  Event event;
  event.time = (Time{byte(0)} << 24 | byte(1)) * second;
  event.report.success = byte(2) % 2 == 0;
  event.report.remote = trackalert::base::Address::v4({10, byte(3), byte(4), byte(5)});
  event.report.protocol = seed.substr(0, byte(6));
  event.place.country_code = byte(2) < 8 ? "" : "DE";
  event.place.asn = byte(7);
  event.report.device_attrs = {{"os.family", std::string(seed.substr(0, 120))}};
  return event;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto split = bytes.size() * data[0] / 256;
  auto first = Profile::from_bytes(std::string(bytes.substr(split)));
  if (!first) return require(!first.error().message.empty()), 0;
  read(*first);
  require_sound(*first);

  const auto event = some_event(bytes);
  std::uint64_t evicted = 0;
  const auto novelty = first->add(event, evicted);
  require((novelty.new_values & ~novelty.never_succeeded) == 0);
  require_sound(*first);
  read(*first);

  auto other = Profile::from_bytes(std::string(bytes.substr(0, split)));
  if (other) {
    auto both = *first;
    both.merge(*other);
    require_sound(both);
    read(both);
    other->merge(*first);
    require(both == *other);
  }
  first->expire(event.time);
  require_sound(*first);
  read(*first);
  return 0;
}
