// SPDX-License-Identifier: Apache-2.0
// Hands one mail at a time to a mail server, by libcurl: SMTP with STARTTLS, or SMTP over TLS, with a password if the
// server wants one. The connection is kept and used again.
//
// Threads: one at a time. send() waits for the server; abort() may be called from any thread meanwhile.
//
// Bounds: the time limit of a whole transfer, name look-up included; recipients as many as the caller names.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"

namespace trackalert::net {

class SmtpClient {
 public:
  enum class Security {
    required,  ///< TLS, or no mail goes out: from the beginning for smtps, by STARTTLS for smtp
    off,       ///< for smtp on the machine itself
  };
  struct Options {
    std::string url;   ///< smtp://HOST[:PORT] or smtps://HOST[:PORT]
    std::string user;  ///< empty: none
    std::string password;
    Security security = Security::required;
    TlsClientOptions tls;
    std::chrono::milliseconds timeout{30'000};
  };
  struct Mail {
    std::string from;             ///< addresses without names
    std::vector<std::string> to;  ///< delivered if one of them is taken
    std::string content;          ///< headers and body, lines end in CRLF
  };
  struct Failure {
    bool for_good = false;  ///< the server will not take this mail at any time
    std::string reason;     ///< one line, without the password
  };

  /// An error says what is wrong with the options; nothing is connected to.
  static base::Result<std::unique_ptr<SmtpClient>> make(Options options);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  std::expected<void, Failure> send(const Mail& mail);
  /// What is being sent fails within a second or so, and all that is sent later.
  void abort() { aborted_ = true; }

 private:
  explicit SmtpClient(Options options);
  const Options options_;
  std::atomic<bool> aborted_{false};
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace trackalert::net
