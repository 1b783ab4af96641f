// SPDX-License-Identifier: Apache-2.0
#include "app/follow_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "app/small_file.h"

namespace trackalert::app {

base::Result<FollowState> FollowState::open(const std::string& file) {
  const auto lock_name = file + ".lock";
  base::Descriptor lock(::open(lock_name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!lock.valid()) return base::fail("cannot write {}: {}", lock_name, base::error_text(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return base::fail("{} is in use by another follower", file);
  FollowState state(file, std::move(lock));
  const auto read = read_json_lines(file, [&state](std::string_view line, base::JsonValue value) {
    const auto* input = value.find("input");
    if (input == nullptr || input->as_string() == nullptr) return;
    const std::string name = *input->as_string();
    state.lines_[name] = line;
    state.places_.insert_or_assign(name, std::move(value));
  });
  if (!read) return std::unexpected(read.error());
  return state;
}

const base::JsonValue* FollowState::place(const std::string& input) const {
  const auto at = places_.find(input);
  return at == places_.end() ? nullptr : &at->second;
}

void FollowState::note(const std::string& input, Followed& followed) {
  base::JsonWriter json;
  json.begin_object().key("input").value(input);
  if (!followed.write_place(json)) return;
  lines_[input] = std::move(json.end_object()).text();
}

base::Result<void> FollowState::save() {
  std::string text;
  for (const auto& [input, line] : lines_) text += line + '\n';
  if (text == written_) return {};
  if (auto saved = write_in_one_step(file_, text); !saved) return saved;
  written_ = std::move(text);
  return {};
}

}  // namespace trackalert::app
