// SPDX-License-Identifier: Apache-2.0
// For tests only: a receiver of HTTP requests on 127.0.0.1 over real sockets, with or without TLS, that can misbehave.
// One thread accepts, each connection has a thread of its own; all are joined by the destructor.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace trackalert::net::testing {

/// A self-signed EC certificate for `name` (a DNS name or an IPv4 address), and its key.
class Certificate {
 public:
  explicit Certificate(const std::string& name) : key_(EVP_EC_gen("P-256")), cert_(X509_new()) {
    X509* cert = cert_.get();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key_.get());
    X509_NAME* subject = X509_get_subject_name(cert);
    const auto* cn = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, cn, -1, -1, 0);
    X509_set_issuer_name(cert, subject);
    in_addr ignored{};
    const std::string kind = inet_pton(AF_INET, name.c_str(), &ignored) == 1 ? "IP:" : "DNS:";
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, (kind + name).c_str());
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key_.get(), EVP_sha256());
  }

  /// As a listener presents it.
  [[nodiscard]] std::shared_ptr<SSL_CTX> server_context() const {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), cert_.get());
    SSL_CTX_use_PrivateKey(context.get(), key_.get());
    return context;
  }

  void write_pem(const std::string& cert_file, const std::string& key_file = "") const {
    write(cert_file, [&](BIO* out) { PEM_write_bio_X509(out, cert_.get()); });
    if (key_file.empty()) return;
    write(key_file,
          [&](BIO* out) { PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

  [[nodiscard]] X509* x509() const { return cert_.get(); }

 private:
  template <class Writer>
  static void write(const std::string& file, Writer writer) {
    BIO* out = BIO_new_file(file.c_str(), "w");
    ASSERT_NE(out, nullptr);
    writer(out);
    BIO_free(out);
  }
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* cert) const { X509_free(cert); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> cert_;
};

/// An empty temporary file, removed at the end.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name = ::testing::TempDir() + "trackalert-XXXXXX";
    close(mkstemp(name.data()));
    path_ = name;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline constexpr std::string_view ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Receiver {
 public:
  enum class Mood {
    answer,   ///< with Options::answer
    hold,     ///< read the request, answer when release() is called
    reset,    ///< read the request, reset the connection
    endless,  ///< a body that does not end
  };
  struct Options {
    Mood mood = Mood::answer;
    std::string answer{ok_answer};
    std::shared_ptr<SSL_CTX> tls;
  };

  Receiver() : Receiver(Options{}) {}
  explicit Receiver(Options options) : options_(std::move(options)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof(address);
    if (bind(listener_, generic, length) != 0 || listen(listener_, 128) != 0) ADD_FAILURE() << "no listener";
    getsockname(listener_, generic, &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~Receiver() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    changed_.notify_all();
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : connections_) thread.join();
    close(listener_);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] std::string url(std::string_view path, std::string_view host = "127.0.0.1") const {
    return std::string(options_.tls ? "https://" : "http://") + std::string(host) + ":" + std::to_string(port_) +
           std::string(path);
  }
  [[nodiscard]] unsigned port() const { return port_; }

  /// Waits until `count` whole requests have come (or the test fails), and returns all, as received.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; }));
    return requests_;
  }
  std::size_t connections() {
    const std::lock_guard lock(mutex_);
    return connections_.size();
  }
  /// From now on a Mood::hold answers.
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  static constexpr std::chrono::seconds patience{20};

 private:
  struct Stream {
    int fd;
    SSL* ssl;
    long read(char* to, std::size_t size) const {
      return ssl != nullptr ? SSL_read(ssl, to, static_cast<int>(size)) : recv(fd, to, size, 0);
    }
    bool write(std::string_view text) const {
      while (!text.empty()) {
        const long sent = ssl != nullptr ? SSL_write(ssl, text.data(), static_cast<int>(text.size()))
                                         : send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
  };

  void accept_all() {
    // For the connections' threads, which inherit it: SSL_write() may raise the signal. The client under test must see
    // to itself.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      const std::lock_guard lock(mutex_);
      if (stopping_ || fd < 0) {
        if (fd >= 0) close(fd);
        return;
      }
      open_.push_back(fd);
      connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    SSL* ssl = options_.tls ? SSL_new(options_.tls.get()) : nullptr;
    if (ssl == nullptr || (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)) {
      while (serve_one({fd, ssl})) {
      }
    }
    SSL_free(ssl);
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    close(fd);
  }

  bool serve_one(const Stream& stream) {
    std::string request;
    if (!read_request(stream, request)) return false;
    {
      std::unique_lock lock(mutex_);
      requests_.push_back(std::move(request));
      changed_.notify_all();
      if (options_.mood == Mood::hold) changed_.wait(lock, [&] { return released_ || stopping_; });
      if (stopping_) return false;
    }
    if (options_.mood == Mood::reset) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(stream.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
      return false;
    }
    if (options_.mood == Mood::endless) {
      const std::string block = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
      bool going = stream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      while (going) going = stream.write(block);
      return false;
    }
    return stream.write(options_.answer);
  }

  static bool read_request(const Stream& stream, std::string& request) {
    char block[4096];
    std::size_t wanted = 0;  // known once the head is there
    while (wanted == 0 || request.size() < wanted) {
      const long got = stream.read(block, sizeof(block));
      if (got <= 0) return false;
      request.append(block, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      if (wanted == 0 && head != std::string::npos) wanted = head + 4 + content_length(request.substr(0, head));
    }
    return true;
  }

  static std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    std::size_t length = 0;
    if (at != head.npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
    return length;
  }

  const Options options_;
  const int listener_;
  unsigned port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> requests_;
  std::vector<int> open_;
  bool released_ = false;
  bool stopping_ = false;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

/// A port of 127.0.0.1 that nobody listens on while this lives.
class RefusingPort {
 public:
  RefusingPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof(address);
    EXPECT_EQ(bind(fd_, generic, length), 0);
    getsockname(fd_, generic, &length);
    port_ = ntohs(address.sin_port);
  }
  ~RefusingPort() { close(fd_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  [[nodiscard]] unsigned port() const { return port_; }

 private:
  int fd_;
  unsigned port_ = 0;
};

}  // namespace trackalert::net::testing
