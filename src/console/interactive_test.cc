// SPDX-License-Identifier: Apache-2.0
#include "console/interactive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "console/socket.h"
#include "console/test_files.h"

// ncurses keeps two strings per terminal for good.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier): LeakSanitizer's name
  return "leak:_nc_trim_sgr0\n";
}

namespace trackalert::console {
namespace {

using Lines = std::vector<std::string>;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    in.reset(fdopen(ends[0], "r"));
    write_end = base::Descriptor(ends[1]);
  }
  void write(std::string_view text) {
    EXPECT_EQ(::write(write_end.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  File in;
  base::Descriptor write_end;
};

struct PipedRun {
  base::Result<InteractiveEnd> end = InteractiveEnd::quit;
  std::string output;
  Lines commands;
};

PipedRun run_piped(std::string_view input, const std::string& history_file = "") {
  PipedRun out;
  Pipe pipe;
  pipe.write(input);
  pipe.write_end = base::Descriptor();
  char* text = nullptr;
  std::size_t size = 0;
  {
    const File output(open_memstream(&text, &size));
    out.end = run_interactive({.lines = {.in = pipe.in.get(), .out = output.get()}, .history_file = history_file},
                              [&](std::string_view line) {
                                out.commands.emplace_back(line);
                                return "<" + std::string(line) + ">\n";
                              });
  }
  out.output.assign(text, size);
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): open_memstream's
  return out;
}

TEST(Interactive, PipedInputIsPromptedForAndEchoed) {
  const auto run = run_piped("stats()\n\n quit\nquit\nnever\n");
  EXPECT_EQ(run.end, InteractiveEnd::quit);
  EXPECT_EQ(run.commands, (Lines{"stats()", "", " quit"}));
  EXPECT_EQ(run.output, "> stats()\n<stats()>\n> \n<>\n>  quit\n< quit>\n> quit\n");
}

TEST(Interactive, EndOfInputEndsTheSession) {
  EXPECT_EQ(run_piped("").end, InteractiveEnd::end_of_input);
  const auto run = run_piped("one\ntwo");
  EXPECT_EQ(run.end, InteractiveEnd::end_of_input);
  EXPECT_EQ(run.commands, (Lines{"one", "two"}));
}

TEST(Interactive, LineLongerThanAMessageIsRefused) {
  const TemporaryDirectory directory;
  for (const std::size_t size : {max_line_size, max_line_size + 1}) {
    write_file(directory.file("in"), std::string(size, 'x') + "\n");
    const File in(std::fopen(directory.file("in").c_str(), "r"));
    const File out(std::fopen(directory.file("out").c_str(), "w"));
    std::size_t ran = 0;
    const auto end = run_interactive({.lines = {.in = in.get(), .out = out.get()}, .history_file = ""},
                                     [&](std::string_view line) { return ran = line.size(), std::string(); });
    EXPECT_EQ(end.has_value(), size == max_line_size);
    EXPECT_EQ(ran, size == max_line_size ? size : 0);
  }
}

TEST(Interactive, FailureOfACommandEndsTheSession) {
  Pipe pipe;
  pipe.write("one\ntwo\n");
  const File out(std::fopen("/dev/null", "w"));
  int ran = 0;
  const auto end = run_interactive({.lines = {.in = pipe.in.get(), .out = out.get()}, .history_file = ""},
                                   [&](std::string_view) -> base::Result<std::string> {
                                     ++ran;
                                     return base::fail("EOF while writing message");
                                   });
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message, "EOF while writing message");
  EXPECT_EQ(ran, 1);
}

TEST(Interactive, StopsWhileWaitingAtThePrompt) {
  Pipe pipe;
  pipe.write("first\n");
  const File out(std::fopen("/dev/null", "w"));
  StopSignal stop;
  std::latch ran(1);
  std::thread session([&] {
    const auto end =
        run_interactive({.lines = {.in = pipe.in.get(), .out = out.get(), .stop_fd = stop.fd()}, .history_file = ""},
                        [&](std::string_view) {
                          ran.count_down();
                          return std::string();
                        });
    EXPECT_EQ(end, InteractiveEnd::stopped);
  });
  ran.wait();
  stop.raise();
  session.join();
}

TEST(Interactive, CommandThatStopsTheDaemonIsTheLast) {
  Pipe pipe;
  pipe.write("shutdown()\nnever\n");
  const File out(std::fopen("/dev/null", "w"));
  StopSignal stop;
  int ran = 0;
  const auto end =
      run_interactive({.lines = {.in = pipe.in.get(), .out = out.get(), .stop_fd = stop.fd()}, .history_file = ""},
                      [&](std::string_view) {
                        ++ran;
                        stop.raise();
                        return std::string();
                      });
  EXPECT_EQ(end, InteractiveEnd::stopped);
  EXPECT_EQ(ran, 1);
}

TEST(Interactive, WritesTheHistory) {
  const TemporaryDirectory directory;
  const std::string file = directory.file(".history");
  write_file(file, "stats()\n");
  run_piped("stats()\n\nshowACL()\nshowACL()\nsetKey(\"c2VjcmV0\")\nstats()\nquit\n", file);
  EXPECT_EQ(content_of(file), "stats()\nshowACL()\nstats()\nquit\n");
}

/// A session at a pseudo terminal.
class AtATerminal : public testing::Test {
 protected:
  AtATerminal() {
    std::array<int, 2> ends{};
    if (openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    master_ = base::Descriptor(ends[0]);
    const int out = dup(ends[1]);
    if (out < 0) throw std::runtime_error("dup");
    in_.reset(fdopen(ends[1], "r"));
    out_.reset(fdopen(out, "w"));
  }

  ~AtATerminal() override {
    stop_.raise();
    if (session_.joinable()) session_.join();
  }

  void start() {
    session_ = std::thread([this] {
      end_ = run_interactive({.lines = {.in = in_.get(),
                                        .out = out_.get(),
                                        .stop_fd = stop_.fd(),
                                        .completions = {"showACL()", "showVersion()", "stats()"}},
                              .history_file = directory_.file("h")},
                             [](std::string_view line) { return "[ran " + std::string(line) + "]\n"; });
    });
    expect("> ");
  }

  void type(std::string_view keys) {
    ASSERT_EQ(write(master_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }

  /// Reads the screen until the text has come.
  void expect(std::string_view text) {
    const Deadline deadline = deadline_in(std::chrono::seconds{20});
    while (screen_.find(text) == screen_.npos) {
      char byte = 0;
      if (wait_for(master_.get(), POLLIN, -1, deadline) != Io::done || read(master_.get(), &byte, 1) != 1) {
        ADD_FAILURE() << "no " << text << " in " << screen_;
        return;
      }
      screen_ += byte;
    }
    screen_.erase(0, screen_.find(text) + text.size());
  }

  void ends(InteractiveEnd how) {
    session_.join();
    EXPECT_EQ(end_, how);
  }

  TemporaryDirectory directory_;
  StopSignal stop_;
  base::Descriptor master_;
  File in_;
  File out_;
  std::string screen_;
  std::thread session_;
  base::Result<InteractiveEnd> end_ = InteractiveEnd::quit;
};

TEST_F(AtATerminal, RunsLinesAndQuits) {
  start();
  type("stats()\n");
  expect("[ran stats()]\r\n");
  expect("> ");
  type("\n");
  expect("[ran ]");
  expect("> ");
  type("quit\n");
  ends(InteractiveEnd::quit);
  EXPECT_EQ(content_of(directory_.file("h")), "stats()\nquit\n");
}

TEST_F(AtATerminal, ControlDEnds) {
  start();
  type("x\n");
  expect("[ran x]");
  expect("> ");
  type("\x04");
  ends(InteractiveEnd::end_of_input);
}

TEST_F(AtATerminal, StopEndsItAlsoInTheMiddleOfALine) {
  start();
  type("half a li");
  expect("half a li");
  stop_.raise();
  ends(InteractiveEnd::stopped);
}

TEST_F(AtATerminal, CompletesCommands) {
  start();
  type("sta\t\n");
  expect("[ran stats()]");
  expect("> ");
  type("show\t");
  expect("showACL()\r\nshowVersion()");
  type("V\t\n");
  expect("[ran showVersion()]");
  expect("> ");
  type("stats() show\t\n");
  expect("[ran stats() show]");
}

TEST_F(AtATerminal, ArrowsWalkThroughTheHistory) {
  write_file(directory_.file("h"), "from_the_file()\n");
  start();
  type("\x10\n");  // ^P
  expect("[ran from_the_file()]");
  expect("> ");
  type("newer()\n");
  expect("[ran newer()]");
  expect("> ");
  type("\x10\x10\n");
  expect("[ran from_the_file()]");
}

TEST_F(AtATerminal, BytesOutsideAsciiArriveAsTyped) {
  start();
  type("x = '\xc3\xa9\xe2\x82\xac'\n");
  expect("[ran x = '\xc3\xa9\xe2\x82\xac']");
  expect("> ");
  type("\x10\n");
  expect("[ran x = '\xc3\xa9\xe2\x82\xac']");
}

}  // namespace
}  // namespace trackalert::console
