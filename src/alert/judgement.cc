// SPDX-License-Identifier: Apache-2.0
#include "alert/judgement.h"

namespace trackalert::alert {

std::size_t Judgement::memory_bytes() const {
  std::size_t bytes = findings.capacity() * sizeof(detect::Finding);
  for (const auto& finding : findings) {
    bytes += finding.key.capacity() + finding.message.capacity();
    for (const auto* names : {&finding.sources, &finding.logins, &finding.taken}) {
      for (const auto& name : *names) bytes += sizeof(std::string) + name.capacity();
    }
    for (const auto& piece : finding.evidence) {
      bytes += sizeof piece + piece.name.capacity() + piece.usual.capacity();
    }
  }
  return bytes;
}

}  // namespace trackalert::alert
