// SPDX-License-Identifier: Apache-2.0
#include "app/output_file.h"

#include <cerrno>

namespace trackalert::app {

base::Result<OutputFile> OutputFile::open(const std::string& file) {
  if (file == "-") return OutputFile(nullptr, "standard output");
  std::FILE* opened = std::fopen(file.c_str(), "we");
  if (opened == nullptr) return base::fail("cannot write {}: {}", file, base::error_text(errno));
  return OutputFile(opened, file);
}

void OutputFile::write(std::string_view text) {
  if (error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), own_ ? own_.get() : stdout) != text.size()) error_ = errno;
  written_ += text.size();
}

base::Result<void> OutputFile::finish() {
  const bool good = own_ ? std::fclose(own_.release()) == 0 : std::fflush(stdout) == 0;
  if (!good && error_ == 0) error_ = errno;
  if (error_ != 0) return base::fail("cannot write {}: {}", name_, base::error_text(error_));
  return {};
}

base::Result<void> write_whole(const std::string& file, std::string_view text) {
  auto out = OutputFile::open(file);
  if (!out) return std::unexpected(out.error());
  out->write(text);
  return out->finish();
}

}  // namespace trackalert::app
