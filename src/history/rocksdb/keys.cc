// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/keys.h"

#include <algorithm>

#include "history/rocksdb/varint.h"

namespace trackalert::history::rocksdb {
namespace {

void put_address(std::string& out, const base::Address& address) {
  out.push_back(address.is_v4() ? '\4' : '\6');
  out.append(reinterpret_cast<const char*>(address.bytes().data()), address.bits() / 8);
}

}  // namespace

Era era_of(Time time) {
  return static_cast<Era>(std::clamp<Time>(time / (7 * day), 0, UINT16_MAX));
}

Day key_day(Time time) {
  return static_cast<Day>(std::clamp<std::int32_t>(day_of(time), 0, UINT16_MAX - 1));
}

EventHashes Hasher::of(const EventView& event) const {
  const auto& report = event.report;
  EventHashes out;
  out.login = static_cast<std::uint32_t>((*this)(report.login));
  const auto& bytes = report.remote.bytes();
  out.remote = static_cast<std::uint32_t>(
      (*this)({reinterpret_cast<const char*>(bytes.data()), report.remote.is_v4() ? 4U : bytes.size()}));
  if (is_guess(report)) {
    const auto pwhash = report.pwhash.empty() ? event.sequence : (*this)(report.pwhash);
    const std::array pair{static_cast<std::uint64_t>(out.login), pwhash};
    out.guess = static_cast<std::uint32_t>((*this)({reinterpret_cast<const char*>(pair.data()), sizeof pair}));
  }
  return out;
}

std::string tail_key(Sequence first) {
  std::string key;
  put_big_endian(key, first);
  return key;
}

std::string page_key(SegmentId segment, Page page) {
  std::string key;
  put_big_endian(key, segment);
  put_big_endian(key, page);
  return key;
}

std::string login_prefix(Era era, std::uint64_t login_hash) {
  std::string key;
  put_big_endian(key, era);
  put_big_endian(key, login_hash);
  return key;
}

std::string login_key(Era era, std::uint64_t login_hash, SegmentId segment) {
  auto key = login_prefix(era, login_hash);
  put_big_endian(key, ~segment);
  return key;
}

std::string remote_key(Era era, const base::Address& address, SegmentId segment) {
  std::string key;
  put_big_endian(key, era);
  put_address(key, address);
  put_big_endian(key, ~segment);
  return key;
}

KeyRange remote_range(Era era, const base::Prefix& network) {
  const auto first = network.address.masked(network.length);
  auto bytes = first.bytes();
  // The last address of the network: all host bits set.
  for (unsigned at = network.length; at < first.bits(); ++at) {
    bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | 0x80U >> at % 8);
  }
  const auto last =
      first.is_v4() ? base::Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : base::Address::v6(bytes);
  KeyRange range;
  put_big_endian(range.first, era);
  put_address(range.first, first);
  range.end = remote_key(era, last, 0);  // ~0 is the greatest segment
  range.end.push_back('\0');
  return range;
}

SegmentId segment_in(std::string_view key) {
  return static_cast<SegmentId>(~get_big_endian<SegmentId>(key.substr(key.size() - sizeof(SegmentId))));
}

std::string profile_key(std::string_view login) {
  auto key = value_from_text(Facet::login, login);
  return key ? std::move(*key) : std::string();
}

std::string trend_key(Day day, Facet facet, std::string_view value) {
  std::string key;
  put_big_endian(key, day);
  key.push_back(static_cast<char>(facet));
  key.append(value);
  return key;
}

KeyRange day_range(Day first, unsigned end) {
  return {number_key(first), number_key(end)};
}

std::string number_key(unsigned number) {
  std::string key;
  put_big_endian(key, static_cast<std::uint16_t>(std::min<unsigned>(number, UINT16_MAX)));
  return key;
}

}  // namespace trackalert::history::rocksdb
