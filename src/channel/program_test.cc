// SPDX-License-Identifier: Apache-2.0
#include "channel/program.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace trackalert::channel {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ProgramEnd shell(const std::string& script, ProgramCall call = {}) {
  call.command = {"/bin/sh", "-c", script};
  if (call.time_limit == 0ms) call.time_limit = 20s;
  auto end = run_program(call);
  if (!end) throw std::runtime_error(end.error().message);
  return *end;
}

TEST(Program, ReadsItsInputAndSaysHowItEnded) {
  const auto end = shell("cat; exit 3", {.input = std::string(500, 'x')});
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(end.output, std::string(500, 'x'));
  EXPECT_EQ(end.killed, "");
  EXPECT_EQ(shell("kill -9 $$").status, 137);
}

TEST(Program, MayLeaveItsInput) {
  EXPECT_EQ(shell("exit 0", {.input = std::string(1 << 20, 'x')}).status, 0);
}

TEST(Program, WhatIsTooMuchToKeepIsReadAndForgotten) {
  const auto end = shell("head -c 100000 /dev/zero | tr '\\0' y");
  EXPECT_EQ(end.status, 0);
  EXPECT_EQ(end.output.size(), 1000);
}

TEST(Program, IsKilledAtItsLimits) {
  EXPECT_THAT(shell("sleep 100", {.time_limit = 100ms}).killed, HasSubstr("too long"));
  EXPECT_THAT(shell("cat /dev/zero").killed, HasSubstr("too much"));
  const base::Descriptor stop(::eventfd(1, EFD_CLOEXEC));
  EXPECT_THAT(shell("sleep 100", {.stop_fd = stop.get()}).killed, HasSubstr("shutting down"));
}

TEST(Program, InheritsNothing) {
  const base::Descriptor leak(::dup(0));  // without close-on-exec
  ASSERT_GT(leak.get(), 2);
  const auto end = shell("ls /proc/self/fd | wc -l; env; pwd", {.environment = {"A=b"}});
  EXPECT_THAT(end.output, HasSubstr("4\n")) << "three and the one that lists them";
  EXPECT_THAT(end.output, HasSubstr("A=b\n"));
  EXPECT_THAT(end.output, testing::Not(HasSubstr("HOME=")));
  EXPECT_THAT(end.output, testing::EndsWith("/\n"));
}

TEST(Program, ThatIsNotThereIsAnError) {
  const auto end = run_program({.command = {"/nowhere/at/all"}, .time_limit = 1s});
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().message, HasSubstr("cannot start /nowhere/at/all: No such file"));
}

}  // namespace
}  // namespace trackalert::channel
