// SPDX-License-Identifier: Apache-2.0
// How far a follower has come: a file with a JSON object for each input. Only one follower may have it.
//
// Threads: one.
#pragma once

#include <map>
#include <string>

#include "app/followed.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace trackalert::app {

class FollowState {
 public:
  /// An error: it cannot be read or written, or another process has it.
  static base::Result<FollowState> open(const std::string& file);

  /// Null if none is kept. Valid until the next note().
  [[nodiscard]] const base::JsonValue* place(const std::string& input) const;
  void note(const std::string& input, Followed& followed);
  /// In one step: the file is the old one or the new one.
  [[nodiscard]] base::Result<void> save();

 private:
  FollowState(std::string file, base::Descriptor lock) : file_(std::move(file)), lock_(std::move(lock)) {}
  std::string file_;
  base::Descriptor lock_;
  std::map<std::string, std::string> lines_;  ///< by input
  std::map<std::string, base::JsonValue> places_;
  std::string written_;
};

}  // namespace trackalert::app
