// SPDX-License-Identifier: Apache-2.0
// A listener's TLS settings, as an OpenSSL context.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "net/http_server.h"

namespace trackalert::net {

/// TLS 1.2 and better unless the commands say otherwise. An error names the file or the command.
[[nodiscard]] base::Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsOptions& options);

}  // namespace trackalert::net
