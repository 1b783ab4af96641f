// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>

#include "net/http_receiver_for_tests.h"

namespace trackalert::net {
namespace {

using namespace std::chrono_literals;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::Receiver;
using testing::RefusingPort;
using testing::TemporaryFile;
using Mood = Receiver::Mood;
using Response = HttpClient::Response;

class HttpClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"}) unsetenv(name);
  }

  static std::future<base::Result<Response>> send(HttpClient& client, HttpClient::Request request) {
    auto promise = std::make_shared<std::promise<base::Result<Response>>>();
    auto future = promise->get_future();
    EXPECT_TRUE(client.submit(std::move(request), [promise](auto result) { promise->set_value(std::move(result)); }));
    return future;
  }
  static base::Result<Response> fetch(HttpClient::Request request, TlsClientOptions tls = {}) {
    HttpClient client({.tls = std::move(tls)});
    return send(client, std::move(request)).get();
  }
  static std::string error_of(const base::Result<Response>& result) {
    return result ? "no error, status " + std::to_string(result->status) : result.error().message;
  }
};

TEST_F(HttpClientTest, SendsHostAcceptThenTheHeadersInTheirOrder) {
  Receiver receiver;
  const std::string body("a\0b", 3);
  const auto result = fetch({.url = receiver.url("/x?y=1"),
                             .headers = {{"Content-Type", "text/plain"}, {"B-First", "1"}, {"A-Second", "2"}},
                             .body = body,
                             .keep_bytes = 100});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "ok");
  EXPECT_EQ(receiver.wait_for(1)[0], "POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver.port()) +
                                         "\r\nAccept: */*\r\nContent-Type: text/plain\r\nB-First: 1\r\nA-Second: 2\r\n"
                                         "Content-Length: 3\r\n\r\n" +
                                         body);
}

TEST_F(HttpClientTest, AnEmptyHeaderValueIsNotSentAndMethodsAreKept) {
  Receiver receiver;
  ASSERT_TRUE(fetch({.url = receiver.url("/"), .headers = {{"Content-Type", ""}, {"Accept", ""}}}));
  ASSERT_TRUE(fetch({.method = "GET", .url = receiver.url("/g")}));
  ASSERT_TRUE(fetch({.method = "PUT", .url = receiver.url("/p"), .headers = {{"Content-Type", "a/b"}}, .body = "x"}));
  const std::string host = "Host: 127.0.0.1:" + std::to_string(receiver.port()) + "\r\n";
  const auto requests = receiver.wait_for(3);
  EXPECT_EQ(requests[0], "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(requests[1], "GET /g HTTP/1.1\r\n" + host + "Accept: */*\r\n\r\n");
  EXPECT_EQ(requests[2],
            "PUT /p HTTP/1.1\r\n" + host + "Accept: */*\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\nx");
}

TEST_F(HttpClientTest, LargeBodiesAreSentWithoutAskingFirst) {
  Receiver receiver;
  ASSERT_TRUE(fetch({.url = receiver.url("/"), .body = std::string(3 << 20, 'x'), .timeout = 20s}));
  EXPECT_THAT(receiver.wait_for(1)[0].substr(0, 500), ::testing::Not(HasSubstr("Expect")));
}

TEST_F(HttpClientTest, KeepsConnectionsAndOnlyTheBytesAskedFor) {
  Receiver receiver({.answer = "HTTP/1.1 404 Gone\r\nContent-Length: 6\r\n\r\nabcdef"});
  HttpClient client({});
  for (int i = 0; i < 3; ++i) {
    const auto result = send(client, {.url = receiver.url("/"), .keep_bytes = 4}).get();
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->status, 404);
    EXPECT_EQ(result->body, "abcd");
  }
  EXPECT_EQ(receiver.connections(), 1);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  Receiver target;
  Receiver receiver({.answer = "HTTP/1.1 302 Found\r\nLocation: " + target.url("/") + "\r\nContent-Length: 0\r\n\r\n"});
  const auto result = fetch({.url = receiver.url("/")});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 302);
  EXPECT_EQ(target.connections(), 0);
}

TEST_F(HttpClientTest, RefusesWhatCouldForgeAnotherHeader) {
  Receiver receiver;
  const auto error = [&](HttpClient::Request request) { return error_of(fetch(std::move(request))); };
  const std::string url = receiver.url("/");
  EXPECT_EQ(error({.url = url, .headers = {{"X-Key", "a\r\nEvil: 1"}}}), "Control character in the header X-Key");
  EXPECT_EQ(error({.url = url, .headers = {{"X-Key", std::string("a\0b", 3)}}}),
            "Control character in the header X-Key");
  EXPECT_EQ(error({.url = url, .headers = {{"X: y\r\nEvil", "1"}}}), "Invalid header name");
  EXPECT_EQ(error({.url = url, .headers = {{"", "1"}}}), "Invalid header name");
  EXPECT_EQ(error({.method = "GET / HTTP/1.1\r\n", .url = url}), "Invalid method");
  EXPECT_EQ(error({.url = url + std::string("\0x", 2)}), "Control character in the URL");
  EXPECT_EQ(error({.url = url + "\r\nEvil: 1"}), "Control character in the URL");
  EXPECT_EQ(receiver.connections(), 0);
}

TEST_F(HttpClientTest, SpeaksOnlyHttp) {
  TemporaryFile file;
  EXPECT_THAT(error_of(fetch({.method = "GET", .url = "file://" + file.path()})), HasSubstr("\"file\""));
  EXPECT_THAT(error_of(fetch({.url = "ftp://127.0.0.1/"})), HasSubstr("\"ftp\""));
  EXPECT_NE(error_of(fetch({.url = ""})), "");
}

TEST_F(HttpClientTest, WithoutASchemeItIsHttpWhateverTheHostIsCalled) {
  Receiver receiver;
  ASSERT_TRUE(fetch({.url = "127.0.0.1:" + std::to_string(receiver.port()) + "/plain"}));
  EXPECT_THAT(receiver.wait_for(1)[0], ::testing::StartsWith("POST /plain HTTP/1.1\r\n"));
}

TEST_F(HttpClientTest, SaysWhyATransferFailed) {
  RefusingPort nobody;
  EXPECT_THAT(error_of(fetch({.url = "http://127.0.0.1:" + std::to_string(nobody.port())})),
              HasSubstr("Failed to connect to 127.0.0.1 port " + std::to_string(nobody.port())));
  Receiver resetting({.mood = Mood::reset});
  EXPECT_THAT(error_of(fetch({.url = resetting.url("/")})), HasSubstr("Recv failure: Connection reset"));
  Receiver holding({.mood = Mood::hold});
  EXPECT_THAT(error_of(fetch({.url = holding.url("/"), .timeout = 100ms})), HasSubstr("Operation timed out after "));
  Receiver babbling({.answer = "\x01nonsense\r\n\r\n"});
  EXPECT_THAT(error_of(fetch({.url = babbling.url("/")})), HasSubstr("HTTP/0.9"));
}

TEST_F(HttpClientTest, AnEndlessAnswerEndsAtItsBounds) {
  Receiver receiver({.mood = Mood::endless});
  EXPECT_EQ(error_of(fetch({.url = receiver.url("/"), .timeout = 0ms, .max_answer_bytes = 100'000})),
            "Answer is longer than 100000 bytes");
  EXPECT_THAT(error_of(fetch({.url = receiver.url("/"), .timeout = 100ms, .max_answer_bytes = SIZE_MAX})),
              HasSubstr("timed out"));
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 2000; ++i) head += "X-Long: " + std::string(100, 'x') + "\r\n";
  Receiver talkative({.answer = head + "Content-Length: 0\r\n\r\n"});
  EXPECT_EQ(error_of(fetch({.url = talkative.url("/"), .max_answer_bytes = 100'000})),
            "Answer is longer than 100000 bytes");
}

TEST_F(HttpClientTest, TransfersBeyondTheLimitWaitAndBeyondTheQueueAreRefused) {
  Receiver receiver({.mood = Mood::hold});
  HttpClient client({.max_transfers = 2, .max_queued = 1});
  const HttpClient::Request request{.url = receiver.url("/"), .timeout = 20s};
  auto first = send(client, request);
  receiver.wait_for(1);
  auto second = send(client, request);
  receiver.wait_for(2);
  auto third = send(client, request);
  EXPECT_FALSE(client.submit(request, [](auto) { FAIL() << "refused requests have no completion"; }));
  EXPECT_EQ(receiver.wait_for(2).size(), 2);
  receiver.release();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(third.get());
}

TEST_F(HttpClientTest, ACompletionMaySubmit) {
  Receiver receiver;
  HttpClient client({.max_transfers = 1});
  std::promise<bool> done;
  const HttpClient::Request request{.url = receiver.url("/")};
  ASSERT_TRUE(client.submit(request, [&](auto) {
    EXPECT_TRUE(client.submit(request, [&](auto result) { done.set_value(result.has_value()); }));
  }));
  EXPECT_TRUE(done.get_future().get());
}

TEST_F(HttpClientTest, ItsThreadIsSafeFromBrokenPipesAndItsSocketsFromChildren) {
  Receiver receiver;
  HttpClient client({});
  std::promise<void> done;
  ASSERT_TRUE(client.submit({.url = receiver.url("/")}, [&](auto) {
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGPIPE), 1);
    done.set_value();
  }));
  done.get_future().get();
  int ours = 0;
  for (int fd = 3; fd < 1000; ++fd) {
    sockaddr_in peer{};
    socklen_t length = sizeof(peer);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != receiver.port()) continue;
    ++ours;
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(ours, 1) << "the connection is kept";
}

TEST_F(HttpClientTest, StopWaitsUntilTheDeadlineThenAbortsTheRest) {
  Receiver holding({.mood = Mood::hold});
  HttpClient client({.max_transfers = 1});
  auto started = send(client, {.url = holding.url("/"), .timeout = 0ms});
  holding.wait_for(1);
  auto waiting = send(client, {.url = holding.url("/"), .timeout = 0ms});
  client.stop(std::chrono::steady_clock::now() + 50ms);
  EXPECT_EQ(error_of(started.get()), "Aborted: shutting down");
  EXPECT_EQ(error_of(waiting.get()), "Aborted: shutting down");
  EXPECT_FALSE(client.submit({.url = holding.url("/")}, [](auto) { FAIL(); }));
}

TEST_F(HttpClientTest, StopLetsTransfersFinish) {
  Receiver receiver;
  HttpClient client({.max_transfers = 1});
  std::vector<std::future<base::Result<Response>>> all;
  for (int i = 0; i < 20; ++i) all.push_back(send(client, {.url = receiver.url("/"), .timeout = 20s}));
  client.stop(base::SteadyTime::max());
  for (auto& one : all) EXPECT_TRUE(one.get());
}

class HttpClientTlsTest : public HttpClientTest {
 protected:
  base::Result<Response> post(const Receiver& receiver, TlsClientOptions tls) {
    return fetch({.url = receiver.url("/"), .timeout = 10s}, std::move(tls));
  }
};

TEST_F(HttpClientTlsTest, ASelfSignedCertificateIsRefusedByDefault) {
  const Certificate certificate("127.0.0.1");
  Receiver receiver({.tls = certificate.server_context()});
  EXPECT_THAT(error_of(post(receiver, {})), HasSubstr("self-signed certificate"));
  // The name is checked apart from the chain.
  EXPECT_THAT(error_of(post(receiver, {.verify_host = false})), HasSubstr("self-signed certificate"));
  EXPECT_TRUE(post(receiver, {.verify_peer = false}));
}

TEST_F(HttpClientTlsTest, ABundleMakesItTrustedButOnlyUnderItsName) {
  TemporaryFile bundle;
  const Certificate right("127.0.0.1");
  right.write_pem(bundle.path());
  Receiver receiver({.tls = right.server_context()});
  const auto accepted = post(receiver, {.ca_bundle_file = bundle.path()});
  EXPECT_TRUE(accepted) << error_of(accepted);

  TemporaryFile wrong_bundle;
  const Certificate wrong("other.example");
  wrong.write_pem(wrong_bundle.path());
  Receiver impostor({.tls = wrong.server_context()});
  EXPECT_THAT(error_of(post(impostor, {.ca_bundle_file = wrong_bundle.path()})),
              HasSubstr("no alternative certificate subject name matches"));
  EXPECT_TRUE(post(impostor, {.verify_host = false, .ca_bundle_file = wrong_bundle.path()}));
  EXPECT_FALSE(post(impostor, {.verify_host = false, .ca_bundle_file = bundle.path()}));
  EXPECT_FALSE(post(impostor, {.verify_peer = false}));
  EXPECT_TRUE(post(impostor, {.verify_peer = false, .verify_host = false}));
}

TEST_F(HttpClientTlsTest, AMissingBundleFailsAndNamesTheFile) {
  const Certificate certificate("127.0.0.1");
  Receiver receiver({.tls = certificate.server_context()});
  EXPECT_THAT(error_of(post(receiver, {.ca_bundle_file = "/nonexistent/bundle.pem"})),
              HasSubstr("/nonexistent/bundle.pem"));
}

TEST_F(HttpClientTlsTest, PresentsTheClientCertificate) {
  const Certificate server("127.0.0.1");
  const Certificate client("client.example");
  TemporaryFile cert;
  TemporaryFile key;
  client.write_pem(cert.path(), key.path());
  const auto context = server.server_context();
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), client.x509());
  Receiver receiver({.tls = context});
  EXPECT_FALSE(post(receiver, {.verify_peer = false}));
  const auto result =
      post(receiver, {.verify_peer = false, .client_cert_file = cert.path(), .client_key_file = key.path()});
  EXPECT_TRUE(result) << error_of(result);
}

}  // namespace
}  // namespace trackalert::net
