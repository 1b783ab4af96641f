// SPDX-License-Identifier: Apache-2.0
// A listener's TLS settings, as an OpenSSL context.
#pragma once

#include <openssl/types.h>

#include <chrono>
#include <memory>

#include "base/result.h"
#include "net/http_server.h"

namespace trackalert::net {

/// Never changed once made, so that any thread may begin sessions with it.
using TlsContext = std::shared_ptr<SSL_CTX>;

/// TLS 1.2 and better unless the commands say otherwise. An error names the file or the command.
[[nodiscard]] base::Result<TlsContext> make_tls_context(const TlsOptions& options);

/// When its own certificate ends.
[[nodiscard]] std::chrono::sys_seconds expiry_of(const TlsContext& context);

}  // namespace trackalert::net
