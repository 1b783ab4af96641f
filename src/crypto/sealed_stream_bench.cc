// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "crypto/sealed_stream.h"
#include "crypto/sodium.h"

namespace trackalert::crypto {
namespace {

/// A console frame of so many bytes, from the one who sends it to the one who reads it.
void console_frame(benchmark::State& state) {
  ensure_sodium();
  const auto key = Key::random();
  const auto ours = random_nonce();
  const auto theirs = random_nonce();
  SealedStream writer(key, ours, theirs);
  SealedStream reader(key, theirs, ours);
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    const auto frame = writer.seal(text);
    if (!frame || !reader.open(std::string_view(*frame).substr(frame_prefix_size))) {
      state.SkipWithError("a frame was refused");
      break;
    }
  }
}
BENCHMARK(console_frame)->Arg(64)->Arg(16'384);

}  // namespace
}  // namespace trackalert::crypto
