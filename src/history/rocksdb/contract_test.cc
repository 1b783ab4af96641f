// SPDX-License-Identifier: Apache-2.0
// The contract of history.h on the real thing, while it seals, writes back, folds and is killed at any moment.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "history/contract_for_tests.h"
#include "history/rocksdb/temporary_history_for_tests.h"

namespace trackalert::history::rocksdb {
namespace {

namespace fs = std::filesystem;

struct Habits {
  unsigned upkeep_percent = 20;  ///< of the appends are followed by some upkeep
  bool killed = false;           ///< a restart finds what a kill left, not what a close left
  bool trends = false;           ///< answers from trends wherever they can be given
};

/// Does after an append what the upkeep thread might do.
class Restless final : public History {
 public:
  Restless(std::unique_ptr<LocalHistory> inner, const Habits& habits, std::string folder, std::mt19937_64& random)
      : inner_(std::move(inner)), habits_(habits), folder_(std::move(folder)), random_(random) {}
  ~Restless() override {
    const auto copy = folder_ + ".killed";
    if (habits_.killed) {
      EXPECT_TRUE(inner_->backup(copy));  // as of this moment, without what only memory has
    } else {
      EXPECT_TRUE(inner_->write_back());
    }
    inner_.reset();
    if (!habits_.killed) return;
    fs::remove_all(folder_);
    fs::rename(copy, folder_);
  }
  Restless(const Restless&) = delete;
  Restless& operator=(const Restless&) = delete;

  base::Result<void> append(std::span<Arrival> arrivals) override {
    auto done = inner_->append(arrivals);
    if (done && random_() % 100 < habits_.upkeep_percent) tidy();
    return done;
  }
  QueryResult<Answer> query(const Query& query) const override { return inner_->query(query); }
  QueryResult<Profile> profile(std::string_view login) const override { return inner_->profile(login); }
  QueryResult<TrendSums> trend(Facet facet, std::string_view value, Time since, Time until) const override {
    return inner_->trend(facet, value, since, until);
  }
  QueryResult<void> each_event(const Filter& filter, const EachEvent& each) const override {
    return inner_->each_event(filter, each);
  }
  base::Result<std::uint64_t> erase(std::string_view login) override { return inner_->erase(login); }
  base::Result<void> backup(const std::string& folder) override { return inner_->backup(folder); }
  Status status() const override { return inner_->status(); }

 private:
  void tidy() {
    base::Result<void> done;
    switch (random_() % 4) {
      case 0:
        done = inner_->write_back();
        break;
      case 1:
        done = inner_->seal_now();
        break;
      case 2:
        done = inner_->close_old_days();
        break;
      default:
        done = inner_->drop_old();
    }
    EXPECT_TRUE(done) << done.error().message;
  }

  std::unique_ptr<LocalHistory> inner_;
  const Habits habits_;
  const std::string folder_;
  std::mt19937_64& random_;
};

void expect_contract(const Habits& habits, std::uint64_t first_seed, std::uint64_t seeds) {
  for (auto seed = first_seed; seed < first_seed + seeds; ++seed) {
    Bench bench;
    if (habits.trends) bench.setup.trends_over_rows = 0;
    std::mt19937_64 random(seed);
    const auto open = [&]() -> std::unique_ptr<History> {
      return std::make_unique<Restless>(bench.open(), habits, bench.folder.path(), random);
    };
    ASSERT_EQ(contract_violation(bench.clock, open, {.seed = seed, .steps = 60}), std::nullopt);
  }
}

TEST(Contract, HoldsInTheTailAlone) {
  expect_contract({.upkeep_percent = 0}, 1, 3);
}
TEST(Contract, HoldsWhileSealing) {
  expect_contract({.upkeep_percent = 40}, 11, 6);
}
TEST(Contract, HoldsWhenKilled) {
  expect_contract({.upkeep_percent = 30, .killed = true}, 21, 6);
}
TEST(Contract, HoldsWithAnswersFromTrends) {
  expect_contract({.upkeep_percent = 30, .trends = true}, 31, 4);
}

}  // namespace
}  // namespace trackalert::history::rocksdb
