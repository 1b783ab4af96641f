// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/ascii.h"

namespace trackalert::net {
namespace {

using base::fail;
using base::Result;

std::string openssl_reason() {
  // The first of the queue is the cause, what follows are its consequences.
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

/// The name in SSL_CONF's configuration file style. That is not case-sensitive itself; the manual's and the command
/// line's ways to write a name ("min_protocol", "-cipher") become it.
std::string file_style_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_' && c != '-') plain += base::to_lower(c);
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> aliases{{
      {"minimumprotocol", "MinProtocol"},
      {"maximumprotocol", "MaxProtocol"},
      {"cipher", "CipherString"},
      {"ciphers", "CipherString"},
      {"sigalgs", "SignatureAlgorithms"},
      {"clientsigalgs", "ClientSignatureAlgorithms"},
      {"cafile", "VerifyCAFile"},
      {"dhparam", "DHParameters"},
  }};
  for (const auto& [alias, command] : aliases) {
    if (plain == alias) return std::string(command);
  }
  return plain;
}

struct ConfContext {
  SSL_CONF_CTX* context = SSL_CONF_CTX_new();
  ConfContext() = default;
  ~ConfContext() { SSL_CONF_CTX_free(context); }
  ConfContext(const ConfContext&) = delete;
  ConfContext& operator=(const ConfContext&) = delete;
};

Result<void> apply_commands(SSL_CTX* context, const TlsOptions& options) {
  const ConfContext conf;
  if (conf.context == nullptr) return fail("cannot set TLS options: out of memory");
  SSL_CONF_CTX_set_flags(
      conf.context, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS);
  SSL_CONF_CTX_set_ssl_ctx(conf.context, context);
  for (const auto& [name, value] : options.commands) {
    ERR_clear_error();
    const int result = SSL_CONF_cmd(conf.context, file_style_name(name).c_str(), value.c_str());
    if (result == -2) return fail("unknown TLS option '{}'", base::escape_control(name));
    if (result <= 0) {
      return fail("TLS option '{}' does not take the value '{}': {}", base::escape_control(name),
                  base::escape_control(value), openssl_reason());
    }
  }
  if (SSL_CONF_CTX_finish(conf.context) != 1) return fail("cannot set TLS options: {}", openssl_reason());
  return {};
}

Result<void> load_certificate(SSL_CTX* context, const TlsOptions& options) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
    return fail("Failed to load certificate {}: {}", options.certificate_file, openssl_reason());
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail("Failed to load private key {}: {}", options.key_file, openssl_reason());
  if (SSL_CTX_check_private_key(context) != 1)
    return fail("private key {} does not belong to certificate {}", options.key_file, options.certificate_file);
  return {};
}

/// A daemon cannot be asked for a pass phrase: an encrypted key is an error instead of a prompt on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

Result<TlsContext> make_tls_context(const TlsOptions& options) {
  SSL_CTX* const raw = SSL_CTX_new(TLS_server_method());
  if (raw == nullptr) return fail("cannot make a TLS context: {}", openssl_reason());
  TlsContext context(raw, SSL_CTX_free);
  SSL_CTX_set_default_passwd_cb(raw, no_pass_phrase);
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // Without the key exchange by which a stolen private key reads what was recorded before.
  SSL_CTX_set_cipher_list(raw, "DEFAULT:!kRSA");
  // Without it OpenSSL refuses to resume sessions of clients with certificates.
  constexpr std::array<unsigned char, 10> session_context{'t', 'r', 'a', 'c', 'k', 'a', 'l', 'e', 'r', 't'};
  SSL_CTX_set_session_id_context(raw, session_context.data(), session_context.size());
  if (const auto loaded = load_certificate(raw, options); !loaded) return std::unexpected(loaded.error());
  if (const auto applied = apply_commands(raw, options); !applied) return std::unexpected(applied.error());
  return context;
}

std::chrono::sys_seconds expiry_of(const TlsContext& context) {
  const X509* const certificate = SSL_CTX_get0_certificate(context.get());
  std::tm time{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&time)));
}

}  // namespace trackalert::net
