// SPDX-License-Identifier: Apache-2.0
// Memory inside a connection for the asynchronous operation it waits for, so that waiting allocates nothing. Asio frees
// it before it calls back, so one block is enough for one operation after another; a second one at the same time, or a
// larger one, comes from the heap.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace trackalert::net {

class HandlerMemory {
 public:
  void* allocate(std::size_t size) {
    if (in_use_ || size > block_.size()) return ::operator new(size);
    in_use_ = true;
    return block_.data();
  }
  void deallocate(void* pointer) {
    if (pointer == block_.data()) {
      in_use_ = false;
    } else {
      ::operator delete(pointer);
    }
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, 256> block_;
  bool in_use_ = false;
};

template <class T>
class HandlerAllocator {
 public:
  using value_type = T;

  explicit HandlerAllocator(HandlerMemory& memory) : memory_(&memory) {}
  template <class U>
  explicit HandlerAllocator(const HandlerAllocator<U>& other) : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
  void deallocate(T* pointer, std::size_t) { memory_->deallocate(pointer); }
  template <class U>
  bool operator==(const HandlerAllocator<U>& other) const {
    return memory_ == other.memory_;
  }

 private:
  template <class U>
  friend class HandlerAllocator;
  HandlerMemory* memory_;
};

}  // namespace trackalert::net
