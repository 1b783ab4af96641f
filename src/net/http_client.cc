// SPDX-License-Identifier: Apache-2.0
// One thread, one curl multi handle. submit() puts a transfer into the inbox and wakes the thread; the thread moves
// transfers from the inbox into the multi handle while there is room, and sleeps in curl_multi_poll otherwise. Easy
// handles are used again; the connections belong to the multi handle.
#include "net/http_client.h"

#include <curl/curl.h>
#include <pthread.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/ascii.h"
#include "base/broken_pipe.h"
#include "base/guarded.h"
#include "base/log.h"
#include "net/curl_set_up.h"

namespace trackalert::net {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view aborted_text = "Aborted: shutting down";

struct Transfer {
  HttpClient::Request request;
  HttpClient::Completion done;
  Easy easy;
  CurlList headers;
  std::string kept;
  std::size_t received = 0;
  bool too_long = false;
  char error[CURL_ERROR_SIZE] = "";
};

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() &&
         std::ranges::all_of(name, [&](char c) { return base::is_letter_or_digit(c) || marks.contains(c); });
}

/// libcurl sends headers as they are: what could start another line ends here.
base::Result<void> check(const HttpClient::Request& request) {
  if (!is_token(request.method)) return base::fail("Invalid method");
  if (base::has_control(request.url)) return base::fail("Control character in the URL");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return base::fail("Invalid header name");
    if (base::has_control(value)) return base::fail("Control character in the header {}", name);
  }
  return {};
}

CurlList header_list(const HttpClient::Request& request) {
  CurlList list;
  for (const auto& [name, value] : request.headers)
    append(list, fmt::format("{}:{}{}", name, value.empty() ? "" : " ", value));
  append(list, "Expect:");  // a large body would wait for a "100 Continue" that few receivers send
  return list;
}

bool within_bound(Transfer& transfer, std::size_t bytes) {
  transfer.received += bytes;
  transfer.too_long = transfer.received > transfer.request.max_answer_bytes;
  return !transfer.too_long;
}

std::size_t on_header(char*, std::size_t size, std::size_t count, void* user) {
  return within_bound(*static_cast<Transfer*>(user), size * count) ? size * count : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (!within_bound(transfer, bytes)) return 0;
  transfer.kept.append(data, std::min(bytes, transfer.request.keep_bytes - transfer.kept.size()));
  return bytes;
}

void set_up_request(CURL* easy, const HttpClient::Request& request) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());  // not copied: it lives in the transfer
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    if (request.method != "POST") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
}

void set_up_protocol(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_DEFAULT_PROTOCOL, "http");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set_up_process(easy);
}

void set_up_answer(CURL* easy, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
}

base::Result<HttpClient::Response> outcome(Transfer& transfer, CURLcode code) {
  if (transfer.too_long) return base::fail("Answer is longer than {} bytes", transfer.request.max_answer_bytes);
  if (code != CURLE_OK) {
    const std::string_view detail = transfer.error;
    return base::fail("{}", base::escape_control(detail.empty() ? curl_easy_strerror(code) : detail));
  }
  long status = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return HttpClient::Response{.status = static_cast<unsigned>(status), .body = std::move(transfer.kept)};
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    init_curl_once();
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_transfers));
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), options_.thread_name.substr(0, 15).c_str());
  }

  ~Impl() {
    stop(base::SteadyTime::min());
    idle_.clear();
    curl_multi_cleanup(multi_);
  }

  bool submit(Request request, Completion done) {
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    {
      auto inbox = inbox_.lock();
      if (inbox->stopping || inbox->waiting.size() >= options_.max_queued) return false;
      inbox->waiting.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
    return true;
  }

  void stop(base::SteadyTime deadline) {
    {
      auto inbox = inbox_.lock();
      inbox->stopping = true;
      inbox->abort_at = std::min(inbox->abort_at, deadline);
    }
    curl_multi_wakeup(multi_);
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Inbox {
    std::deque<std::unique_ptr<Transfer>> waiting;
    bool stopping = false;
    base::SteadyTime abort_at = base::SteadyTime::max();
  };

  void run() {
    base::block_broken_pipe();  // OpenSSL writes without MSG_NOSIGNAL, and CURLOPT_NOSIGNAL leaves it to us
    for (;;) {
      start_waiting();
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish_done();
      const auto pause = until_next_look();
      if (!pause) break;
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(pause->count()), nullptr);
    }
    abort_all();
  }

  /// How long to sleep if no socket, timer or submit() wakes us; nothing: it is time to end.
  std::optional<milliseconds> until_next_look() {
    constexpr milliseconds longest = std::chrono::minutes{1};
    auto inbox = inbox_.lock();
    const bool more_to_start = !inbox->waiting.empty() && active_.size() < options_.max_transfers;
    if (!inbox->stopping) return more_to_start ? milliseconds{0} : longest;
    if (inbox->waiting.empty() && active_.empty()) return std::nullopt;
    const auto now = std::chrono::steady_clock::now();
    if (inbox->abort_at <= now) return std::nullopt;
    if (more_to_start) return milliseconds{0};
    if (inbox->abort_at - now > longest) return longest;  // before ceil, which a far deadline overflows
    return std::chrono::ceil<milliseconds>(inbox->abort_at - now);
  }

  void start_waiting() {
    while (active_.size() < options_.max_transfers) {
      std::unique_ptr<Transfer> transfer;
      {
        auto inbox = inbox_.lock();
        if (inbox->waiting.empty()) return;
        transfer = std::move(inbox->waiting.front());
        inbox->waiting.pop_front();
      }
      start(std::move(transfer));
    }
  }

  void start(std::unique_ptr<Transfer> transfer) {
    if (auto checked = check(transfer->request); !checked) return transfer->done(std::unexpected(checked.error()));
    transfer->easy = take_easy();
    CURL* easy = transfer->easy.get();
    transfer->headers = header_list(transfer->request);
    set_up_protocol(easy);
    set_up_tls(easy, options_.tls);
    set_up_request(easy, transfer->request);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers.get());
    set_up_answer(easy, *transfer);
    if (const CURLMcode code = curl_multi_add_handle(multi_, easy); code != CURLM_OK) {
      return transfer->done(base::fail("{}", curl_multi_strerror(code)));
    }
    active_.emplace(easy, std::move(transfer));
  }

  void finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message dies with the removal
      auto transfer = remove(active_.find(message->easy_handle));
      auto result = outcome(*transfer, code);
      give_back(std::move(transfer->easy));
      transfer->done(std::move(result));
    }
  }

  void abort_all() {
    while (!active_.empty()) remove(active_.begin())->done(base::fail("{}", aborted_text));
    std::deque<std::unique_ptr<Transfer>> waiting;
    waiting.swap(inbox_.lock()->waiting);
    for (auto& transfer : waiting) transfer->done(base::fail("{}", aborted_text));
  }

  using Active = std::unordered_map<CURL*, std::unique_ptr<Transfer>>;

  std::unique_ptr<Transfer> remove(Active::iterator at) {
    auto transfer = std::move(at->second);
    active_.erase(at);
    curl_multi_remove_handle(multi_, transfer->easy.get());
    return transfer;
  }

  Easy take_easy() {
    if (idle_.empty()) {
      Easy easy(curl_easy_init());
      if (!easy) throw std::bad_alloc();
      return easy;
    }
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void give_back(Easy easy) {
    curl_easy_reset(easy.get());
    idle_.push_back(std::move(easy));
  }

  const Options options_;
  CURLM* multi_ = nullptr;
  base::Guarded<Inbox> inbox_;
  Active active_;           // the thread's own, as is the next
  std::vector<Easy> idle_;  // at most max_transfers
  std::mutex join_mutex_;
  std::thread thread_;
};

HttpClient::HttpClient(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;

bool HttpClient::submit(Request request, Completion done) {
  return impl_->submit(std::move(request), std::move(done));
}

void HttpClient::stop(base::SteadyTime deadline) {
  impl_->stop(deadline);
}

}  // namespace trackalert::net
