// SPDX-License-Identifier: Apache-2.0
// The deliveries that wait, one line per hook, shared out so that a hook whose receiver is slow or down can neither
// take all slots nor fill the whole queue.
//
// Slots: a hook gets another slot only while it holds fewer than are free. Alone it may hold half of them, with n busy
// hooks each about 1/(n+1), and there is always one left for a hook that had none, unless there are more hooks than
// slots. Among hooks that may, it goes round.
//
// Room: there is one limit on the number of waiting deliveries and one on the bytes of all, those in flight included.
// What does not fit is dropped from the hook with the most waiting (the new one counts), the newest first. With one
// hook that is the new one.
//
// Not thread safe.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace trackalert::alert {

class WebhookQueue {
 public:
  struct Item {
    std::size_t hook = 0;
    std::string body;
    std::size_t bytes = 0;  ///< what it counts for, to be handed to done()
  };

  void set_item_limit(std::size_t limit) { item_limit_ = limit; }
  void set_byte_limit(std::size_t limit) { byte_limit_ = limit; }
  [[nodiscard]] std::size_t item_limit() const { return item_limit_; }
  /// None at first: nothing can be taken.
  void set_slots(std::size_t slots) { slots_ = slots; }

  /// Hooks are numbered from 0.
  std::size_t add_hook();
  /// One entry for each delivery dropped: its hook.
  [[nodiscard]] std::vector<std::size_t> push(std::size_t hook, std::string body);
  /// What goes next, if something may. It holds its slot until done().
  [[nodiscard]] std::optional<Item> take();
  void done(std::size_t hook, std::size_t bytes);
  /// Drops all that waits; how many that was.
  std::size_t clear();

  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool idle() const { return waiting_ == 0 && in_flight_ == 0; }

 private:
  struct Line {
    std::deque<Item> items;
    std::size_t bytes = 0;  ///< of the items
    std::size_t in_flight = 0;
  };

  [[nodiscard]] std::size_t longest() const;
  [[nodiscard]] std::size_t largest() const;
  void drop_newest(std::size_t hook);

  std::vector<Line> lines_;
  std::size_t item_limit_ = 50'000;
  std::size_t byte_limit_ = std::size_t{256} << 20;
  std::size_t slots_ = 0;
  std::size_t waiting_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t bytes_ = 0;  ///< waiting and in flight
  std::size_t next_ = 0;   ///< whose turn it is
};

}  // namespace trackalert::alert
