// SPDX-License-Identifier: Apache-2.0
// How other threads reach an event loop: answers to requests, freshly accepted connections, errands. Any number of
// items put in before the loop comes to look cost one wake-up. Outlives its loop while a Reply holds it; closed then.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/listen_socket.h"
#include "net/tls_context.h"

namespace trackalert::net {

/// A connection as accept(2) gave it.
struct AcceptedSocket {
  base::Descriptor descriptor;
  base::Address peer;  ///< unmapped
  std::uint16_t peer_port = 0;
  TlsContext tls;           ///< null: plain
  bool needs_room = false;  ///< there are too many connections already
};

class Mailbox {
 public:
  struct Answer {
    std::shared_ptr<Connection> connection;
    Response response;
  };
  struct Contents {
    std::vector<Answer> answers;
    std::vector<AcceptedSocket> sockets;
    std::vector<std::function<void()>> work;

    [[nodiscard]] bool empty() const { return answers.empty() && sockets.empty() && work.empty(); }
    void clear() {
      answers.clear();
      sockets.clear();
      work.clear();
    }
  };

  /// `wake` is called from any thread with the lock held, never after close(): it must not block or call back.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Dropped when closed.
  void put(Answer answer);
  /// The same for many at once, with one wake-up behind the last.
  void put(std::vector<Answer> answers);
  /// False when closed; the socket is closed then.
  bool put(AcceptedSocket socket);
  /// Dropped when closed.
  void put(std::function<void()> work);
  /// Exchanges what is in the box for `emptied`, an empty one whose memory is used again.
  void take(Contents& emptied);
  void close();

  /// Whether the caller is the loop's own thread.
  [[nodiscard]] bool on_own_thread() const {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  /// The loop's thread says so itself.
  void set_own_thread() { thread_.store(std::this_thread::get_id(), std::memory_order_relaxed); }

 private:
  template <class Item>
  bool put_in(std::vector<Item> Contents::* box, Item item);

  const std::function<void()> wake_;
  std::atomic<std::thread::id> thread_;
  std::mutex mutex_;
  Contents contents_;
  bool closed_ = false;
};

}  // namespace trackalert::net
