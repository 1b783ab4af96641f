// SPDX-License-Identifier: Apache-2.0
// The bytes' half of Connection.
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

}  // namespace

/// What asio calls back: keeps the connection alive, and takes its memory from it.
struct Connection::Completion {
  using allocator_type = HandlerAllocator<std::byte>;

  std::shared_ptr<Connection> connection;
  Method method;
  HandlerMemory* memory;

  [[nodiscard]] allocator_type get_allocator() const { return allocator_type(*memory); }
  void operator()(const boost::system::error_code& ec = {}, std::size_t count = 0) {
    connection->complete(method, ec, count);
  }
};

Connection::Completion Connection::completion(Method method) {
  ++operations_;
  return {shared_from_this(), method, &handler_memory_};
}

void Connection::complete(Method method, const boost::system::error_code& ec, std::size_t count) {
  --operations_;
  if (state_ == State::closed) {
    if (operations_ == 0) transport_.reset();
    return;
  }
  try {
    (this->*method)(ec, count);
  } catch (const std::exception& error) {
    // Out of memory, say. This connection cannot go on, the others can.
    loop_.state().log.error("HTTP server: {}", error.what());
    close();
  }
}

void Connection::start() {
  if (secure_) {
    state_ = State::handshake;
    arm(loop_.state().header_timeout);
    transport_->async_handshake(completion(&Connection::on_handshake));
  } else {
    advance();
  }
}

void Connection::on_handshake(const boost::system::error_code& ec, std::size_t) {
  if (ec) {
    loop_.state().tls_failures.fetch_add(1, std::memory_order_relaxed);
    loop_.state().log.debug("TLS handshake with {} failed: {}", peer_.to_string(), ec.message());
    close();
    return;
  }
  state_ = State::head;
  advance();
}

bool Connection::read_more(std::size_t wanted) {
  buffer_.prepare(wanted);
  transport_->async_read_some(boost::asio::buffer(buffer_.free_space(), buffer_.free_size()),
                              completion(&Connection::on_read));
  return false;
}

void Connection::on_read(const boost::system::error_code& ec, std::size_t count) {
  if (ec) {
    close();
    return;
  }
  buffer_.commit(count);
  if (state_ == State::body) arm(loop_.state().idle_timeout);
  advance();
}

void Connection::resume_later() {
  loop_.post(completion(&Connection::on_resume));
}

void Connection::on_resume(const boost::system::error_code&, std::size_t) {
  advance();
}

void Connection::flush() {
  const std::size_t all = out_.size() + body_out_.size();
  while (sent_ < all) {
    const std::size_t from_head = std::min(sent_, out_.size());
    const Transport::Buffers rest{boost::asio::buffer(out_) + from_head,
                                  boost::asio::buffer(body_out_) + (sent_ - from_head)};
    if (transport_->secure()) {
      writing_ = true;
      arm(loop_.state().idle_timeout);
      transport_->async_write_some(rest, completion(&Connection::on_written));
      return;
    }
    const std::ptrdiff_t sent = transport_->send_now(rest);
    if (sent == Transport::would_block) {
      writing_ = true;
      arm(loop_.state().idle_timeout);
      transport_->async_wait_writable(completion(&Connection::on_written));
      return;
    }
    if (sent < 0) {
      close();
      return;
    }
    sent_ += static_cast<std::size_t>(sent);
  }
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kept_out_capacity) std::string().swap(out_);
  if (body_out_.capacity() > 0) std::string().swap(body_out_);
  if (state_ == State::answering) on_answered();
}

/// `count` with TLS only; else the socket is ready to take more.
void Connection::on_written(const boost::system::error_code& ec, std::size_t count) {
  writing_ = false;
  if (ec) {
    close();
    return;
  }
  sent_ += count;
  flush();
  if (!writing_ && state_ != State::closed) advance();
}

void Connection::begin_close() {
  must_linger_ = must_linger_ || !buffer_.empty();
  if (transport_->secure()) {
    state_ = State::shutting_down;
    arm(linger_time);
    transport_->async_shutdown(completion(&Connection::on_tls_shutdown));
  } else if (must_linger_) {
    linger();
  } else {
    close();
  }
}

void Connection::on_tls_shutdown(const boost::system::error_code&, std::size_t) {
  transport_->drop_tls();
  if (must_linger_) {
    linger();
  } else {
    close();
  }
}

/// A close with unread input resets the connection, and the reset may overtake the answer.
void Connection::linger() {
  state_ = State::lingering;
  arm(linger_time);
  transport_->shutdown_send();
  buffer_.consume(buffer_.size());
  buffer_.prepare(linger_read_size);
  transport_->async_read_some(boost::asio::buffer(buffer_.free_space(), buffer_.free_size()),
                              completion(&Connection::on_lingering_read));
}

void Connection::on_lingering_read(const boost::system::error_code& ec, std::size_t count) {
  lingered_bytes_ += count;
  if (ec || lingered_bytes_ > max_lingered_bytes) {
    close();
    return;
  }
  transport_->async_read_some(boost::asio::buffer(buffer_.free_space(), buffer_.free_size()),
                              completion(&Connection::on_lingering_read));
}

void Connection::close_if_overdue() {
  if (loop_.tick() < deadline_tick_) return;
  if (busy_ || state_ == State::handshake) loop_.state().timed_out.fetch_add(1, std::memory_order_relaxed);
  close();
}

void Connection::begin_drain() {
  if (state_ == State::handshake) {
    close();
  } else if (state_ == State::head && buffer_.empty() && !busy_) {
    if (transport_->has_input()) {
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
  const auto alive = shared_from_this();
  state_ = State::closed;
  disarm();
  set_busy(false);
  transport_->close();
  // Before the loop and its io_context go: a Reply may hold this longer than they live.
  if (operations_ == 0) transport_.reset();
  loop_.remove(*this);
}

}  // namespace trackalert::net
