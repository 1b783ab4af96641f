// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads requests, asks the Service, writes answers, one request after the other. Everything
// runs on the thread of its event loop but answer(). The loop owns it until it closes; what a Reply keeps alive after
// that is a shell without a socket.
//
//   handshake ─► head ─► body ─► serving ─► answering ─► head (or skipping ─► head, or closing)
//
// advance() works through what has arrived as far as it goes; when it returns, the connection waits for an event of its
// socket, or the Service has the request. The Service is never called from inside Reply::send().
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/chunk_decoder.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/read_buffer.h"
#include "net/request_head.h"
#include "net/transport.h"

namespace trackalert::net {

class Connection final : public EventSource, public std::enable_shared_from_this<Connection> {
 public:
  /// `place`: its index among the loop's connections. Throws when out of memory or descriptors.
  Connection(EventLoop& loop, AcceptedSocket accepted, std::size_t place);

  void start();
  void on_events(std::uint32_t events) override;
  /// Goes on where resume_later() left it.
  void resume();
  /// Any thread: the answer to the request that the Service has.
  void answer(Response response);
  /// The same on the loop's thread. Nothing if the connection has been closed.
  void finish(Response response);
  /// Any thread, while the Service has the request: holds from the next request on.
  void vouch() { vouched_late_.store(true, std::memory_order_relaxed); }
  void close();
  /// Once a second: closes if the time for something is over.
  void on_tick();
  /// Closes if idle, else after the answer.
  void begin_drain();

  /// The loop's own: a place in its list of strangers, to be moved there and back without a chance to fail.
  std::list<Connection*> stranger{this};
  const std::list<Connection*>::iterator stranger_at = stranger.begin();

  /// Any thread.
  [[nodiscard]] const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  [[nodiscard]] std::size_t place() const { return place_; }
  void set_place(std::size_t place) { place_ = place; }
  /// Whether the Service has a request of it. Not while its answer is on its way: who does not read would never be
  /// done.
  [[nodiscard]] bool is_served() const { return state_ == State::serving; }

 private:
  enum class State : std::uint8_t {
    handshake,
    head,
    body,
    serving,        ///< the Service has it
    answering,      ///< the answer is being written
    skipping,       ///< reads over the body of a refused request
    closing,        ///< answered for the last time
    shutting_down,  ///< TLS says goodbye
    lingering,      ///< reads over what comes, so that the last answer is not lost in a reset
    closed,
  };

  static constexpr std::uint64_t no_deadline = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t head_read_size = 1024;

  // Requests: connection.cc
  void advance();
  bool step();
  bool step_head();
  bool step_body();
  bool step_chunked();
  bool step_skipping();
  void on_head(std::string_view head);
  void on_parsed(const ParsedHead& head);
  std::optional<Response> ask_admission();
  [[nodiscard]] bool announces_more_than(std::size_t bytes) const;
  [[nodiscard]] std::size_t body_limit() const;
  [[nodiscard]] bool takes_coding() const;
  void refuse(unsigned status);
  void refuse_admission(Response response);
  void receive_body();
  void serve(std::string_view body, std::size_t size_in_buffer);
  bool decode(std::string_view& body);
  void hand_over(std::string_view body);
  void send_answer(Response response, bool keep_alive);
  void on_answered();
  RequestHead request_head() const;

  // Bytes: connection_io.cc
  void go_on();
  void read_ahead();
  void give_up(const std::exception& error);
  bool step_handshake();
  bool read_more(std::size_t wanted);
  void flush();
  void wait_for_reader();
  bool step_closing();
  bool step_shutting_down();
  bool step_lingering();
  void linger();
  void resume_later();

  void arm(std::chrono::seconds timeout);
  void disarm() { deadline_tick_ = no_deadline; }
  void set_busy(bool busy);

  EventLoop& loop_;  ///< gone before a shell in a Reply is; see answer()
  const std::shared_ptr<Mailbox> mailbox_;
  std::size_t place_;
  const base::Address peer_;
  const std::uint16_t peer_port_;
  Transport transport_;
  std::uint64_t deadline_tick_ = no_deadline;

  State state_ = State::head;
  bool readable_ = false;    ///< a read may find something; events come only when that becomes true
  bool hung_up_ = false;     ///< the peer's end or an error is waiting behind the data
  bool busy_ = false;        ///< a request has begun and is not answered to the end
  bool in_advance_ = false;  ///< further down the stack
  bool writing_ = false;     ///< out_ waits for the socket to take more
  bool keep_alive_ = true;
  bool must_linger_ = false;  ///< closing with input that was not read
  unsigned reads_left_ = 0;   ///< in this turn

  ReadBuffer buffer_;
  HeadScanner scanner_;
  HeadMemo memo_;
  ParsedHead head_;
  Admission admission_;
  std::atomic<bool> vouched_late_{false};  ///< Reply::vouch(); what carries the answer here orders it
  ChunkDecoder chunks_;
  std::string body_;        ///< of a chunked request
  std::uint64_t skip_ = 0;  ///< bytes of a refused request's body
  std::size_t lingered_bytes_ = 0;

  std::string out_;       ///< head of the answer, and its body if that is small
  std::string body_out_;  ///< its body if that is large
  std::size_t sent_ = 0;  ///< of both
};

}  // namespace trackalert::net
