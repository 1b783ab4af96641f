// SPDX-License-Identifier: Apache-2.0
#include "console/frame.h"

#include <array>

#include "crypto/sealed_stream.h"

namespace trackalert::console {
namespace {

FrameIo inside_frame(Io io) {
  switch (io) {
    case Io::done:
      return FrameIo::done;
    case Io::end:
      return FrameIo::cut;
    case Io::timed_out:
      return FrameIo::stalled;
    case Io::stopped:
      return FrameIo::stopped;
    case Io::failed:
      break;
  }
  return FrameIo::failed;
}

}  // namespace

FrameIo read_frame(Socket& socket, Deadline begins, std::chrono::milliseconds whole, std::string& ciphertext) {
  if (const Io io = socket.wait_readable(begins); io != Io::done)
    return io == Io::timed_out ? FrameIo::idle : inside_frame(io);

  const Deadline ends = deadline_in(whole);
  std::array<char, crypto::frame_prefix_size> prefix{};
  std::size_t got = 0;
  if (const Io io = socket.read(prefix, ends, &got); io != Io::done)
    return io == Io::end && got == 0 ? FrameIo::end : inside_frame(io);

  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(prefix[i]); };
  const std::size_t length = static_cast<std::size_t>(byte(0) << 8 | byte(1));
  if (length < crypto::mac_size) return FrameIo::too_short;
  ciphertext.resize(length);
  return inside_frame(socket.read(ciphertext, ends));
}

}  // namespace trackalert::console
