// SPDX-License-Identifier: Apache-2.0
// A disk for tests that is full whenever they say so: what is written then fails as it would, what is read does not. Or
// one that takes everything, and then says that it could not keep it.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

namespace trackalert::history::rocksdb {

class FailingDisk {
 public:
  FailingDisk() : env_(::rocksdb::NewCompositeEnv(std::make_shared<Files>(full_, unsure_, free_))) {}
  [[nodiscard]] ::rocksdb::Env* env() const { return env_.get(); }
  void set_full(bool full) { *full_ = full; }
  /// Whether a sync fails. What it was to keep may be kept nevertheless, and here is.
  void set_unsure(bool unsure) { *unsure_ = unsure; }
  /// What it says is free; it takes more nevertheless.
  void set_free(std::uint64_t bytes) { *free_ = bytes; }

 private:
  using Flag = std::shared_ptr<std::atomic<bool>>;
  using Bytes = std::shared_ptr<std::atomic<std::uint64_t>>;
  static ::rocksdb::IOStatus no_space() { return ::rocksdb::IOStatus::NoSpace("No space left on device"); }

  class File final : public ::rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<::rocksdb::FSWritableFile> file, Flag full, Flag unsure)
        : FSWritableFileOwnerWrapper(std::move(file)), full_(std::move(full)), unsure_(std::move(unsure)) {}
    ::rocksdb::IOStatus Append(const ::rocksdb::Slice& data, const ::rocksdb::IOOptions& options,
                               ::rocksdb::IODebugContext* debug) override {
      return *full_ ? torn(data, options, debug) : FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    ::rocksdb::IOStatus Append(const ::rocksdb::Slice& data, const ::rocksdb::IOOptions& options,
                               const ::rocksdb::DataVerificationInfo& /*check*/,
                               ::rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    ::rocksdb::IOStatus Sync(const ::rocksdb::IOOptions& options, ::rocksdb::IODebugContext* debug) override {
      return *unsure_ ? ::rocksdb::IOStatus::IOError("Input/output error")
                      : FSWritableFileOwnerWrapper::Sync(options, debug);
    }

   private:
    /// Half of it still fits, as on a real disk.
    ::rocksdb::IOStatus torn(const ::rocksdb::Slice& data, const ::rocksdb::IOOptions& options,
                             ::rocksdb::IODebugContext* debug) {
      const ::rocksdb::Slice half(data.data(), data.size() / 2);
      if (auto done = FSWritableFileOwnerWrapper::Append(half, options, debug); !done.ok()) return done;
      return no_space();
    }
    const Flag full_;
    const Flag unsure_;
  };

  class Files final : public ::rocksdb::FileSystemWrapper {
   public:
    Files(Flag full, Flag unsure, Bytes free)
        : FileSystemWrapper(::rocksdb::FileSystem::Default()),
          full_(std::move(full)),
          unsure_(std::move(unsure)),
          free_(std::move(free)) {}
    const char* Name() const override { return "FailingDisk"; }
    ::rocksdb::IOStatus NewWritableFile(const std::string& name, const ::rocksdb::FileOptions& options,
                                        std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                        ::rocksdb::IODebugContext* debug) override {
      // On a full disk as well: a name needs no block of its own.
      std::unique_ptr<::rocksdb::FSWritableFile> real;
      auto opened = FileSystemWrapper::NewWritableFile(name, options, &real, debug);
      if (opened.ok()) *file = std::make_unique<File>(std::move(real), full_, unsure_);
      return opened;
    }
    ::rocksdb::IOStatus GetFreeSpace(const std::string& path, const ::rocksdb::IOOptions& options, std::uint64_t* space,
                                     ::rocksdb::IODebugContext* debug) override {
      auto looked = FileSystemWrapper::GetFreeSpace(path, options, space, debug);
      *space = *full_ ? 0 : std::min(*space, free_->load());
      return looked;
    }

   private:
    const Flag full_;
    const Flag unsure_;
    const Bytes free_;
  };

  Flag full_ = std::make_shared<std::atomic<bool>>(false);
  Flag unsure_ = std::make_shared<std::atomic<bool>>(false);
  Bytes free_ = std::make_shared<std::atomic<std::uint64_t>>(UINT64_MAX);
  std::unique_ptr<::rocksdb::Env> env_;
};

}  // namespace trackalert::history::rocksdb
