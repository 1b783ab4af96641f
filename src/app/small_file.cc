// SPDX-License-Identifier: Apache-2.0
#include "app/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/descriptor.h"
#include "logs/line_source.h"

namespace trackalert::app {
namespace {

base::Result<void> write_synced(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return base::fail("{}", base::error_text(errno));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(fd) != 0) return base::fail("{}", base::error_text(errno));
  return {};
}

}  // namespace

base::Result<void> write_in_one_step(const std::string& file, std::string_view text) {
  const auto cannot = [&file](const std::string& reason) { return base::fail("cannot write {}: {}", file, reason); };
  const auto next = file + ".new";
  // A new file: whoever else can write to the folder may have put a link there that leads elsewhere.
  if (::unlink(next.c_str()) != 0 && errno != ENOENT) return cannot(base::error_text(errno));
  {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const base::Descriptor out(::open(next.c_str(), flags, S_IRUSR | S_IWUSR));
    if (!out.valid()) return cannot(base::error_text(errno));
    if (const auto written = write_synced(out.get(), text); !written) return cannot(written.error().message);
  }
  if (std::rename(next.c_str(), file.c_str()) != 0) return cannot(base::error_text(errno));
  const auto folder = std::filesystem::path(file).parent_path();
  const base::Descriptor in(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (in.valid()) ::fsync(in.get());  // best effort: without it, a power cut may bring the old text back
  return {};
}

base::Result<void> read_json_lines(const std::string& file,
                                   const std::function<void(std::string_view line, base::JsonValue value)>& each) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  const auto lines = logs::LineSource::open(file);
  if (!lines) return std::unexpected(lines.error());
  for (;;) {
    const auto line = (*lines)->next();
    if (!line) return std::unexpected(line.error());
    const auto& text = *line;
    if (!text) return {};
    auto value = base::parse_json(*text);
    if (!value) return base::fail("{} is damaged in line {}", file, (*lines)->lines());
    each(*text, std::move(*value));
  }
}

}  // namespace trackalert::app
