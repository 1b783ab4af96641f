// SPDX-License-Identifier: Apache-2.0
// The framing of the console protocol on a socket, for both sides: 2 bytes of length, then that much ciphertext.
#pragma once

#include <chrono>
#include <string>

#include "console/socket.h"

namespace trackalert::console {

enum class FrameIo {
  done,
  end,        ///< the peer closed before a frame began
  idle,       ///< no frame began in time
  cut,        ///< the peer closed inside a frame
  stalled,    ///< a frame began and did not end in time
  too_short,  ///< a length that cannot hold a message
  stopped,    ///< the stop signal was raised
  failed,     ///< see Socket::error_number()
};

/// Reads one frame's ciphertext into `ciphertext`; never allocates more than the two bytes of length can say. It must
/// begin by `begins`, and be complete `whole` later.
[[nodiscard]] FrameIo read_frame(Socket& socket, Deadline begins, std::chrono::milliseconds whole,
                                 std::string& ciphertext);

}  // namespace trackalert::console
