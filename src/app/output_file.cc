// SPDX-License-Identifier: Apache-2.0
#include "app/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/descriptor.h"

namespace trackalert::app {

base::Result<OutputFile> OutputFile::open(const std::string& file, Readers readers) {
  if (file == "-") return OutputFile(nullptr, "standard output");
  const auto cannot = [&file] { return base::fail("cannot write {}: {}", file, base::error_text(errno)); };
  const mode_t mode = readers == Readers::owner ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  base::Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!descriptor.valid()) return cannot();
  std::FILE* opened = ::fdopen(descriptor.get(), "w");
  if (opened == nullptr) return cannot();
  (void)descriptor.release();
  return OutputFile(opened, file);
}

void OutputFile::write(std::string_view text) {
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stream()) != text.size()) error_ = errno;
  written_ += text.size();
}

base::Result<void> OutputFile::finish() {
  const bool good = own_ ? std::fclose(own_.release()) == 0 : std::fflush(stdout) == 0;
  if (!good && error_ == 0) error_ = errno;
  if (error_ != 0) return base::fail("cannot write {}: {}", name_, base::error_text(error_));
  return {};
}

base::Result<void> write_whole(const std::string& file, std::string_view text, OutputFile::Readers readers) {
  auto out = OutputFile::open(file, readers);
  if (!out) return std::unexpected(out.error());
  out->write(text);
  return out->finish();
}

}  // namespace trackalert::app
