// SPDX-License-Identifier: Apache-2.0
#include "net/smtp_client.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/broken_pipe.h"
#include "base/log.h"
#include "net/curl_set_up.h"

namespace trackalert::net {
namespace {

struct UrlCleanup {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct TextCleanup {
  void operator()(char* text) const { curl_free(text); }
};

/// A part of the URL; empty where it has none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, TextCleanup> owned(text);
  return text;
}

base::Result<void> check(const SmtpClient::Options& options) {
  init_curl_once();
  const std::unique_ptr<CURLU, UrlCleanup> url(curl_url());
  if (!url) throw std::bad_alloc();
  const auto wanted = base::fail("the server must be smtp://HOST[:PORT] or smtps://HOST[:PORT]");
  if (curl_url_set(url.get(), CURLUPART_URL, options.url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return wanted;
  const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "smtp" && scheme != "smtps") return wanted;
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    if (!part_of(url.get(), part).empty()) return wanted;
  }
  if (part_of(url.get(), CURLUPART_PATH).size() > 1) return wanted;
  if (options.password.empty() != options.user.empty()) return base::fail("user and password belong together");
  const bool plain = options.security == SmtpClient::Security::off && scheme == "smtp";
  if (plain && !options.user.empty()) return base::fail("a password is not sent without TLS");
  return {};
}

/// In an envelope: no address can begin another command.
bool fits_an_envelope(std::string_view address) {
  constexpr std::size_t max_address_bytes = 254;
  return !address.empty() && address.size() <= max_address_bytes && std::ranges::none_of(address, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>';
  });
}

struct Upload {
  std::string_view left;
  const std::atomic<bool>& aborted;
};

std::size_t on_read(char* into, std::size_t size, std::size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const auto bytes = std::min(size * count, upload.left.size());
  std::memcpy(into, upload.left.data(), bytes);
  upload.left.remove_prefix(bytes);
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Upload*>(user)->aborted.load() ? 1 : 0;
}

/// A server that says 5xx to a mail says so again tomorrow. A password that it refuses is for people to put right:
/// until then mails wait.
bool is_for_good(CURLcode code, long reply) {
  constexpr long permanent = 500;
  if (code == CURLE_LOGIN_DENIED || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) return false;
  return reply >= permanent && reply < permanent + 100 && code != CURLE_USE_SSL_FAILED;
}

}  // namespace

struct SmtpClient::Handle {
  Easy easy;
};

SmtpClient::SmtpClient(Options options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>(Easy(curl_easy_init()))) {
  if (!handle_->easy) throw std::bad_alloc();
}

SmtpClient::~SmtpClient() = default;

base::Result<std::unique_ptr<SmtpClient>> SmtpClient::make(Options options) {
  if (auto fits = check(options); !fits) return std::unexpected(fits.error());
  return std::unique_ptr<SmtpClient>(new SmtpClient(std::move(options)));
}

std::expected<void, SmtpClient::Failure> SmtpClient::send(const Mail& mail) {
  if (aborted_) return std::unexpected(Failure{false, "shutting down"});
  CurlList recipients;
  for (const auto& address : mail.to) {
    if (!fits_an_envelope(address)) return std::unexpected(Failure{true, "an address that no mail can go to"});
    append(recipients, address);
  }
  if (!recipients || !fits_an_envelope(mail.from)) return std::unexpected(Failure{true, "no address to send to"});
  CURL* easy = handle_->easy.get();
  curl_easy_reset(easy);  // the connection stays
  set_up_process(easy);
  set_up_tls(easy, options_.tls);
  Upload upload{mail.content, aborted_};
  char error[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_USE_SSL,
                   static_cast<long>(options_.security == Security::required ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options_.user.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERNAME, options_.user.c_str());
    curl_easy_setopt(easy, CURLOPT_PASSWORD, options_.password.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &upload);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
  base::block_broken_pipe();  // OpenSSL writes without MSG_NOSIGNAL, and CURLOPT_NOSIGNAL leaves it to us
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (code == CURLE_OK) return {};
  long reply = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
  const std::string_view detail = error;
  auto reason = base::escape_control(detail.empty() ? curl_easy_strerror(code) : detail);
  return std::unexpected(Failure{is_for_good(code, reply), std::move(reason)});
}

}  // namespace trackalert::net
