// SPDX-License-Identifier: Apache-2.0
#include "api/guess_brake.h"

#include <sodium.h>

#include <algorithm>

#include "crypto/sodium.h"

namespace trackalert::api {
namespace {

constexpr unsigned most_lines = 10;
constexpr std::chrono::minutes per_minute{1};
constexpr unsigned bits_of_v6 = 64;

/// Whoever has one address of IPv6 has all of its /64.
base::Address source_of(const base::Address& peer) {
  return peer.is_v4() ? peer : peer.masked(bits_of_v6);
}

}  // namespace

GuessBrake::GuessBrake(base::Log& log, const base::Clock& clock, metrics::Registry& registry)
    : log_(log),
      clock_(clock),
      lines_(clock, most_lines, per_minute),
      turned_away_(registry.counter("http_guesses_turned_away_total",
                                    "Requests from sources of too many wrong passwords, answered 429 unseen")),
      sources_(Sources(most_sources)) {
  static_assert(sizeof hash_key_ == crypto_shorthash_KEYBYTES);
  crypto::ensure_sodium();
  randombytes_buf(hash_key_.data(), hash_key_.size());
}

std::size_t GuessBrake::set_of(const base::Address& address) const {
  std::uint64_t hash = 0;
  static_assert(sizeof hash == crypto_shorthash_BYTES);
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), address.bytes().data(), address.bytes().size(),
                   hash_key_.data());
  return hash % (most_sources / places_a_set) * places_a_set;
}

GuessBrake::Source* GuessBrake::find(Sources& sources, std::size_t set, const base::Address& address) {
  const auto first = sources.begin() + static_cast<std::ptrdiff_t>(set);
  const auto end = first + places_a_set;
  const auto at = std::find_if(first, end, [&](const Source& source) { return source.address == address; });
  return at == end ? nullptr : &*at;
}

void GuessBrake::note_wrong(const base::Address& peer) {
  const auto now = clock_.steady();
  const auto address = source_of(peer);
  const auto set = set_of(address);
  bool used_up = false;
  {
    auto sources = sources_.lock();
    Source* source = find(*sources, set, address);
    if (source == nullptr) {
      const auto first = sources->begin() + static_cast<std::ptrdiff_t>(set);
      source = &*std::min_element(first, first + places_a_set, [](const Source& one, const Source& other) {
        return one.full_again < other.full_again;
      });
      *source = {.address = address, .full_again = now};
    }
    source->full_again = std::max(source->full_again, now) + one_more_every;
    used_up = source->full_again - now > (to_spare - 1) * one_more_every;
  }
  if (used_up && lines_.admit()) {
    log_.error("WforceWebserver: too many wrong passwords from {}, its requests are answered 429 for a while",
               peer.to_string());
  }
}

bool GuessBrake::holds(const base::Address& peer) {
  const auto address = source_of(peer);
  {
    auto sources = sources_.lock();
    const Source* source = find(*sources, set_of(address), address);
    if (source == nullptr || source->full_again - clock_.steady() <= (to_spare - 1) * one_more_every) return false;
  }
  turned_away_.add();
  return true;
}

}  // namespace trackalert::api
