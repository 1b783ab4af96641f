// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/continuity.h"

#include "history/rocksdb/varint.h"
#include "history/time_text.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr std::string_view gap_prefix = "gap:";

std::string gap_key(Sequence first) {
  std::string key(gap_prefix);
  put_big_endian(key, first);
  return key;
}

/// Whether a repair has accepted the loss of all of [first, last].
base::Result<bool> is_accepted(const Store& store, Sequence first, Sequence last) {
  const auto stored = store.get(Family::meta, gap_key(first));
  if (!stored) return std::unexpected(stored.error());
  const auto& value = *stored;
  return value && Reader(*value).varint() >= last;
}

}  // namespace

base::Result<Sealed> read_sealed(const Store& store) {
  const auto stored = store.get(Family::meta, sealed_key);
  if (!stored) return std::unexpected(stored.error());
  const auto& value = *stored;
  Sealed sealed;
  if (!value) return sealed;
  Reader reader(*value);
  sealed.next = static_cast<SegmentId>(reader.varint());
  sealed.to = reader.varint();
  if (reader.bad()) return base::fail("history: the mark of the last seal cannot be read");
  return sealed;
}

std::string encode_sealed(const Sealed& sealed) {
  std::string value;
  put_varint(value, sealed.next);
  put_varint(value, sealed.to);
  return value;
}

base::Result<std::vector<Gap>> find_gaps(const Directory& directory, const TailPages& tail, const Store& store) {
  std::vector<Gap> gaps;
  const auto sealed = read_sealed(store);
  if (!sealed) return std::unexpected(sealed.error());
  const bool any = !directory.segments.empty();
  // Segments age out from the front, so the first may begin anywhere; without any, the seal's mark says where they
  // ended.
  Sequence expected = any ? directory.segments.front().first : sealed->to + 1;
  Time after = 0;
  const auto part = [&](Sequence first, Sequence last, Time oldest, Time newest) -> base::Result<void> {
    if (first > expected) {
      const auto accepted = is_accepted(store, expected, first - 1);
      if (!accepted) return std::unexpected(accepted.error());
      if (!*accepted) gaps.push_back({expected, first - 1, after, oldest});
    }
    expected = last + 1;
    after = newest;
    return {};
  };
  for (const auto& header : directory.segments) {
    if (auto done = part(header.first, header.last, header.oldest, header.newest); !done) {
      return std::unexpected(done.error());
    }
  }
  if (sealed->to >= expected) {
    if (auto done = part(sealed->to + 1, sealed->to, 0, after); !done) return std::unexpected(done.error());
  }
  for (const auto& page : tail) {
    if (auto done = part(page->first, page->first + page->span - 1, page->oldest, page->newest); !done) {
      return std::unexpected(done.error());
    }
  }
  return gaps;
}

std::string describe(const Gap& gap) {
  auto text = fmt::format("the reports number {} to {} are lost", gap.first, gap.last);
  if (gap.after != 0) text += fmt::format(", from about {}", format_time(gap.after));
  if (gap.before != 0) text += fmt::format(", to about {}", format_time(gap.before));
  return text;
}

void accept_gap(const Gap& gap, Store::Batch& batch) {
  std::string value;
  put_varint(value, gap.last);
  batch.put(Family::meta, gap_key(gap.first), value);
}

}  // namespace trackalert::history::rocksdb
