// SPDX-License-Identifier: Apache-2.0
// What RocksDB has to say, in our log under -v, and in no file of its own: its writer of such a file ends the process
// when it is used again after a write that failed, as on a full disk (7.8 as Debian builds it).
#pragma once

#include <rocksdb/env.h>

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/log.h"

namespace trackalert::history::rocksdb {

/// Any thread. The log outlives it.
class EngineLog final : public ::rocksdb::Logger {
 public:
  explicit EngineLog(base::Log& log) : Logger(::rocksdb::InfoLogLevel::WARN_LEVEL), log_(log) {}

  using Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 1024> text{};
    if (std::vsnprintf(text.data(), text.size(), format, arguments) < 0) return;
    log_.debug("history: RocksDB: {}", base::escape_control(text.data()));
  }
  void LogHeader(const char* /*format*/, std::va_list /*arguments*/) override {}

 private:
  base::Log& log_;
};

}  // namespace trackalert::history::rocksdb
