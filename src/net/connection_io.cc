// SPDX-License-Identifier: Apache-2.0
// The bytes' half of Connection.
//
// The socket is watched edge-triggered: an event says that something changed, and is not repeated. So what it said is
// kept (readable_) until a read finds the socket empty. A read of less than was asked for has emptied it; the next
// bytes will make an event. Behind TLS only OpenSSL knows, and it is asked until it wants more.
#include <sys/epoll.h>

#include <utility>

#include "net/connection.h"

namespace trackalert::net {
namespace {

/// How long and how much to read over after the last answer.
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t max_lingered_bytes = 8 * 1024 * 1024;
constexpr std::size_t linger_read_size = 16 * 1024;
/// An answer's memory up to this size is kept for the next one.
constexpr std::size_t kept_out_capacity = 64 * 1024;
/// Before the other connections get their turn.
constexpr unsigned reads_per_turn = 16;

}  // namespace

void Connection::start() {
  if (transport_.secure()) {
    state_ = State::handshake;
    arm(loop_.state().header_timeout);
  } else {
    arm(loop_.state().idle_timeout);
  }
}

void Connection::on_events(std::uint32_t events) {
  if (state_ == State::closed) return;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hung_up_ = true;
  // With TLS a read may have waited for the socket to take something, and the other way round.
  if ((events & EPOLLIN) != 0 || hung_up_ || transport_.secure()) readable_ = true;
  read_ahead();
  loop_.resume_soon(*this);
}

/// The usual case: a request comes on a connection that waits for one.
void Connection::read_ahead() {
  if (state_ != State::head || !readable_ || writing_ || transport_.secure() || !buffer_.empty()) return;
  if (loop_.is_draining()) return;  // will be closed
  reads_left_ = reads_per_turn;
  try {
    read_more(head_read_size);
  } catch (const std::exception& error) {
    give_up(error);
  }
}

void Connection::resume() {
  if (state_ != State::closed) go_on();
}

void Connection::go_on() {
  reads_left_ = reads_per_turn;
  try {
    if (writing_) flush();
    advance();
  } catch (const std::exception& error) {
    // Out of memory, say. This connection cannot go on, the others can.
    give_up(error);
  }
}

void Connection::give_up(const std::exception& error) {
  in_advance_ = false;
  loop_.state().log.error("HTTP server: {}", error.what());
  close();
}

void Connection::resume_later() {
  loop_.resume_later(shared_from_this());
}

bool Connection::step_handshake() {
  switch (transport_.handshake().kind) {
    case IoResult::Kind::wait:
      return false;
    case IoResult::Kind::ended:
      loop_.state().tls_failures.fetch_add(1, std::memory_order_relaxed);
      loop_.state().log.debug("TLS handshake with {} failed", peer_.to_string());
      // OpenSSL has sent an alert, which says why.
      must_linger_ = true;
      transport_.drop_tls();
      linger();
      return true;
    case IoResult::Kind::done:
      break;
  }
  state_ = State::head;
  return true;
}

/// True when there is more in the buffer.
bool Connection::read_more(std::size_t wanted) {
  if (!readable_) return false;
  if (reads_left_-- == 0) {
    resume_later();
    return false;
  }
  buffer_.prepare(wanted);
  const std::size_t room = buffer_.free_size();
  const IoResult result = transport_.read(buffer_.free_space(), room);
  switch (result.kind) {
    case IoResult::Kind::wait:
      readable_ = false;
      return false;
    case IoResult::Kind::ended:
      close();
      return false;
    case IoResult::Kind::done:
      break;
  }
  if (result.count < room && !transport_.secure()) readable_ = hung_up_;
  buffer_.commit(result.count);
  if (state_ == State::body && admission_.vouched) arm(loop_.state().idle_timeout);
  return true;
}

/// Writes what it can. writing_ tells whether something is left; without, the state has moved on.
void Connection::flush() {
  const std::size_t all = out_.size() + body_out_.size();
  while (sent_ < all) {
    const std::size_t from_head = std::min(sent_, out_.size());
    const IoResult result = transport_.write(std::string_view(out_).substr(from_head),
                                             std::string_view(body_out_).substr(sent_ - from_head));
    if (result.kind == IoResult::Kind::ended) {
      close();
      return;
    }
    if (result.kind == IoResult::Kind::wait) {
      wait_for_reader();
      return;
    }
    sent_ += result.count;
    if (writing_ && admission_.vouched) arm(loop_.state().idle_timeout);
  }
  writing_ = false;
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kept_out_capacity) std::string().swap(out_);
  if (body_out_.capacity() > kept_out_capacity) std::string().swap(body_out_);
  body_out_.clear();
  if (state_ == State::answering) on_answered();
}

/// Who is not known has the time of a head for the whole of an answer, however it is taken in pieces: as for a body, in
/// the middle of which "100 Continue" changes nothing.
void Connection::wait_for_reader() {
  if (!writing_ && admission_.vouched) arm(loop_.state().idle_timeout);
  if (!writing_ && !admission_.vouched && state_ == State::answering) arm(loop_.state().header_timeout);
  writing_ = true;
}

bool Connection::step_closing() {
  must_linger_ = must_linger_ || !buffer_.empty();
  if (transport_.secure()) {
    state_ = State::shutting_down;
    arm(linger_time);
  } else if (must_linger_) {
    linger();
  } else {
    close();
  }
  return true;
}

bool Connection::step_shutting_down() {
  if (transport_.shutdown_tls().kind == IoResult::Kind::wait) return false;
  transport_.drop_tls();
  if (must_linger_) {
    linger();
  } else {
    close();
  }
  return true;
}

/// A close with unread input resets the connection, and the reset may overtake the answer.
void Connection::linger() {
  state_ = State::lingering;
  arm(linger_time);
  transport_.shutdown_send();
  readable_ = true;
}

bool Connection::step_lingering() {
  buffer_.consume(buffer_.size());
  if (!read_more(linger_read_size)) return false;
  lingered_bytes_ += buffer_.size();
  if (lingered_bytes_ > max_lingered_bytes) close();
  return true;
}

void Connection::on_tick() {
  if (loop_.tick() < deadline_tick_) {
    // Most of many connections are idle most of the time: no memory for them.
    if (state_ == State::head && buffer_.empty()) buffer_ = ReadBuffer{};
    return;
  }
  if (busy_ || state_ == State::handshake) loop_.state().timed_out.fetch_add(1, std::memory_order_relaxed);
  close();
}

void Connection::begin_drain() {
  if (state_ == State::handshake) {
    close();
  } else if (state_ == State::head && buffer_.empty() && !busy_) {
    if (transport_.has_input()) {
      // A request that has arrived and not been read yet is one to answer.
      set_busy(true);
      arm(loop_.state().header_timeout);
    } else {
      close();
    }
  }
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  disarm();
  set_busy(false);
  // Explicitly: a child between fork and exec still has the descriptor, and close() alone would leave it in the set,
  // reporting to an object that is gone.
  loop_.unwatch(transport_.fd());
  transport_.close();
  loop_.remove(*this);
}

}  // namespace trackalert::net
