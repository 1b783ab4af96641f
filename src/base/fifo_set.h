// SPDX-License-Identifier: Apache-2.0
// Many first-in-first-out queues that are mostly empty, in one slab. What was freed last is used next, so as long as
// little is queued, little memory is touched: a std::deque for each would walk through pages of its own.
//
// Memory: grows with the most that was ever queued at once; given back when all is empty again after a great many.
// Threads: none of its own; one at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace trackalert::base {

/// T is default-constructible, and a moved-from T holds no resources.
template <class T>
class FifoSet {
 public:
  explicit FifoSet(std::size_t queues) : ends_(queues) {}

  [[nodiscard]] bool empty(std::size_t queue) const { return ends_[queue].first == none; }

  void push(std::size_t queue, T value) {
    const auto added = add(std::move(value));
    auto& [first, last] = ends_[queue];
    (first == none ? first : nodes_[last].next) = added;
    last = added;
  }

  /// Only if it is not empty.
  T pop(std::size_t queue) {
    auto& [first, last] = ends_[queue];
    const auto taken = first;
    auto& node = nodes_[taken];
    first = node.next;
    T value = std::move(node.value);
    node.next = std::exchange(free_, taken);
    if (--queued_ == 0 && nodes_.size() > kept) clear();
    return value;
  }

 private:
  using Index = std::uint32_t;
  static constexpr Index none = std::numeric_limits<Index>::max();
  static constexpr std::size_t kept = 4096;  ///< nodes that are not given back

  struct Node {
    T value;
    Index next = none;
  };
  struct Ends {
    Index first = none;
    Index last = none;  ///< means something only while there is a first
  };

  Index add(T value) {
    if (free_ == none) {
      nodes_.push_back({std::move(value), none});
      ++queued_;
      return static_cast<Index>(nodes_.size() - 1);
    }
    const auto index = free_;
    auto& node = nodes_[index];
    free_ = node.next;
    node.value = std::move(value);
    node.next = none;
    ++queued_;
    return index;
  }

  void clear() {
    nodes_ = std::vector<Node>();
    free_ = none;
  }

  std::vector<Ends> ends_;
  std::vector<Node> nodes_;
  Index free_ = none;  ///< the first of the unused nodes
  std::size_t queued_ = 0;
};

}  // namespace trackalert::base
