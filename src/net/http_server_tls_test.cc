// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "net/http_server_testing.h"

namespace trackalert::net {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A self-made certificate in a directory of its own.
class Certificate {
 public:
  explicit Certificate(const std::string& name) {
    std::string pattern = testing::TempDir() + "trackalert-tls-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    write(name);
  }
  ~Certificate() { std::filesystem::remove_all(directory_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  /// Makes a new key and certificate in the same files.
  void write(const std::string& name) const {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    file = std::fopen(encrypted_key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>("secret"), 6, nullptr,
                         nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  [[nodiscard]] std::string certificate_file() const { return directory_ + "/cert.pem"; }
  [[nodiscard]] std::string key_file() const { return directory_ + "/key.pem"; }
  [[nodiscard]] std::string encrypted_key_file() const { return directory_ + "/encrypted.pem"; }

 private:
  std::string directory_;
};

class TlsClient {
 public:
  struct Wishes {
    int max_version = 0;
    const Certificate* certificate = nullptr;
  };

  TlsClient(std::uint16_t port, Wishes wishes) : client_(port), context_(SSL_CTX_new(TLS_client_method())) {
    if (wishes.max_version != 0) SSL_CTX_set_max_proto_version(context_, wishes.max_version);
    if (wishes.certificate != nullptr) {
      SSL_CTX_use_certificate_file(context_, wishes.certificate->certificate_file().c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_, wishes.certificate->key_file().c_str(), SSL_FILETYPE_PEM);
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, client_.fd());
    connected_ = SSL_connect(ssl_) == 1;
  }
  explicit TlsClient(std::uint16_t port) : TlsClient(port, Wishes{}) {}
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_); }
  [[nodiscard]] std::string server_name() const {
    X509* const certificate = SSL_get1_peer_certificate(ssl_);
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
  }
  void send(std::string_view bytes) {
    EXPECT_EQ(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
  }
  /// To the end, with "<closed>" behind it when the server said so properly.
  std::string read_all() {
    std::string out;
    char piece[16 * 1024];
    int got = 0;
    while ((got = SSL_read(ssl_, piece, sizeof piece)) > 0) out.append(piece, static_cast<std::size_t>(got));
    if (SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN) {
      out += "<closed>";
      SSL_shutdown(ssl_);
    }
    return out;
  }
  std::string read_some() {
    char piece[16 * 1024];
    const int got = SSL_read(ssl_, piece, sizeof piece);
    return got > 0 ? std::string(piece, static_cast<std::size_t>(got)) : "";
  }

 private:
  RawClient client_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
};

class HttpServerTlsTest : public ServerFixture {
 protected:
  // The client's OpenSSL writes to sockets that the server has closed.
  HttpServerTlsTest() { std::signal(SIGPIPE, SIG_IGN); }

  using Commands = std::vector<std::pair<std::string, std::string>>;

  TlsOptions tls(Commands commands = {}) const {
    return {.certificate_file = certificate.certificate_file(),
            .key_file = certificate.key_file(),
            .commands = std::move(commands)};
  }
  void start_tls(Commands commands = {}) {
    Listener listener = loopback();
    listener.tls = tls(std::move(commands));
    options.listeners = {listener};
    start();
  }
  static std::string error_of(TlsOptions tls_options) {
    base::Log log({.stdout_level = 0, .syslog = false});
    Listener listener = loopback();
    listener.tls = std::move(tls_options);
    const auto opened = HttpServer::open({.listeners = {listener}}, [] { return nullptr; }, log);
    return opened ? "" : opened.error().message;
  }

  Certificate certificate{"first"};
};

TEST_F(HttpServerTlsTest, ServesOverTls) {
  start_tls();
  TlsClient client(port());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i) {
    client.send(post(std::to_string(i)));
    EXPECT_THAT(client.read_some(), EndsWith(fmt::format("POST /r {}", i)));
  }
  client.send(post("a") + "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_all(), EndsWith("GET /b <closed>"));
  EXPECT_TRUE(script.requests().at(0).secure);
}

TEST_F(HttpServerTlsTest, MovesLargeBodiesBothWays) {
  script.serve = [](const RequestHead&, std::string_view body, Reply reply) {
    reply.send({.body = std::string(body)});
  };
  start_tls();
  TlsClient client(port());
  const std::string body(1'000'000, 'x');
  client.send(post(body, "Connection: close\r\n"));
  EXPECT_TRUE(client.read_all().ends_with("\r\n\r\n" + body + "<closed>"));
}

TEST_F(HttpServerTlsTest, RefusesBadRequestsOverTls) {
  start_tls();
  TlsClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTlsTest, TakesAnswersFromOtherThreadsAndDrains) {
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start_tls();
  TlsClient idle(port());
  TlsClient client(port());
  client.send(post("x"));
  Reply reply = script.take_held();
  EXPECT_EQ(server->drain(std::chrono::steady_clock::now() + std::chrono::milliseconds{10}), 1);
  reply.send({.body = "late"});
  EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\nlate<closed>"));
}

TEST_F(HttpServerTlsTest, StopsInTheMiddleOfEverything) {
  script.serve = [this](const RequestHead&, std::string_view, Reply reply) { script.hold(std::move(reply)); };
  start_tls();
  RawClient no_handshake = connect();
  TlsClient idle(port());
  TlsClient held(port());
  held.send(post("x"));
  Reply reply = script.take_held();
  server.reset();
  reply.send({});
}

TEST_F(HttpServerTlsTest, NeedsTls12UnlessToldOtherwise) {
  start_tls();
  TlsClient new_enough(port(), {.max_version = TLS1_2_VERSION});
  EXPECT_TRUE(new_enough.connected());
  TlsClient old(port(), {.max_version = TLS1_1_VERSION});
  EXPECT_FALSE(old.connected());
}

TEST_F(HttpServerTlsTest, HonoursOptionsUnderAllTheirNames) {
  for (const std::string name : {"MinProtocol", "minprotocol", "min_protocol", "minimum_protocol", "-min_protocol"}) {
    start_tls({{name, "TLSv1.3"}});
    TlsClient old(port(), {.max_version = TLS1_2_VERSION});
    EXPECT_FALSE(old.connected()) << name;
    TlsClient current(port());
    EXPECT_TRUE(current.connected()) << name;
    server.reset();
  }
  for (const std::string name : {"MaxProtocol", "max_protocol", "maximum_protocol"}) {
    start_tls({{name, "TLSv1.2"}, {"cipherstring", "ECDHE-ECDSA-AES128-GCM-SHA256"}, {"Options", "-SessionTicket"}});
    TlsClient client(port());
    EXPECT_EQ(client.version(), "TLSv1.2") << name;
    server.reset();
  }
  start_tls({{"Protocol", "-TLSv1.3"}});
  TlsClient client(port());
  EXPECT_EQ(client.version(), "TLSv1.2");
}

TEST_F(HttpServerTlsTest, AsksForClientCertificates) {
  start_tls({{"VerifyMode", "Require"}, {"VerifyCAFile", certificate.certificate_file()}, {"MaxProtocol", "TLSv1.2"}});
  TlsClient stranger(port());
  EXPECT_FALSE(stranger.connected());
  TlsClient known(port(), {.certificate = &certificate});
  ASSERT_TRUE(known.connected());
  known.send(post("x"));
  EXPECT_THAT(known.read_some(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(server->counts().tls_failures, 1);
}

TEST_F(HttpServerTlsTest, NamesTheOptionThatIsWrong) {
  EXPECT_EQ(error_of(tls({{"NoSuchThing", "x"}})), "unknown TLS option 'NoSuchThing'");
  EXPECT_THAT(error_of(tls({{"min_protocol", "TLSv9"}})),
              StartsWith("TLS option 'min_protocol' does not take the value 'TLSv9'"));
  EXPECT_THAT(error_of(tls({{"CipherString", "nosuch"}})),
              StartsWith("TLS option 'CipherString' does not take the value"));
  EXPECT_THAT(error_of(tls({{"Options", "nosuch"}})), StartsWith("TLS option 'Options' does not take the value"));
  EXPECT_THAT(error_of(tls({{"VerifyCAFile", "/nosuch"}})),
              StartsWith("TLS option 'VerifyCAFile' does not take the value"));
}

TEST_F(HttpServerTlsTest, NamesTheFileThatIsWrong) {
  const Certificate other("other");
  TlsOptions wrong = tls();
  wrong.certificate_file = "/nosuch/cert.pem";
  EXPECT_THAT(error_of(wrong), StartsWith("Failed to load certificate /nosuch/cert.pem: "));
  wrong = tls();
  wrong.certificate_file = wrong.key_file;
  EXPECT_THAT(error_of(wrong), StartsWith("Failed to load certificate " + wrong.key_file));
  wrong = tls();
  wrong.key_file = "/nosuch/key.pem";
  EXPECT_THAT(error_of(wrong), StartsWith("Failed to load private key /nosuch/key.pem: "));
  wrong = tls();
  wrong.key_file = other.key_file();
  EXPECT_THAT(error_of(wrong), HasSubstr(other.key_file()));
  wrong = tls();
  wrong.key_file = certificate.encrypted_key_file();
  EXPECT_THAT(error_of(wrong), StartsWith("Failed to load private key " + wrong.key_file));
}

TEST_F(HttpServerTlsTest, ReloadsCertificatesForNewConnections) {
  start_tls();
  TlsClient before(port());
  EXPECT_EQ(before.server_name(), "first");
  certificate.write("second");
  ASSERT_TRUE(server->reload_certificates());
  TlsClient after(port());
  EXPECT_EQ(after.server_name(), "second");
  std::filesystem::resize_file(certificate.key_file(), 10);
  const auto reloaded = server->reload_certificates();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().message, HasSubstr(certificate.key_file()));
  TlsClient still(port());
  EXPECT_EQ(still.server_name(), "second");
  before.send(post("x"));
  EXPECT_THAT(before.read_some(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpServerTlsTest, CountsAndLimitsHandshakes) {
  options.header_timeout = std::chrono::seconds{1};
  start_tls();
  RawClient plain = connect();
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  plain.read_all();
  EXPECT_EQ(server->counts().tls_failures, 1);
  RawClient silent = connect();
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(server->counts().timed_out, 1);
}

TEST_F(HttpServerTlsTest, ListensWithAndWithoutTlsAtOnce) {
  Listener secure = loopback();
  secure.tls = tls();
  options.listeners = {loopback(), secure};
  start();
  EXPECT_EQ(status_of(exchange(post("x"))), "200");
  TlsClient client(port(1));
  client.send(post("x"));
  EXPECT_THAT(client.read_some(), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace trackalert::net
