// SPDX-License-Identifier: Apache-2.0
// What every transfer by libcurl wants in this process, whatever the protocol. Internal to this folder.
#pragma once

#include <curl/curl.h>

#include <memory>

#include "net/http_client.h"

namespace trackalert::net {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using CurlList = std::unique_ptr<curl_slist, ListCleanup>;

/// Once per process, before anything else of libcurl; any thread, any number of times.
void init_curl_once();
/// No signals, no sockets that a child inherits, no waiting for a resolver beyond the time limit.
void set_up_process(CURL* easy);
/// `tls` must outlive the transfer.
void set_up_tls(CURL* easy, const TlsClientOptions& tls);
/// Throws std::bad_alloc.
void append(CurlList& list, const std::string& line);

}  // namespace trackalert::net
