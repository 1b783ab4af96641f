// SPDX-License-Identifier: Apache-2.0
// What a follower reads lines from as they come: a file or the journal, with a place that can be kept.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/result.h"

namespace trackalert::app {

class Followed {
 public:
  virtual ~Followed() = default;
  /// The next whole line, valid until the next call; nothing: there is none at present. An error: it cannot be read at
  /// present.
  virtual base::Result<std::optional<std::string_view>> next() = 0;
  /// Adds the members that say where the line after the last one begins, or the first. False: there is no such place
  /// yet.
  virtual bool write_place(base::JsonWriter& json) = 0;
  /// What somebody should know, once; mostly empty.
  virtual std::string take_notice() = 0;
  /// Readable when there is more; -1: look now and then.
  [[nodiscard]] virtual int descriptor() const { return -1; }
};

struct FollowStart {
  const base::JsonValue* place = nullptr;  ///< as write_place() wrote it; null: none is kept
  bool at_begin = false;                   ///< without a place: all that is there, and not only what comes
};

/// A file's name, or "journal" or "journal:UNIT".
[[nodiscard]] std::unique_ptr<Followed> follow(const std::string& input, const FollowStart& start);
[[nodiscard]] bool is_journal(std::string_view input);

}  // namespace trackalert::app
