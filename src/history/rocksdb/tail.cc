// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/tail.h"

#include <algorithm>

#include "history/rocksdb/row.h"

namespace trackalert::history::rocksdb {
namespace {

const Event nothing;

template <std::vector<std::uint32_t> TailPage::* hashes>
TailPages pages_with(const TailPages& pages, std::uint32_t hash) {
  TailPages out;
  for (const auto& page : pages) {
    const auto& all = (*page).*hashes;
    if (std::find(all.begin(), all.end(), hash) != all.end()) out.push_back(page);
  }
  return out;
}

}  // namespace

std::size_t TailPage::memory() const {
  return sizeof *this + bytes.capacity() +
         (offsets.capacity() + login_hashes.capacity() + remote_hashes.capacity()) * sizeof(std::uint32_t);
}

void TailPageBuilder::add(const EventView& event, const EventHashes& hashes) {
  page_.oldest = rows() == 0 ? event.time : std::min(page_.oldest, event.time);
  page_.newest = rows() == 0 ? event.time : std::max(page_.newest, event.time);
  page_.offsets.push_back(static_cast<std::uint32_t>(rows_.size()));
  page_.login_hashes.push_back(hashes.login);
  page_.remote_hashes.push_back(hashes.remote);
  write_row(rows_, event, nothing);
}

std::shared_ptr<const TailPage> TailPageBuilder::take(Sequence first, Sequence span) {
  auto page = std::make_shared<TailPage>(std::move(page_));
  write_page_head(page->bytes, PageKind::apart, page->offsets.size());
  const auto head = static_cast<std::uint32_t>(page->bytes.size());
  page->bytes.reserve(head + rows_.size());
  page->bytes += rows_;
  for (auto& offset : page->offsets) offset += head;
  page->first = first;
  page->span = span;
  page_ = TailPage{};
  rows_.clear();
  return page;
}

std::string encode_tail_page(const TailPage& page) {
  std::string out;
  put_varint(out, page.span);
  out += page.bytes;
  return out;
}

base::Result<std::shared_ptr<const TailPage>> decode_tail_page(Sequence first, std::string_view value,
                                                               const Hasher& hasher) {
  Reader head(value);
  const auto span = head.varint();
  PageReader rows(head.rest());
  TailPageBuilder builder;
  while (const auto* event = rows.next()) builder.add(*event, hasher.of(*event));
  if (head.bad() || rows.bad() || builder.rows() > span) {
    return base::fail("history: the reports from number {} on cannot be read", first);
  }
  return builder.take(first, span);
}

void Tail::append(std::shared_ptr<const TailPage> page) {
  auto state = state_.lock();
  auto& size = state->size;
  if (!page->offsets.empty()) {
    size.oldest = size.rows == 0 ? page->oldest : std::min(size.oldest, page->oldest);
    size.newest = size.rows == 0 ? page->newest : std::max(size.newest, page->newest);
  }
  size.rows += page->offsets.size();
  size.bytes += page->memory();
  size.last = page->first + page->span - 1;
  state->pages.push_back(std::move(page));
}

TailPages Tail::pages() const {
  return state_.lock()->pages;
}

TailPages Tail::pages_of_login(std::uint32_t hash) const {
  return pages_with<&TailPage::login_hashes>(state_.lock()->pages, hash);
}

TailPages Tail::pages_of_remote(std::uint32_t hash) const {
  return pages_with<&TailPage::remote_hashes>(state_.lock()->pages, hash);
}

Tail::Size Tail::size() const {
  return state_.lock()->size;
}

void Tail::replace(std::shared_ptr<const TailPage> page) {
  auto state = state_.lock();
  const auto at =
      std::ranges::lower_bound(state->pages, page->first, {}, [](const auto& other) { return other->first; });
  if (at == state->pages.end() || (*at)->first != page->first) return;
  state->size.rows -= (*at)->offsets.size() - page->offsets.size();
  state->size.bytes -= (*at)->memory();
  state->size.bytes += page->memory();
  *at = std::move(page);
}

}  // namespace trackalert::history::rocksdb
