// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>

namespace trackalert::net {
namespace {

using Kind = IoResult::Kind;

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

IoResult socket_outcome(ssize_t result) {
  if (result >= 0) return {Kind::done, static_cast<std::size_t>(result)};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? Kind::wait : Kind::ended};
}

int clamped(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

void Transport::FreeSsl::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

Transport::Transport(base::Descriptor socket, const TlsContext& tls) : socket_(std::move(socket)) {
  if (!tls) return;
  tls_.reset(SSL_new(tls.get()));
  if (!tls_ || SSL_set_fd(tls_.get(), socket_.get()) != 1) throw std::bad_alloc();
  SSL_set_accept_state(tls_.get());
}

IoResult Transport::handshake() {
  ERR_clear_error();
  return tls_outcome(SSL_do_handshake(tls_.get()));
}

IoResult Transport::read(char* into, std::size_t size) {
  if (tls_) {
    ERR_clear_error();
    return tls_outcome(SSL_read(tls_.get(), into, clamped(size)));
  }
  ssize_t got = 0;
  do {
    got = ::recv(socket_.get(), into, size, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  return got == 0 ? IoResult{Kind::ended} : socket_outcome(got);
}

IoResult Transport::write(std::string_view first, std::string_view second) {
  if (tls_) {
    const std::string_view next = first.empty() ? second : first;
    ERR_clear_error();
    return tls_outcome(SSL_write(tls_.get(), next.data(), clamped(next.size())));
  }
  ssize_t sent = 0;
  do {
    if (second.empty()) {
      sent = ::send(socket_.get(), first.data(), first.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
      std::array<iovec, 2> pieces{piece(first), piece(second)};
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = pieces.size();
      sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  } while (sent < 0 && errno == EINTR);
  return socket_outcome(sent);
}

IoResult Transport::shutdown_tls() {
  ERR_clear_error();
  int result = SSL_shutdown(tls_.get());
  // 0: our goodbye is out, the peer's not in.
  if (result == 0) result = SSL_shutdown(tls_.get());
  return result == 1 ? IoResult{Kind::done} : tls_outcome(result);
}

IoResult Transport::tls_outcome(int result) {
  if (result > 0) return {Kind::done, static_cast<std::size_t>(result)};
  const int error = SSL_get_error(tls_.get(), result);
  return {error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Kind::wait : Kind::ended};
}

bool Transport::has_input() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Transport::shutdown_send() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void Transport::close() {
  tls_.reset();
  socket_ = base::Descriptor{};
}

}  // namespace trackalert::net
