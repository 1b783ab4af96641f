// SPDX-License-Identifier: Apache-2.0
#include "logs/byte_source.h"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace trackalert::logs {
namespace {

/// Where the file is damaged, and how.
base::Error damage(const RawFile& file, std::string_view what) {
  return {fmt::format("{} is damaged at byte {}: {}", file.name(), file.used(), what)};
}

constexpr std::string_view breaks_off = "it ends in the middle of the compressed data";

class PlainBytes final : public ByteSource {
 public:
  explicit PlainBytes(RawFile& file) : file_(file) {}
  base::Result<std::size_t> read(std::span<char> out) override { return file_.read(out); }

 private:
  RawFile& file_;
};

/// What decoders have in common: bytes that were made before an error go first.
class Decoder : public ByteSource {
 public:
  explicit Decoder(RawFile& file) : file_(file) {}

  base::Result<std::size_t> read(std::span<char> out) final {
    std::size_t made = 0;
    while (made == 0 && !error_) {
      const auto input = file_.peek();
      if (!input) {
        error_ = input.error();
        break;
      }
      bool ended = false;
      made = step(*input, out, ended);
      if (ended) break;
    }
    if (made == 0 && error_) return std::unexpected(*error_);
    return made;
  }

 protected:
  /// Uses what it can of `input`, which is empty at the end of the file, and says how many bytes it made.
  virtual std::size_t step(std::span<const std::byte> input, std::span<char> out, bool& ended) = 0;
  [[nodiscard]] RawFile& file() { return file_; }
  void fail(std::string_view what) { error_ = damage(file_, what); }

 private:
  RawFile& file_;
  std::optional<base::Error> error_;
};

class GzipBytes final : public Decoder {
 public:
  explicit GzipBytes(RawFile& file) : Decoder(file) {
    constexpr int gzip_alone = 16;
    usable_ = inflateInit2(&stream_, MAX_WBITS + gzip_alone) == Z_OK;
  }
  ~GzipBytes() override {
    if (usable_) inflateEnd(&stream_);
  }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

 private:
  std::size_t step(std::span<const std::byte> input, std::span<char> out, bool& ended) override {
    if (!usable_) {
      fail("there is no memory to decompress it");
      return 0;
    }
    if (between_members_) {
      // Tapes and some tools fill up with zeros.
      const auto member = std::ranges::find_if(input, [](std::byte byte) { return byte != std::byte{0}; });
      const auto zeros = static_cast<std::size_t>(member - input.begin());
      file().use(zeros);
      input = input.subspan(zeros);
      if (input.empty()) {
        ended = zeros == 0;
        return 0;
      }
      inflateReset(&stream_);
      between_members_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));  // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), UINT32_MAX));
    const auto room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    file().use(input.size() - stream_.avail_in);
    const std::size_t made = room - stream_.avail_out;
    if (result == Z_STREAM_END) {
      between_members_ = true;
    } else if (result == Z_BUF_ERROR && input.empty()) {
      fail(breaks_off);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(stream_.msg != nullptr ? stream_.msg : "it is no gzip");
    }
    return made;
  }

  z_stream stream_{};
  bool usable_ = false;
  bool between_members_ = false;
};

class ZstdBytes final : public Decoder {
 public:
  explicit ZstdBytes(RawFile& file) : Decoder(file), stream_(ZSTD_createDStream()) {
    // What zstd itself takes without being told to: a frame may ask for 128 MiB of memory.
    constexpr int most_window_log = 27;
    if (stream_) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, most_window_log);
  }

 private:
  std::size_t step(std::span<const std::byte> input, std::span<char> out, bool& ended) override {
    if (!stream_) {
      fail("there is no memory to decompress it");
      return 0;
    }
    if (input.empty() && between_frames_) {
      ended = true;
      return 0;
    }
    // Not more than is asked for, which ends with a block: of a call that fails, nothing is told that it made before.
    ZSTD_inBuffer in{input.data(), std::min(input.size(), wanted_), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const auto result = ZSTD_decompressStream(stream_.get(), &to, &in);
    file().use(in.pos);
    if (ZSTD_isError(result) != 0) {
      fail(ZSTD_getErrorName(result));
    } else if (input.empty() && to.pos == 0) {
      fail(breaks_off);
    }
    between_frames_ = result == 0;
    wanted_ = between_frames_ ? least_wanted : result;
    return to.pos;
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  static constexpr std::size_t least_wanted = 4;  ///< the magic number of a frame
  const std::unique_ptr<ZSTD_DStream, Free> stream_;
  std::size_t wanted_ = least_wanted;
  bool between_frames_ = false;
};

bool starts_with(std::span<const std::byte> bytes, std::initializer_list<unsigned> magic) {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic, {}, [](std::byte byte) {
           return std::to_integer<unsigned>(byte);
         });
}

bool is_gzip(std::span<const std::byte> bytes) {
  return starts_with(bytes, {0x1f, 0x8b});
}

/// A frame, or one to be skipped, which some tools put first.
bool is_zstd(std::span<const std::byte> bytes) {
  if (starts_with(bytes, {0x28, 0xb5, 0x2f, 0xfd})) return true;
  return bytes.size() >= 4 && (bytes[0] & std::byte{0xf0}) == std::byte{0x50} &&
         starts_with(bytes.subspan(1), {0x2a, 0x4d, 0x18});
}

}  // namespace

RawFile::RawFile(base::Descriptor file, std::string name)
    : file_(std::move(file)), name_(std::move(name)), block_(std::size_t{128} << 10) {}

base::Result<std::size_t> RawFile::read_file(void* out, std::size_t bytes) {
  for (;;) {
    const auto got = ::read(file_.get(), out, bytes);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return base::fail("cannot read {}: {}", name_, base::error_text(errno));
  }
}

base::Result<std::span<const std::byte>> RawFile::peek() {
  return peek_at_least(1);
}

base::Result<std::span<const std::byte>> RawFile::peek_at_least(std::size_t bytes) {
  if (begin_ == end_) begin_ = end_ = 0;
  while (end_ - begin_ < bytes) {
    const auto got = read_file(block_.data() + end_, block_.size() - end_);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    end_ += *got;
  }
  return std::span(block_).subspan(begin_, end_ - begin_);
}

void RawFile::use(std::size_t bytes) {
  begin_ += bytes;
  used_ += bytes;
}

base::Result<std::size_t> RawFile::read(std::span<char> out) {
  auto got = std::min(out.size(), end_ - begin_);
  if (got > 0) {
    std::memcpy(out.data(), block_.data() + begin_, got);
    begin_ += got;
  } else {
    const auto read = read_file(out.data(), out.size());
    if (!read) return read;
    got = *read;
  }
  used_ += got;
  return got;
}

base::Result<std::unique_ptr<ByteSource>> open_bytes(RawFile& file) {
  constexpr std::size_t magic_bytes = 4;
  const auto first = file.peek_at_least(magic_bytes);
  if (!first) return std::unexpected(first.error());
  if (is_gzip(*first)) return std::make_unique<GzipBytes>(file);
  if (is_zstd(*first)) return std::make_unique<ZstdBytes>(file);
  return std::make_unique<PlainBytes>(file);
}

}  // namespace trackalert::logs
