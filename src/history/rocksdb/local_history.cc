// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/local_history.h"

#include <fmt/chrono.h>
#include <sodium/randombytes.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "crypto/sodium.h"
#include "history/rocksdb/row.h"
#include "history/time_text.h"

namespace trackalert::history::rocksdb {
namespace {

constexpr std::string_view format_key = "format";
constexpr std::string_view format = "1";
constexpr std::string_view pseudonym_key = "pseudonym_key";
constexpr std::size_t pseudonym_key_bytes = 32;
constexpr std::size_t rows_a_page = 256;
constexpr std::size_t counted_together = 16;  // what these touch fits into the nearer caches
constexpr std::size_t bytes_a_page = std::size_t{256} << 10;

// How the memory is shared out. The tail counts twice: one is filled while the other is sealed. One share is left for
// what the allocator rounds up, and for files while they are made.
constexpr std::size_t share = 17;
constexpr std::size_t cache_shares = 3;
constexpr std::size_t write_buffer_shares = 2;
constexpr std::size_t tail_shares = 1;
constexpr std::size_t profile_shares = 4;
constexpr std::size_t trend_shares = 5;

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

base::Result<void> make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return base::fail("history: cannot make the directory {}: {}", folder, error.message());
  if (::chmod(folder.c_str(), 0700) != 0 && errno != EPERM) {
    return base::fail("history: cannot make {} private: {}", folder, base::error_text(errno));
  }
  return {};
}

/// Whether a stored profile was last touched before `before`.
bool profile_is_older(std::string_view value, Time before) {
  const auto stored = WriteBackCache<Profile>::decode(value);
  return stored && !stored->value.empty() && stored->value.total().last < before;
}

/// New keys would make strangers of the logins that lie there.
bool is_empty(const Store& store) {
  return std::ranges::none_of(std::array{Family::tail, Family::segments, Family::profiles}, [&](Family family) {
    const auto it = store.iterate(family, false);
    it->SeekToFirst();
    return it->Valid() || !it->status().ok();
  });
}

/// What to do about a directory that does not open as it is.
base::Error damaged(const base::Error& error, const std::string& folder) {
  auto reason = error.message.substr(error.message.starts_with("history: ") ? 9 : 0);
  // RocksDB looks for a missing file under an old name too, and speaks of that one.
  if (const auto at = reason.find(".ldb"); at != std::string::npos) reason.replace(at, 4, ".sst");
  return {
      fmt::format("history: {} is damaged: {}. `trackalert history check` says more, `trackalert history repair` "
                  "goes on without what is lost",
                  folder, reason)};
}

/// Of RocksDB's own words, what an operator can do something with.
base::Error clearer(const base::Error& error, const std::string& folder) {
  const auto says = [&error](std::string_view text) { return error.message.find(text) != std::string::npos; };
  if (says("While lock file") || says("lock hold by current process")) {
    return {fmt::format("history: {} is in use by another process (only one may have it open)", folder)};
  }
  if (says("Corruption") || says("No such file")) return damaged(error, folder);
  return error;
}

}  // namespace

struct LocalHistory::Secrets {
  Hasher::Key hash{};
  std::string pseudonym;
};

base::Result<LocalHistory::Secrets> LocalHistory::read_secrets(Store& store, bool fixed) {
  Secrets secrets;
  const auto stored = store.get(Family::meta, format_key);
  if (!stored) return std::unexpected(stored.error());
  const auto& known = *stored;
  if (known && *known != format) {
    return base::fail("history: {} has format {}, this program reads {}", store.folder(), *known, format);
  }
  if (!known) {
    if (!is_empty(store)) return base::fail("history: Corruption: the keys of {} are missing", store.folder());
    const auto bytes = [fixed](std::size_t size) { return fixed ? std::string(size, '\x5a') : random_bytes(size); };
    Store::Batch batch(store);
    batch.put(Family::meta, hash_key_name, bytes(secrets.hash.size()));
    batch.put(Family::meta, pseudonym_key, bytes(pseudonym_key_bytes));
    batch.put(Family::meta, format_key, format);
    if (auto written = store.write(batch, true); !written) return std::unexpected(written.error());
  }
  const auto hash = store.get(Family::meta, hash_key_name).value_or(std::nullopt);
  const auto pseudonym = store.get(Family::meta, pseudonym_key).value_or(std::nullopt);
  if (!hash || !pseudonym || hash->size() != secrets.hash.size()) {
    return base::fail("history: the keys of {} cannot be read", store.folder());
  }
  std::memcpy(secrets.hash.data(), hash->data(), secrets.hash.size());
  secrets.pseudonym = *pseudonym;
  return secrets;
}

base::Result<std::unique_ptr<LocalHistory>> LocalHistory::open(Setup setup, const base::Clock& clock, base::Log& log,
                                                               metrics::Registry& registry) {
  crypto::ensure_sodium();
  const auto folder = setup.options.folder;
  if (auto made = make_folder(folder); !made) return std::unexpected(made.error());
  auto held = take_hold(setup, clock, log);
  if (!held) return std::unexpected(clearer(held.error(), folder));
  auto secrets = read_secrets(*held->store, setup.scratch);
  if (!secrets) return std::unexpected(clearer(secrets.error(), folder));
  if (setup.tail_bytes == 0) setup.tail_bytes = tail_shares * (setup.options.memory_bytes / share);
  std::unique_ptr<LocalHistory> history(
      new LocalHistory(std::move(setup), std::move(*secrets), std::move(*held), clock, log, registry));
  if (auto recovered = history->recover(); !recovered) return std::unexpected(clearer(recovered.error(), folder));
  if (history->setup_.upkeep) history->thread_ = std::thread([raw = history.get()] { raw->upkeep(); });
  return history;
}

base::Result<LocalHistory::Held> LocalHistory::take_hold(const Setup& setup, const base::Clock& clock, base::Log& log) {
  const auto& options = setup.options;
  const auto part = options.memory_bytes / share;
  const auto expired = [&clock, retention = options.profile_retention](std::string_view value) {
    return profile_is_older(value, clock.now().time_since_epoch().count() - retention);
  };
  auto store = Store::open({.folder = options.folder + "/db",
                            .cache_bytes = cache_shares * part,
                            .write_buffer_bytes = write_buffer_shares * part,
                            .scratch = setup.scratch,
                            .env = setup.env,
                            .profile_expired = expired},
                           log);
  if (!store) return std::unexpected(store.error());
  auto place = base::PlacedFile::at(options.folder + "/db/LOCK");
  if (!place) return base::fail("history: {}", place.error().message);
  auto synced = Synced::open(options.folder + "/synced");
  if (!synced) return std::unexpected(synced.error());
  return Held{std::move(*store), std::move(*place), std::move(*synced)};
}

LocalHistory::LocalHistory(Setup setup, Secrets secrets, Held held, const base::Clock& clock, base::Log& log,
                           metrics::Registry& registry)
    : setup_(std::move(setup)),
      clock_(clock),
      log_(log),
      store_(std::move(held.store)),
      place_(std::move(held.place)),
      hasher_(secrets.hash),
      pseudonym_(setup_.options.pseudonymise ? std::optional(secrets.pseudonym) : std::nullopt),
      synced_(std::move(held.synced)),
      figures_(Figures::make(registry)),
      derived_(std::make_unique<Derived>(*store_, hasher_, profile_shares * (setup_.options.memory_bytes / share),
                                         trend_shares * (setup_.options.memory_bytes / share))),
      last_write_back_(clock.steady()),
      last_drop_(clock.steady()) {
  view_.lock()->active = std::make_shared<Tail>();
}

LocalHistory::~LocalHistory() {
  {
    *stopping_.lock() = true;
    wake_.notify_all();
  }
  if (!thread_.joinable()) return;  // kept by hand, or never opened: nothing that a start found may be painted over
  thread_.join();
  // So that the next start has little to count again. What cannot be written now, it counts again.
  if (accepting_ && check_place()) {
    if (auto written = write_back(); !written) log_.error("{}", written.error().message);
    if (auto synced = sync(); !synced) log_.error("{}", synced.error().message);
  }
}

base::Result<void> LocalHistory::recover() {
  const std::string mode = pseudonym_.on() ? "on" : "off";
  const auto stored = store_->get(Family::meta, pseudonymise_name);
  if (!stored) return std::unexpected(stored.error());
  if (const auto& was = *stored; was && *was != mode) {
    return base::fail("history: {} was kept with setHistoryPseudonymise {}; it cannot be mixed, use another directory",
                      setup_.options.folder, *was);
  }
  if (auto loaded = derived_->load(); !loaded) return loaded;
  auto directory = read_directory(*store_);
  if (!directory) return std::unexpected(directory.error());
  publish(*directory);
  const auto sealed = read_sealed(*store_);
  if (!sealed) return std::unexpected(sealed.error());
  const auto sealed_to = std::max(sealed->to, (*directory)->last());
  if (auto recovered = recover_tail(sealed_to); !recovered) return recovered;
  next_ = last_ + 1;
  if (!setup_.damaged_is_fine) {
    if (auto whole = check_continuity(); !whole) return whole;
  }
  if (derived_->written_to() < sealed_to) {
    if (auto counted = count_segments_again(); !counted) return counted;
  }
  const auto active = view_.lock()->active;
  if (auto counted = count_again(active->pages()); !counted) return counted;
  Store::Batch batch(*store_);
  batch.put(Family::meta, pseudonymise_name, mode);
  return store_->write(batch, false);
}

base::Result<void> LocalHistory::recover_tail(Sequence sealed_to) {
  last_ = sealed_to;
  Store::Batch batch(*store_);
  batch.remove_range(Family::tail, tail_key(0), tail_key(sealed_to + 1));  // a seal was cut off before it could
  if (auto written = store_->write(batch, false); !written) return written;
  const auto it = store_->iterate(Family::tail, false);
  const auto active = view_.lock()->active;
  for (it->Seek(tail_key(0)); it->Valid(); it->Next()) {
    const auto first = get_big_endian<Sequence>(it->key().ToStringView());
    auto page = decode_tail_page(first, it->value().ToStringView(), hasher_);
    if (!page) return std::unexpected(page.error());
    last_ = first + (*page)->span - 1;
    active->append(std::move(*page));
  }
  if (!it->status().ok()) return storage_error("read the tail of the log", it->status());
  return {};
}

base::Result<void> LocalHistory::count_again(const TailPages& pages) {
  for (const auto& page : pages) {
    if (page->first + page->span - 1 <= derived_->written_to()) continue;
    PageReader reader(page->bytes);
    while (const auto* event = reader.next()) {
      if (event->sequence <= derived_->written_to()) continue;
      Novelty ignored;
      if (auto counted = derived_->count(*event, hasher_.of(*event), ignored); !counted) return counted;
    }
  }
  return {};
}

base::Result<void> LocalHistory::count_segments_again() {
  const auto directory = view_.lock()->directory;
  for (const auto& header : directory->segments) {
    if (header.last <= derived_->written_to()) continue;
    if (auto counted = count_segment_again(header); !counted) return counted;
    if (!derived_is_heavy()) continue;
    if (auto written = derived_->write_back(header.last); !written) return written;
  }
  return {};
}

/// A segment is sorted by login, and counting goes by sequence: it is read once for each part of these, since all of
/// its reports at once may be more than the memory that the history may use.
base::Result<void> LocalHistory::count_segment_again(const SegmentHeader& header) {
  constexpr Sequence part = 50'000;
  auto one = std::make_shared<Directory>();
  one->segments.push_back(header);
  const LogReader reader(*store_, hasher_, {one, {}});
  for (auto first = std::max(header.first, derived_->written_to() + 1); first <= header.last; first += part) {
    std::vector<Event> events;
    const auto take = [&](const Event& event) {
      if (event.sequence >= first && event.sequence - first < part) events.push_back(event);
      return true;
    };
    if (auto read = reader.each({}, take); !read) return read;
    std::ranges::sort(events, {}, &Event::sequence);
    for (const auto& event : events) {
      Novelty ignored;
      if (auto counted = derived_->count(event, hasher_.of(event), ignored); !counted) return counted;
    }
  }
  return {};
}

base::Result<void> LocalHistory::check_continuity() const {
  const auto now = *view_.lock();
  const auto lost = find_gaps(*now.directory, now.active->pages(), *store_);
  if (!lost) return std::unexpected(lost.error());
  if (!lost->empty()) {
    return base::fail(
        "history: {} is damaged: {}. `trackalert history check` says more, `trackalert history repair` "
        "goes on without them",
        setup_.options.folder, describe(lost->front()));
  }
  if (synced_.sequence() > last_) {
    return base::fail(
        "history: {} is damaged: the reports number {} to {} were on the disk and are not there any more. "
        "`trackalert history repair` goes on without them",
        setup_.options.folder, last_ + 1, synced_.sequence());
  }
  return {};
}

struct LocalHistory::Written {
  TailPages pages;
  std::vector<EventHashes> hashes;
  std::vector<login::Report> pseudonymous;  ///< in the place of the arrivals' own, if any
};

/// A database whose files are gone takes everything, and keeps nothing.
base::Result<void> LocalHistory::check_place() const {
  const auto lies = place_.check();
  if (lies) return lies;
  return base::fail("history: {}: put {} back, or start anew", lies.error().message, setup_.options.folder);
}

base::Result<void> LocalHistory::may_append() {
  if (!accepting_) return base::fail("{}", *trouble_.lock());
  // A scratch history is nobody's to look for, and where Lua may ask about each report it gets them one by one.
  if (auto lies = setup_.scratch ? base::Result<void>{} : check_place(); !lies) {
    refuse_from_now(lies.error());
    return lies;
  }
  const auto view = *view_.lock();
  if (view.frozen && view.active->size().bytes > 2 * setup_.tail_bytes) {
    ++figures_->refused_behind;
    return base::fail("history: sealing the log has fallen behind");
  }
  return {};
}

LocalHistory::Written LocalHistory::encode(std::span<Arrival> arrivals) {
  Written out;
  const Time now = clock_.now().time_since_epoch().count();
  if (pseudonym_.on()) {
    for (const auto& arrival : arrivals) {
      auto& report = out.pseudonymous.emplace_back(*arrival.report);
      report.login = pseudonym_(report.login);
    }
  }
  TailPageBuilder builder;
  auto first = next_;
  auto sequence = next_;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    auto& arrival = arrivals[i];
    const auto& report = out.pseudonymous.empty() ? *arrival.report : out.pseudonymous[i];
    bool moved = false;
    arrival.time = time_of(report, now, moved);
    if (moved) ++figures_->future_times;
    arrival.sequence = sequence++;
    const EventView event(arrival.sequence, arrival.time, report, arrival.place);
    out.hashes.push_back(hasher_.of(event));
    builder.add(event, out.hashes.back());
    if (builder.rows() < rows_a_page && builder.bytes() < bytes_a_page && i + 1 < arrivals.size()) continue;
    out.pages.push_back(builder.take(first, sequence - first));
    first = sequence;
  }
  return out;
}

base::Result<void> LocalHistory::write_tail(const Written& written) {
  if (setup_.scratch) return {};
  Store::Batch batch(*store_);
  if (clear_tail_first_) batch.remove_range(Family::tail, tail_key(next_), tail_key(UINT64_MAX));
  for (const auto& page : written.pages) batch.put(Family::tail, tail_key(page->first), encode_tail_page(*page));
  auto done = store_->write(batch, setup_.options.sync == Sync::always);
  clear_tail_first_ = !done;
  return done;
}

base::Result<void> LocalHistory::append(std::span<Arrival> arrivals) {
  if (arrivals.empty()) return {};
  const std::lock_guard held(append_);
  if (auto may = may_append(); !may) return may;
  const auto written = encode(arrivals);
  if (auto done = write_tail(written); !done) {
    refuse_from_now(done.error());
    return done;
  }
  const auto active = view_.lock()->active;
  for (const auto& page : written.pages) active->append(page);
  std::vector<EventView> events;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const auto& arrival = arrivals[i];
    const auto& report = written.pseudonymous.empty() ? *arrival.report : written.pseudonymous[i];
    events.emplace_back(arrival.sequence, arrival.time, report, arrival.place);
  }
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    auto& arrival = arrivals[i];
    if (i % counted_together == 0)
      derived_->expect(std::span(events).subspan(i).first(std::min(counted_together, events.size() - i)));
    if (auto counted = derived_->count(events[i], written.hashes[i], arrival.novelty, &arrival.before); !counted) {
      // The report is safe in the log; a start after the cause has gone counts it.
      derived_broken_ = true;
      refuse_from_now(counted.error());
    }
  }
  next_ += arrivals.size();
  last_ = next_ - 1;
  if (setup_.options.sync == Sync::always) synced_.note(last_);  // the upkeep does where it syncs
  if (auto trouble = derived_->take_trouble()) refuse_from_now(*trouble);
  if (tail_is_full() && !seal_asked_.exchange(true)) wake_.notify_all();
  return {};
}

LogView LocalHistory::view() const {
  const auto view = *view_.lock();
  LogView out{view.directory, {view.active}};
  if (view.frozen) out.tails.push_back(view.frozen);
  return out;
}

void LocalHistory::publish(std::shared_ptr<const Directory> directory) {
  figures_->segments = directory->segments.size();
  view_.lock()->directory = std::move(directory);
}

Status LocalHistory::status() const {
  Status out;
  const auto now = view();
  const auto note = [&out](Time oldest, Time newest) {
    out.oldest = out.oldest ? std::min(*out.oldest, oldest) : oldest;
    out.newest = out.newest ? std::max(*out.newest, newest) : newest;
  };
  out.reports = now.directory->rows();
  for (const auto& header : now.directory->segments) {
    if (header.rows > 0) note(header.oldest, header.newest);
  }
  for (const auto& tail : now.tails) {
    const auto size = tail->size();
    out.reports += size.rows;
    out.memory_bytes += size.bytes;
    if (size.rows > 0) note(size.oldest, size.newest);
  }
  const auto counts = derived_->counts();
  out.last_sequence = last_;
  out.disk_bytes = store_->disk_bytes();
  out.memory_bytes += store_->memory_bytes() + counts.profiles.bytes + counts.trends.bytes;
  out.accepting = accepting_;
  out.trouble = *trouble_.lock();
  return out;
}

}  // namespace trackalert::history::rocksdb
