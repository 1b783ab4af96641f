// SPDX-License-Identifier: Apache-2.0
// A writer that is killed amid its saves: every one that returned is there afterwards, and none by half.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "alert/alert_for_tests.h"
#include "alert/alert_store.h"
#include "alert/temporary_folder_for_tests.h"
#include "base/descriptor.h"

namespace trackalert::alert {
namespace {

constexpr std::uint64_t batch = 5;

/// Saves batches of alerts until it is killed, and tells the number of each one once it is saved.
[[noreturn]] void save_until_killed(const std::string& file, int told) {
  auto store = AlertStore::open(file);
  if (!store) ::_exit(1);
  for (std::uint64_t number = 0;; ++number) {
    std::vector<Alert> alerts;
    std::vector<const Alert*> pointers;
    for (std::uint64_t i = 0; i < batch; ++i) alerts.push_back(full_alert(number * batch + i));
    for (const auto& alert : alerts) pointers.push_back(&alert);
    if (!(*store)->save(pointers)) ::_exit(2);
    if (::write(told, &number, sizeof number) != sizeof number) ::_exit(3);
  }
}

TEST(AlertStoreCrash, WhatWasSavedSurvivesAKilledProcess) {
  const TemporaryFolder folder;
  const auto file = folder.file(AlertStore::file_name);
  for (const std::uint64_t kill_after : {1, 3, 40, 130}) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const base::Descriptor reader(pipe[0]);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) save_until_killed(file, pipe[1]);
    ::close(pipe[1]);
    std::uint64_t saved = 0;
    std::uint64_t number = 0;
    while (saved < kill_after && ::read(reader.get(), &number, sizeof number) == sizeof number) saved = number + 1;
    ::kill(child, SIGKILL);
    while (::read(reader.get(), &number, sizeof number) == sizeof number) saved = number + 1;
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    ASSERT_GE(saved, kill_after);

    auto store = AlertStore::open(file);
    ASSERT_TRUE(store) << store.error().message;
    for (std::uint64_t i = 0; i < saved * batch; ++i) {
      ASSERT_TRUE((*store)->find(full_alert(i).id).value()) << i << " of " << saved * batch;
    }
    const auto all = (*store)->open_alerts(AlertStore::max_open_alerts)->size();
    EXPECT_EQ(all % batch, 0) << "a save by half";
    EXPECT_EQ((*store)->list({.login = "ann", .limit = 1000})->alerts.size(), std::min<std::size_t>(all, 1000));
  }
}

}  // namespace
}  // namespace trackalert::alert
