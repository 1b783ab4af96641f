// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads requests, asks the Service, writes answers, one request after the other. Everything
// runs on the thread of its event loop but answer(). The loop owns it until it closes, operations under way and a Reply
// keep it alive; what a Reply holds after the close is a shell without a socket.
//
//   handshake ─► head ─► body ─► serving ─► answering ─► head (or skipping ─► head, or closing)
//
// advance() works through what the buffer holds as far as it goes; when it returns, either a read or a write is under
// way, or the Service has the request. The Service is never called from inside Reply::send().
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/chunk_decoder.h"
#include "net/event_loop.h"
#include "net/handler_memory.h"
#include "net/http_server.h"
#include "net/read_buffer.h"
#include "net/request_head.h"
#include "net/transport.h"

namespace trackalert::net {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `place`: its index among the loop's connections.
  Connection(EventLoop& loop, AcceptedSocket accepted, std::size_t place);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// Any thread: the answer to the request that the Service has.
  void answer(Response response);
  /// The same on the loop's thread. Nothing if the connection has been closed.
  void finish(Response response);
  void close();
  void close_if_overdue();
  /// Closes if idle, else after the answer.
  void begin_drain();

  [[nodiscard]] std::size_t place() const { return place_; }
  void set_place(std::size_t place) { place_ = place; }

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
  using Method = void (Connection::*)(const boost::system::error_code&, std::size_t);
  struct Completion;

  static constexpr std::uint64_t no_deadline = std::numeric_limits<std::uint64_t>::max();

  // Requests: connection.cc
  void advance();
  bool step();
  bool step_head();
  bool step_body();
  bool step_chunked();
  bool step_skipping();
  void on_head(std::string_view head);
  bool body_acceptable();
  std::optional<Response> ask_admission();
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
  Completion completion(Method method);
  void complete(Method method, const boost::system::error_code& ec, std::size_t count);
  bool read_more(std::size_t wanted);
  void resume_later();
  void flush();
  void begin_close();
  void linger();
  void on_handshake(const boost::system::error_code& ec, std::size_t);
  void on_read(const boost::system::error_code& ec, std::size_t count);
  void on_written(const boost::system::error_code& ec, std::size_t count);
  void on_resume(const boost::system::error_code& ec, std::size_t);
  void on_tls_shutdown(const boost::system::error_code& ec, std::size_t);
  void on_lingering_read(const boost::system::error_code& ec, std::size_t count);

  void arm(std::chrono::seconds timeout);
  void disarm() { deadline_tick_ = no_deadline; }
  void set_busy(bool busy);

  EventLoop& loop_;  ///< gone before a shell in a Reply is; see answer()
  const std::shared_ptr<Mailbox> mailbox_;
  std::size_t place_;
  const base::Address peer_;
  const std::uint16_t peer_port_;
  const bool secure_;
  std::optional<Transport> transport_;  ///< none once closed and no operation under way
  HandlerMemory handler_memory_;
  unsigned operations_ = 0;  ///< under way
  std::uint64_t deadline_tick_ = no_deadline;

  State state_ = State::head;
  bool busy_ = false;        ///< a request has begun and is not answered to the end
  bool in_advance_ = false;  ///< further down the stack
  bool writing_ = false;     ///< an operation is under way to write out_
  bool keep_alive_ = true;
  bool must_linger_ = false;  ///< closing with input that was not read

  ReadBuffer buffer_;
  HeadScanner scanner_;
  ParsedHead head_;
  ChunkDecoder chunks_;
  std::string body_;        ///< of a chunked request
  std::uint64_t skip_ = 0;  ///< bytes of a refused request's body
  std::size_t lingered_bytes_ = 0;

  std::string out_;       ///< head of the answer, and its body if that is small
  std::string body_out_;  ///< its body if that is large
  std::size_t sent_ = 0;  ///< of both
};

}  // namespace trackalert::net
