// SPDX-License-Identifier: Apache-2.0
// A line of JSON in the Elastic Common Schema for each alert, appended to a file that Filebeat or the like reads. The
// file is opened for each message, so that one that logrotate has moved away needs no signal; a pipe or a device is
// none, for it could block. A line is in it whole or not at all.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "channel/ecs_json.h"
#include "channel/kind.h"

namespace trackalert::channel {
namespace {

/// Appends, or leaves the file as it was.
base::Result<void> append(const std::string& file, std::string_view text) {
  constexpr mode_t mode = 0640;
  const base::Descriptor fd(
      ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode));
  if (!fd.valid()) return base::fail("cannot open the file: {}", base::error_text(errno));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::fail("cannot look at the file: {}", base::error_text(errno));
  if (!S_ISREG(status.st_mode)) return base::fail("it is no regular file");
  const auto written = ::write(fd.get(), text.data(), text.size());
  if (std::cmp_equal(written, text.size())) return {};
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0 && ::ftruncate(fd.get(), status.st_size) != 0) {
    return base::fail("cannot write, and half a line stays: {}", base::error_text(errno));
  }
  return base::fail("cannot write: {}", base::error_text(error));
}

class EcsChannel final : public Channel {
 public:
  explicit EcsChannel(std::string file) : file_(std::move(file)) {}

  void deliver(Message message, Done done) override {
    std::string text;
    for (const auto& item : message.items) text += ecs_line(item, message, {}) + "\n";
    const auto written = append(file_, text);
    done(written ? Outcome{} : failed(written.error().message));
  }
  void stop(base::SteadyTime /*deadline*/) override {}

 private:
  const std::string file_;
};

}  // namespace

KindRow ecs_kind() {
  return {
      .name = "ecs",
      .help = "A line of JSON in the Elastic Common Schema, appended to a file.",
      .keys = {{"file", KeyType::text, true, "its absolute name; it is made with mode 0640"}},
      .at_once = 16,
      .acts = false,
      .digests = [](const Values&) { return false; },
      .check = [](const Values& values) -> base::Result<void> {
        if (!values.text("file").starts_with('/')) return base::fail("file is an absolute name");
        return {};
      },
      .make = [](const Values& values, const Ground&) -> base::Result<std::unique_ptr<Channel>> {
        return std::make_unique<EcsChannel>(values.text("file"));
      },
  };
}

}  // namespace trackalert::channel
