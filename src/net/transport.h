// SPDX-License-Identifier: Apache-2.0
// A connection's socket, with TLS on top or without. Only for the thread of its event loop; operations one at a time.
#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>

#include "net/event_loop.h"

namespace trackalert::net {

class Transport {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, EventLoop::Executor>;
  using Buffers = std::array<boost::asio::const_buffer, 2>;

  static constexpr std::ptrdiff_t would_block = -1;
  static constexpr std::ptrdiff_t broken = -2;

  Transport(EventLoop::Executor executor, AcceptedSocket accepted)
      : context_(std::move(accepted.tls)), socket_(executor) {
    using boost::asio::ip::tcp;
    socket_.assign(accepted.v6 ? tcp::v6() : tcp::v4(), accepted.descriptor.get());
    accepted.descriptor.release();  // not before: assign() takes nothing when it throws
    if (context_) tls_ = std::make_unique<boost::asio::ssl::stream<Socket&>>(socket_, *context_);
  }

  [[nodiscard]] bool secure() const { return tls_ != nullptr; }

  template <class Handler>
  void async_handshake(Handler handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::move(handler));
  }
  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer into, Handler handler) {
    if (tls_) {
      tls_->async_read_some(into, std::move(handler));
    } else {
      socket_.async_read_some(into, std::move(handler));
    }
  }
  /// Without TLS: what the socket takes at once, or one of the constants above.
  std::ptrdiff_t send_now(const Buffers& buffers) {
    std::array<iovec, 2> pieces{{{const_cast<void*>(buffers[0].data()), buffers[0].size()},
                                 {const_cast<void*>(buffers[1].data()), buffers[1].size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = buffers[1].size() == 0 ? 1 : 2;
    for (;;) {
      const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return sent;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return would_block;
      if (errno != EINTR) return broken;
    }
  }
  template <class Handler>
  void async_wait_writable(Handler handler) {
    socket_.async_wait(Socket::wait_write, std::move(handler));
  }
  /// With TLS.
  template <class Handler>
  void async_write_some(const Buffers& buffers, Handler handler) {
    tls_->async_write_some(buffers, std::move(handler));
  }
  template <class Handler>
  void async_shutdown(Handler handler) {
    tls_->async_shutdown(std::move(handler));
  }
  /// From now on the bare socket.
  void drop_tls() { tls_.reset(); }

  /// Whether bytes have arrived that nobody has read.
  [[nodiscard]] bool has_input() {
    char byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }
  void shutdown_send() { ::shutdown(socket_.native_handle(), SHUT_WR); }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  const std::shared_ptr<boost::asio::ssl::context> context_;
  Socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace trackalert::net
