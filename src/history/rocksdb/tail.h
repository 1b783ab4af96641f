// SPDX-License-Identifier: Apache-2.0
// The newest reports, which are in no segment yet: in memory as they lie in the tail family, a page for each write,
// with the hashes of logins and remotes beside them, so that those of one login are found without reading the rest.
//
// Threads: append() by one, everything else by any beside it. Pages never change; readers take pointers and go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "history/event.h"
#include "history/rocksdb/keys.h"

namespace trackalert::history::rocksdb {

struct TailPage {
  Sequence first = 0;
  Sequence span = 0;                   ///< sequences it covers: its rows, and those that were erased from it
  std::string bytes;                   ///< a page whose rows stand by themselves
  std::vector<std::uint32_t> offsets;  ///< of the rows in bytes
  std::vector<std::uint32_t> login_hashes;
  std::vector<std::uint32_t> remote_hashes;
  Time oldest = 0;
  Time newest = 0;

  [[nodiscard]] std::size_t memory() const;
};
using TailPages = std::vector<std::shared_ptr<const TailPage>>;

/// Collects rows of consecutive sequences into a page.
class TailPageBuilder {
 public:
  void add(const EventView& event, const EventHashes& hashes);
  [[nodiscard]] std::size_t rows() const { return page_.offsets.size(); }
  [[nodiscard]] std::size_t bytes() const { return rows_.size(); }
  /// `first` and `span`: the sequences it covers.
  [[nodiscard]] std::shared_ptr<const TailPage> take(Sequence first, Sequence span);

 private:
  TailPage page_;
  std::string rows_;
};

/// The value of the tail family, and back.
[[nodiscard]] std::string encode_tail_page(const TailPage& page);
base::Result<std::shared_ptr<const TailPage>> decode_tail_page(Sequence first, std::string_view value,
                                                               const Hasher& hasher);

class Tail {
 public:
  void append(std::shared_ptr<const TailPage> page);

  [[nodiscard]] TailPages pages() const;
  /// Those that may hold reports of the login, or the remote, with this hash.
  [[nodiscard]] TailPages pages_of_login(std::uint32_t hash) const;
  [[nodiscard]] TailPages pages_of_remote(std::uint32_t hash) const;

  struct Size {
    std::size_t rows = 0;
    std::size_t bytes = 0;
    Time oldest = 0;
    Time newest = 0;
    Sequence last = 0;  ///< 0 while empty
  };
  [[nodiscard]] Size size() const;
  /// Another page in the place of the one that begins at the same sequence.
  void replace(std::shared_ptr<const TailPage> page);

 private:
  struct State {
    TailPages pages;
    Size size;
  };
  base::Guarded<State> state_;
};

}  // namespace trackalert::history::rocksdb
