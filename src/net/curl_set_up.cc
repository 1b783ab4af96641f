// SPDX-License-Identifier: Apache-2.0
#include "net/curl_set_up.h"

#include <sys/socket.h>

#include <new>

namespace trackalert::net {
namespace {

/// libcurl's own sockets would stay open in what Lua starts with os.execute().
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

void init_curl_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::bad_alloc();  // the only cause left once the libraries are loaded
}

void set_up_process(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Without it a transfer that runs out of time while the name is looked up would hold the whole thread until the
  // resolver gives up, and with it everybody else's transfers. The look-up's own thread stays until then.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

void set_up_tls(CURL* easy, const TlsClientOptions& tls) {
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.verify_peer ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.verify_host ? 2L : 0L);
  if (!tls.ca_bundle_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_bundle_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // the file replaces the system's directory too
  }
  if (!tls.client_cert_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.client_cert_file.c_str());
  if (!tls.client_key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.client_key_file.c_str());
}

void append(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

}  // namespace trackalert::net
