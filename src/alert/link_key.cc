// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "alert/signed_link.h"
#include "base/descriptor.h"

namespace trackalert::alert {
namespace {

constexpr mode_t own_eyes_only = 0600;
constexpr mode_t of_others = 0077;

/// Nothing: there is no such file.
base::Result<std::optional<crypto::Key>> read_key(const std::string& file) {
  const base::Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    const int error = errno;
    if (error == ENOENT) return std::nullopt;
    return base::fail("cannot read {}: {}", file, base::error_text(error));
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::fail("cannot read {}: {}", file, base::error_text(errno));
  if (!S_ISREG(status.st_mode)) return base::fail("{} is no file", file);
  if ((status.st_mode & of_others) != 0) return base::fail("{} may be read by others: chmod 600 it", file);
  std::array<char, 128> text{};
  const auto size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return base::fail("cannot read {}: {}", file, base::error_text(errno));
  std::string_view content(text.data(), static_cast<std::size_t>(size));
  if (content.ends_with('\n')) content.remove_suffix(1);
  auto key = crypto::Key::from_base64(content);
  if (!key) return base::fail("{}: {}", file, key.error().message);
  return std::optional(*key);
}

/// Whole under another name first: nobody finds half a key, whenever the process ends.
base::Result<void> write_key(const std::string& file, const crypto::Key& key) {
  auto draft = file + ".XXXXXX";
  const base::Descriptor fd(::mkostemp(draft.data(), O_CLOEXEC));
  if (!fd.valid()) return base::fail("cannot write {}: {}", file, base::error_text(errno));
  const auto text = key.to_base64() + "\n";
  const bool written = ::fchmod(fd.get(), own_eyes_only) == 0 &&
                       ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd.get()) == 0 && ::link(draft.c_str(), file.c_str()) == 0;
  const int error = errno;
  ::unlink(draft.c_str());
  if (!written && error != EEXIST) return base::fail("cannot write {}: {}", file, base::error_text(error));
  return {};
}

}  // namespace

base::Result<crypto::Key> open_link_key(const std::string& folder) {
  const auto file = folder + "/" + link_key_file;
  auto known = read_key(file);
  if (known && !*known) {
    if (auto written = write_key(file, crypto::Key::random()); !written) return std::unexpected(written.error());
    known = read_key(file);
  }
  if (!known) return std::unexpected(known.error());
  const auto& key = *known;
  if (!key) return base::fail("cannot read {}: it is gone", file);
  return *key;
}

}  // namespace trackalert::alert
