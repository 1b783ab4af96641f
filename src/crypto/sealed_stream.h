// SPDX-License-Identifier: Apache-2.0
// The console protocol's cryptography, without its sockets.
//
// Each side sends a random nonce of 24 bytes, the client first. A direction's nonce is made of the first half of its
// reader's nonce and the second half of its writer's; after every message its first 4 bytes, a big-endian counter, go
// up by one. A message travels as a frame: its ciphertext's length in 2 bytes, big-endian, then the ciphertext
// (crypto_secretbox_easy: XSalsa20 and Poly1305, 16 bytes of MAC first).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/console_key.h"

namespace trackalert::crypto {

inline constexpr std::size_t mac_size = 16;
inline constexpr std::size_t frame_prefix_size = 2;
inline constexpr std::size_t max_ciphertext = 65535;
inline constexpr std::size_t max_plaintext = max_ciphertext - mac_size;

using Nonce = std::array<std::uint8_t, 24>;

[[nodiscard]] Nonce random_nonce();

/// Both directions of one connection, seen from one side. Not thread safe.
class SealedStream {
 public:
  SealedStream(const Key& key, const Nonce& own, const Nonce& peer);

  /// From the next message on, in both directions. The nonces go on.
  void set_key(const Key& key) { key_ = key; }

  /// A frame ready to send. Fails without effect when the plaintext is longer than max_plaintext, and after 2^32
  /// messages, when a nonce would be used again.
  [[nodiscard]] base::Result<std::string> seal(std::string_view plaintext);

  /// The plaintext of a received frame without its length prefix. Fails without effect on anything but what the peer
  /// sealed next with the same key.
  [[nodiscard]] base::Result<std::string> open(std::string_view ciphertext);

 private:
  struct Direction {
    Nonce nonce;
    std::uint64_t messages = 0;

    [[nodiscard]] bool exhausted() const { return messages >> 32 != 0; }
    void advance();
  };

  Key key_;
  Direction write_;
  Direction read_;
};

}  // namespace trackalert::crypto
