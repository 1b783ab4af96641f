// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/survey.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "history/rocksdb/segment_check.h"
#include "history/rocksdb/synced.h"
#include "history/rocksdb/varint.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;

/// A copy of a database that may be opened like any other: RocksDB cannot open a damaged one without writing. Sorted
/// files are links, since nobody ever writes to them again.
class Shadow {
 public:
  explicit Shadow(const std::string& folder) : original_(folder + "/db"), copy_(folder + "/survey") {}
  ~Shadow() { remove(); }
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  /// Anew, if need be.
  base::Result<void> make() const {
    remove();
    std::error_code error;
    fs::create_directory(copy_, error);
    for (fs::directory_iterator at(original_, error), end; !error && at != end; at.increment(error)) {
      const auto name = at->path().filename().string();
      if (!at->is_regular_file() || name == "LOCK" || name.starts_with("LOG")) continue;
      if (at->path().extension() == ".sst") {
        fs::create_hard_link(at->path(), copy_ + "/" + name, error);
        if (!error) continue;
      }
      fs::copy_file(at->path(), copy_ + "/" + name, error);
    }
    if (error) return base::fail("history: cannot copy {} to look at it: {}", original_, error.message());
    return {};
  }
  [[nodiscard]] const std::string& folder() const { return copy_; }
  /// The same words about the original.
  [[nodiscard]] std::string about_original(std::string text) const {
    for (auto at = text.find(copy_); at != std::string::npos; at = text.find(copy_, at + original_.size())) {
      text.replace(at, copy_.size(), original_);
    }
    return text;
  }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(copy_, ignored);
  }
  const std::string original_;
  const std::string copy_;
};

/// The newest page's first sequence; 0 without any.
Sequence end_of_tail(const Store& store) {
  const auto it = store.iterate(Family::tail, false);
  it->SeekToLast();
  return it->Valid() ? get_big_endian<Sequence>(it->key().ToStringView()) : 0;
}

/// Looks at one thing after the other and notes what it finds.
class Surveyor {
 public:
  Surveyor(const Store& store, Survey& out) : store_(store), out_(out) {}

  void look(const std::string& folder) {
    look_at_files();
    const auto hasher = read_hasher(store_);
    const auto sealed = read_sealed(store_);
    if (!hasher || !sealed) {
      out_.keyless = true;
      note((hasher ? sealed.error() : hasher.error()).message);
      return;
    }
    const auto mode = store_.get(Family::meta, pseudonymise_name);
    out_.pseudonymise = mode && *mode == "on";
    look_at_segments(*hasher);
    look_at_tail(*hasher, std::max(sealed->to, out_.directory.last()));
    look_for_gaps();
    look_at_end(folder);
    for (const auto& header : out_.directory.segments) {
      out_.reports += header.rows;
      out_.covered += header.last - header.first + 1;
    }
    for (const auto& page : out_.tail) {
      out_.reports += page->offsets.size();
      out_.covered += page->span;
    }
  }

 private:
  void note(std::string text) { out_.damage.push_back(std::move(text)); }

  void look_at_files() {
    for (auto& file : store_.table_files()) {
      const auto whole = store_.verify(file);
      if (whole) continue;
      note(fmt::format("the file {} ({}) is damaged: {}", file.path, family_name(file.family), whole.error().message));
      switch (file.family) {
        case Family::logins:
        case Family::remotes:
          out_.indexes = true;
          break;
        case Family::profiles:
        case Family::trends:
        case Family::days:
          out_.derived = true;
          break;
        case Family::meta:
        case Family::tail:
        case Family::segments:
          out_.log_files = true;
          break;
      }
      out_.files.push_back(std::move(file));
    }
  }

  /// The ids that files of segments may hold.
  [[nodiscard]] std::pair<SegmentId, SegmentId> known_ids() const {
    SegmentId first = UINT32_MAX;
    SegmentId last = 0;
    for (const auto& file : store_.table_files()) {
      if (file.family != Family::segments || file.first.size() < sizeof(SegmentId)) continue;
      first = std::min(first, get_big_endian<SegmentId>(file.first));
      last = std::max(last, get_big_endian<SegmentId>(file.last));
    }
    return {first, last};
  }

  [[nodiscard]] bool lies_in_damaged_file(const std::string& key) const {
    return std::ranges::any_of(out_.files, [&](const Store::TableFile& file) {
      return file.family == Family::segments && file.first <= key && key <= file.last;
    });
  }

  void look_at_segments(const Hasher& hasher) {
    const auto [first, last] = known_ids();
    for (std::uint64_t number = first; number <= last; ++number) {
      const auto id = static_cast<SegmentId>(number);
      const auto key = page_key(id, 0);
      const auto value = store_.get(Family::segments, key);
      if (value && !value->has_value()) {
        if (lies_in_damaged_file(key)) lose(id, "its header is missing");
        continue;  // aged out
      }
      const auto header = value ? decode_header(id, value->value_or("")) : std::unexpected(value.error());
      if (!header) {
        lose(id, header.error().message);
        continue;
      }
      auto findings = check_segment(store_, hasher, *header);
      if (!findings.reports.empty()) {
        for (auto& finding : findings.reports) note(std::move(finding));
        note(describe({header->first, header->last, header->oldest, header->newest}) + " with their segment");
        out_.lost_segments.push_back(id);
        continue;
      }
      out_.indexes = out_.indexes || !findings.indexes.empty();
      for (auto& finding : findings.indexes) note(std::move(finding));
      out_.directory.segments.push_back(*header);
    }
  }

  void lose(SegmentId id, std::string_view why) {
    note(fmt::format("segment {} is lost: {}", id, why));
    out_.lost_segments.push_back(id);
  }

  void look_at_tail(const Hasher& hasher, Sequence sealed_to) {
    out_.last = sealed_to;
    const auto it = store_.iterate(Family::tail, false);
    for (it->Seek(tail_key(sealed_to + 1)); it->Valid(); it->Next()) {
      const auto first = get_big_endian<Sequence>(it->key().ToStringView());
      auto page = decode_tail_page(first, it->value().ToStringView(), hasher);
      if (!page) {
        note(page.error().message);
        out_.log_files = true;
        continue;
      }
      out_.last = first + (*page)->span - 1;
      out_.tail.push_back(std::move(*page));
    }
    if (!it->status().ok()) {
      note(storage_error("read the newest reports", it->status()).error().message);
      out_.log_files = true;
    }
  }

  void look_for_gaps() {
    const auto gaps = find_gaps(out_.directory, out_.tail, store_);
    if (!gaps) {
      note(gaps.error().message);
      return;
    }
    for (const auto& gap : *gaps) note(describe(gap));
  }

  void look_at_end(const std::string& folder) {
    const auto synced = Synced::open(folder + "/synced");
    if (!synced) return note(synced.error().message);
    out_.synced = synced->sequence();
    if (out_.synced > out_.last) {
      const Time newest = out_.tail.empty()
                              ? out_.directory.segments.empty() ? 0 : out_.directory.segments.back().newest
                              : out_.tail.back()->newest;
      note(describe({out_.last + 1, out_.synced, newest, 0}) + ": the newest that were on the disk");
    }
  }

  const Store& store_;
  Survey& out_;
};

}  // namespace

base::Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const std::string& folder, ::rocksdb::Env* env) {
  if (env == nullptr) env = ::rocksdb::Env::Default();
  std::error_code ignored;
  if (!fs::exists(folder + "/db", ignored)) return base::fail("history: there is none in {}", folder);
  ::rocksdb::FileLock* lock = nullptr;
  if (const auto status = env->LockFile(folder + "/db/LOCK", &lock); !status.ok()) {
    return base::fail("history: {} is in use by another process (only one may have it open)", folder);
  }
  return std::unique_ptr<DirectoryLock>(new DirectoryLock(env, lock));
}

DirectoryLock::~DirectoryLock() {
  env_->UnlockFile(lock_);
}

base::Result<Hasher> read_hasher(const Store& store) {
  Hasher::Key key{};
  const auto stored = store.get(Family::meta, hash_key_name);
  if (!stored) return std::unexpected(stored.error());
  const auto& value = *stored;
  if (!value || value->size() != key.size()) {
    return base::fail("history: the keys of {} cannot be read", store.folder());
  }
  std::memcpy(key.data(), value->data(), key.size());
  return Hasher(key);
}

base::Result<Survey> survey(const std::string& folder, ::rocksdb::Env* env, base::Log& log) {
  using Salvage = Store::Options::Salvage;
  Survey out;
  const Shadow shadow(folder);
  const auto open = [&](Salvage salvage) {
    return Store::open({.folder = shadow.folder(), .salvage = salvage, .env = env}, log);
  };
  // As a start would read it, to know where that ends.
  if (auto made = shadow.make(); !made) return std::unexpected(made.error());
  Sequence last_at_start = UINT64_MAX;
  if (const auto store = open(Salvage::to_first_damage)) {
    last_at_start = end_of_tail(**store);
  } else {
    out.damage.push_back(store.error().message);
    out.log_of_writes = true;
  }
  // And everything, for what lies behind damage is of interest too.
  if (auto made = shadow.make(); !made) return std::unexpected(made.error());
  const auto store = open(Salvage::all_readable);
  if (store) {
    Surveyor(**store, out).look(folder);
    if (last_at_start < end_of_tail(**store)) {
      out.damage.emplace_back("the database's log of writes is damaged before its end");
      out.log_of_writes = true;
    }
  } else {
    out.unreadable = true;
    if (out.damage.empty()) out.damage.push_back(store.error().message);
  }
  for (auto& line : out.damage) line = shadow.about_original(std::move(line));
  return out;
}

}  // namespace trackalert::history::rocksdb
