// SPDX-License-Identifier: Apache-2.0
#include "alert/webhook_queue.h"

#include <algorithm>
#include <utility>

namespace trackalert::alert {

std::size_t WebhookQueue::add_hook() {
  lines_.emplace_back();
  return lines_.size() - 1;
}

std::vector<std::size_t> WebhookQueue::push(std::size_t hook, std::string body) {
  const std::size_t bytes = sizeof(Item) + body.size();  // so that empty bodies are not free
  lines_[hook].items.push_back({.hook = hook, .body = std::move(body), .bytes = bytes});
  lines_[hook].bytes += bytes;
  bytes_ += bytes;
  ++waiting_;

  std::vector<std::size_t> dropped;
  while (waiting_ > item_limit_ || bytes_ > byte_limit_) {
    // Among lines as long as each other the one that grows gives way.
    const std::size_t most = waiting_ > item_limit_ ? longest() : largest();
    const bool more = waiting_ > item_limit_ ? lines_[most].items.size() > lines_[hook].items.size()
                                             : lines_[most].bytes > lines_[hook].bytes;
    const std::size_t victim = more ? most : hook;
    drop_newest(victim);
    dropped.push_back(victim);
    if (victim == hook) break;  // the new one went: what was there before may stay, even over a limit made smaller
  }
  return dropped;
}

std::optional<WebhookQueue::Item> WebhookQueue::take() {
  const std::size_t free = slots_ - std::min(slots_, in_flight_);
  for (std::size_t i = 0; i < lines_.size() && free > 0; ++i) {
    const std::size_t hook = (next_ + i) % lines_.size();
    Line& line = lines_[hook];
    if (line.items.empty() || line.in_flight >= free) continue;
    Item item = std::move(line.items.front());
    line.items.pop_front();
    line.bytes -= item.bytes;
    ++line.in_flight;
    --waiting_;
    ++in_flight_;
    next_ = hook + 1;
    return item;
  }
  return std::nullopt;
}

void WebhookQueue::done(std::size_t hook, std::size_t bytes) {
  --lines_[hook].in_flight;
  --in_flight_;
  bytes_ -= bytes;
}

std::size_t WebhookQueue::clear() {
  const std::size_t dropped = std::exchange(waiting_, 0);
  for (Line& line : lines_) {
    bytes_ -= std::exchange(line.bytes, 0);
    line.items.clear();
  }
  return dropped;
}

std::size_t WebhookQueue::longest() const {
  return std::ranges::max_element(lines_, {}, [](const Line& line) { return line.items.size(); }) - lines_.begin();
}

std::size_t WebhookQueue::largest() const {
  return std::ranges::max_element(lines_, {}, &Line::bytes) - lines_.begin();
}

void WebhookQueue::drop_newest(std::size_t hook) {
  Line& line = lines_[hook];
  const std::size_t bytes = line.items.back().bytes;
  line.items.pop_back();
  line.bytes -= bytes;
  bytes_ -= bytes;
  --waiting_;
}

}  // namespace trackalert::alert
