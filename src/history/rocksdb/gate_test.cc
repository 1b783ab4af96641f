// SPDX-License-Identifier: Apache-2.0
#include "history/rocksdb/gate.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace trackalert::history::rocksdb {
namespace {

using std::chrono::milliseconds;

TEST(Gate, ClosesWhenNobodyIsInside) {
  Gate gate;
  {
    const auto use = gate.enter();
  }
  EXPECT_TRUE(gate.close(milliseconds(0)));
}

TEST(Gate, StaysOpenForWhoIsInside) {
  Gate gate;
  const auto use = gate.enter();
  EXPECT_FALSE(gate.close(milliseconds(5)));
  const auto again = gate.enter();
}

TEST(Gate, IsLeftOnceByAUseThatMoved) {
  Gate gate;
  auto use = gate.enter();
  {
    const auto moved = std::move(use);
    EXPECT_FALSE(gate.close(milliseconds(0)));
  }
  EXPECT_TRUE(gate.close(milliseconds(0)));
}

TEST(Gate, LetsNobodyInWhileClosed) {
  Gate gate;
  ASSERT_TRUE(gate.close(milliseconds(0)));
  auto inside = std::async(std::launch::async, [&] { const auto use = gate.enter(); });
  EXPECT_EQ(inside.wait_for(milliseconds(20)), std::future_status::timeout);
  gate.open();
  inside.get();
}

TEST(Gate, NobodySeesWhatIsClosed) {
  Gate gate;
  std::atomic<bool> over{false};
  int guarded = 0;  // read inside, written while closed: ThreadSanitizer sees to it
  std::vector<std::future<void>> users;
  for (int i = 0; i < 3; ++i) {
    users.push_back(std::async(std::launch::async, [&] {
      while (!over) {
        const auto use = gate.enter();
        const auto before = guarded;
        const auto again = gate.enter();
        EXPECT_EQ(guarded, before);
      }
    }));
  }
  for (int closed = 0; closed < 50;) {
    if (!gate.close(milliseconds(1000))) continue;
    ++guarded;
    ++closed;
    gate.open();
  }
  over = true;
  for (auto& user : users) user.get();
  EXPECT_EQ(guarded, 50);
}

}  // namespace
}  // namespace trackalert::history::rocksdb
