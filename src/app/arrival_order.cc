// SPDX-License-Identifier: Apache-2.0
#include "app/arrival_order.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>

#include "history/answer_json.h"

namespace trackalert::app {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;

struct Head {
  std::uint64_t number;
  std::uint64_t bytes;
};

}  // namespace

/// One run, a block at a time.
class ArrivalOrder::RunReader {
 public:
  RunReader(int file, Run run) : file_(file), run_(run) {}

  /// False at the end.
  base::Result<bool> next() {
    if (run_.begin + at_ >= run_.end) return false;
    if (auto there = need(sizeof head_); !there) return std::unexpected(there.error());
    std::memcpy(&head_, block_.data() + at_, sizeof head_);
    if (auto there = need(sizeof head_ + head_.bytes); !there) return std::unexpected(there.error());
    line_ = std::string_view(block_).substr(at_ + sizeof head_, head_.bytes);
    at_ += sizeof head_ + head_.bytes;
    return true;
  }
  [[nodiscard]] std::uint64_t number() const { return head_.number; }
  /// Until the next next().
  [[nodiscard]] std::string_view line() const { return line_; }

 private:
  /// So many bytes from at_ on are in the block.
  base::Result<void> need(std::size_t bytes) {
    if (block_.size() - at_ >= bytes) return {};
    block_.erase(0, at_);
    run_.begin += at_;
    at_ = 0;
    auto have = block_.size();
    block_.resize(std::min<std::uint64_t>(std::max(bytes, block_bytes), run_.end - run_.begin));
    while (have < block_.size()) {
      const auto got = pread(file_, block_.data() + have, block_.size() - have, static_cast<off_t>(run_.begin + have));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return base::fail("cannot read what waits to be put in order: {}", base::error_text(errno));
      have += static_cast<std::size_t>(got);
    }
    return {};
  }

  const int file_;
  Run run_;
  std::string block_;
  std::size_t at_ = 0;
  Head head_{};
  std::string_view line_;
};

base::Result<void> ArrivalOrder::add(std::uint64_t number, std::string_view line) {
  entries_.push_back({number, text_.size(), line.size()});
  text_ += line;
  if (text_.size() + entries_.size() * sizeof(Entry) < memory_bytes_) return {};
  return spill();
}

void ArrivalOrder::sort() {
  std::ranges::sort(entries_, {}, &Entry::number);
}

std::string_view ArrivalOrder::line_of(const Entry& entry) const {
  return std::string_view(text_).substr(entry.at, entry.bytes);
}

base::Result<void> ArrivalOrder::open_file() {
  if (file_.valid()) return {};
  auto name = folder_ + "/order-XXXXXX";
  file_ = base::Descriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file_.valid()) return base::fail("cannot make {}: {}", name, base::error_text(errno));
  unlink(name.c_str());
  return {};
}

base::Result<void> ArrivalOrder::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return base::fail("cannot put reports in order in {}: {}", folder_, base::error_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(put));
    written_ += static_cast<std::size_t>(put);
  }
  return {};
}

base::Result<void> ArrivalOrder::spill() {
  if (auto opened = open_file(); !opened) return opened;
  sort();
  const auto begin = written_;
  std::string block;
  for (const auto& entry : entries_) {
    const Head head{entry.number, entry.bytes};
    std::array<char, sizeof head> bytes{};
    std::memcpy(bytes.data(), &head, sizeof head);
    block.append(bytes.data(), bytes.size());
    block += line_of(entry);
    if (block.size() < block_bytes) continue;
    if (auto put = write(block); !put) return put;
    block.clear();
  }
  if (auto put = write(block); !put) return put;
  runs_.push_back({begin, written_});
  entries_.clear();
  text_.clear();
  return {};
}

base::Result<void> ArrivalOrder::finish(const std::function<bool(std::string_view line)>& each) {
  if (!runs_.empty()) return merge(each);
  sort();
  for (const auto& entry : entries_) {
    if (!each(line_of(entry))) break;
  }
  return {};
}

base::Result<void> ArrivalOrder::merge(const std::function<bool(std::string_view line)>& each) {
  if (!entries_.empty()) {
    if (auto spilled = spill(); !spilled) return spilled;
  }
  std::string().swap(text_);
  std::vector<std::unique_ptr<RunReader>> readers;
  const auto later = [](const RunReader* a, const RunReader* b) { return a->number() > b->number(); };
  std::priority_queue<RunReader*, std::vector<RunReader*>, decltype(later)> next(later);
  const auto advance = [&next](RunReader* reader) -> base::Result<void> {
    const auto more = reader->next();
    if (!more) return std::unexpected(more.error());
    if (*more) next.push(reader);
    return {};
  };
  for (const auto& run : runs_) {
    auto* reader = readers.emplace_back(std::make_unique<RunReader>(file_.get(), run)).get();
    if (auto done = advance(reader); !done) return done;
  }
  while (!next.empty()) {
    auto* reader = next.top();
    next.pop();
    if (!each(reader->line())) break;
    if (auto done = advance(reader); !done) return done;
  }
  return {};
}

base::Result<void> each_line_by_arrival(const history::History& history, const history::Filter& filter,
                                        const std::string& folder, const std::function<bool()>& read,
                                        const std::function<bool(std::string_view line)>& each) {
  ArrivalOrder order(folder);
  base::Result<void> added;
  bool stopped = false;
  std::string line;
  const auto walked = history.each_event(filter, [&](const history::Event& event) {
    line.clear();
    history::write_event_line(line, event);
    added = order.add(event.sequence, line);
    stopped = !read();
    return added && !stopped;
  });
  if (!walked) return base::fail("{}", walked.error().message);
  if (!added || stopped) return added;
  return order.finish(each);
}

}  // namespace trackalert::app
