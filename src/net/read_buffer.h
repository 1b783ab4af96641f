// SPDX-License-Identifier: Apache-2.0
// What has been received and not used up. Pointers into it live until the next prepare().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace trackalert::net {

class ReadBuffer {
 public:
  static constexpr std::size_t first_capacity = 4096;
  /// A bigger one is given back as soon as it is empty, lest every idle connection keep its largest request's.
  static constexpr std::size_t kept_capacity = 64 * 1024;

  [[nodiscard]] std::string_view data() const { return {memory_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }

  /// Makes room for `wanted` bytes or more behind the data.
  void prepare(std::size_t wanted) {
    if (capacity_ - end_ >= wanted) return;
    if (capacity_ - size() >= wanted) {
      if (begin_ != 0) std::memmove(memory_.get(), memory_.get() + begin_, size());
    } else {
      const std::size_t capacity = std::max({first_capacity, size() + wanted, 2 * capacity_});
      auto memory = std::make_unique_for_overwrite<char[]>(capacity);
      if (!empty()) std::memcpy(memory.get(), memory_.get() + begin_, size());
      memory_ = std::move(memory);
      capacity_ = capacity;
    }
    end_ -= begin_;
    begin_ = 0;
  }
  [[nodiscard]] char* free_space() { return memory_.get() + end_; }
  [[nodiscard]] std::size_t free_size() const { return capacity_ - end_; }
  void commit(std::size_t count) { end_ += count; }

  void consume(std::size_t count) {
    begin_ += count;
    if (empty()) begin_ = end_ = 0;
  }
  /// Takes `count` bytes out of the middle.
  void erase(std::size_t offset, std::size_t count) {
    char* const at = memory_.get() + begin_ + offset;
    std::memmove(at, at + count, size() - offset - count);
    end_ -= count;
  }
  void release_if_large() {
    if (empty() && capacity_ > kept_capacity) *this = ReadBuffer{};
  }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace trackalert::net
