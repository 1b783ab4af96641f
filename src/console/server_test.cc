// SPDX-License-Identifier: Apache-2.0
// Server and client over loopback, and clients that do not keep to the protocol.
#include "console/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <latch>
#include <stdexcept>

#include "base/guarded.h"
#include "console/client.h"
#include "console/frame.h"

namespace trackalert::console {
namespace {

using std::chrono::milliseconds;
using std::string_view_literals::operator""sv;
using testing::StartsWith;

constexpr std::chrono::seconds patience{20};

/// Collects log lines; a test waits for one instead of sleeping.
class Lines {
 public:
  base::Log::Options options() {
    base::Log::Options out{.syslog = false};
    out.sink = [this](base::Level, std::string_view line) {
      lines_.lock()->emplace_back(line);
      changed_.notify_all();
    };
    return out;
  }
  /// Whether `count` lines contain the text, now or soon.
  bool wait_for(std::string_view text, long count = 1) {
    auto held = lines_.lock();
    return changed_.wait_for(held.lock(), patience, [&] { return number_of(*held, text) >= count; });
  }
  long count(std::string_view text) { return number_of(*lines_.lock(), text); }

 private:
  static long number_of(const std::vector<std::string>& lines, std::string_view text) {
    return std::ranges::count_if(lines, [&](const auto& line) { return line.find(text) != line.npos; });
  }
  base::Guarded<std::vector<std::string>> lines_;
  std::condition_variable changed_;
};

/// "echo X" answers X; other commands are what the test says.
class TestExecutor : public CommandExecutor {
 public:
  std::optional<std::string> execute(std::string_view command) override {
    if (on_command) return on_command(command);
    return "<" + std::string(command) + ">";
  }
  std::function<std::optional<std::string>(std::string_view)> on_command;
};

class ConsoleServerTest : public testing::Test {
 protected:
  void open(ConsoleServer::Options options = {}) {
    options.endpoints = {*base::parse_endpoint("127.0.0.1:0")};
    auto server = ConsoleServer::open(std::move(options), [this] { return *key_.lock(); }, executor_, clock_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    server_->start();
    if (!server_->endpoints().empty()) endpoint_ = server_->endpoints().front();
  }

  ConsoleClient client(const crypto::Key& key) {
    auto out = ConsoleClient::connect(endpoint_, key, {patience, patience});
    if (!out) throw std::runtime_error(out.error().message);
    return std::move(*out);
  }
  ConsoleClient client() { return client(first_key_); }

  const crypto::Key first_key_ = crypto::Key::random();
  base::Guarded<std::optional<crypto::Key>> key_{first_key_};
  TestExecutor executor_;
  base::FakeClock clock_;
  Lines lines_;
  base::Log log_{lines_.options()};
  base::Endpoint endpoint_;
  std::unique_ptr<ConsoleServer> server_;
};

/// A client in single steps.
class RawClient {
 public:
  explicit RawClient(const base::Endpoint& server)
      : socket_(std::move(*connect_to(server, std::chrono::milliseconds(patience)))) {}

  void send(std::string_view bytes) { EXPECT_EQ(socket_.write(bytes, deadline_in(patience)), Io::done); }
  void shake_hands(const crypto::Key& key) {
    const crypto::Nonce own = crypto::random_nonce();
    send({reinterpret_cast<const char*>(own.data()), own.size()});
    std::array<char, 24> received{};
    ASSERT_EQ(socket_.read(received, deadline_in(patience)), Io::done);
    crypto::Nonce peer{};
    std::ranges::copy(received, peer.begin());
    stream_.emplace(key, own, peer);
  }
  void command(std::string_view text) { send(stream().seal(text).value()); }
  std::string answer() {
    std::string ciphertext;
    if (read_frame(socket_, deadline_in(patience), patience, ciphertext) != FrameIo::done) return "no frame";
    const auto text = stream().open(ciphertext);
    return text ? *text : text.error().message;
  }
  /// Whether the server ends the connection without another byte.
  bool sees_end() {
    char byte = 0;
    const Io io = socket_.read({&byte, 1}, deadline_in(patience));
    return io == Io::end || (io == Io::failed && socket_.error_number() == ECONNRESET);
  }

  /// From the handshake on.
  crypto::SealedStream& stream() {
    if (!stream_) throw std::logic_error("no handshake yet");
    return *stream_;
  }

 private:
  Socket socket_;
  std::optional<crypto::SealedStream> stream_;
};

TEST_F(ConsoleServerTest, AnswersCommands) {
  open();
  {
    ConsoleClient console = client();
    EXPECT_EQ(console.execute("showVersion()"), "<showVersion()>");
    EXPECT_EQ(console.execute("x\xc3\xa9\n"), "<x\xc3\xa9\n>");
  }
  EXPECT_TRUE(lines_.wait_for("Closed control connection from 127.0.0.1:"));
  EXPECT_EQ(lines_.count("Accepting control connections on " + endpoint_.to_string()), 1);
  EXPECT_EQ(lines_.count("Got control connection from 127.0.0.1:"), 1);
  EXPECT_EQ(lines_.count(""), 3);
  EXPECT_EQ(server_->counts().connections, 1);
}

TEST_F(ConsoleServerTest, EmptyCommandGetsAnEmptyAnswerWithoutBeingRun) {
  executor_.on_command = [](std::string_view) { return "ran"; };
  open();
  ConsoleClient console = client();
  EXPECT_EQ(console.execute(""), "");
  EXPECT_EQ(console.execute(std::string_view("\0x", 2)), "");
  EXPECT_EQ(console.execute("x"), "ran");
}

TEST_F(ConsoleServerTest, NulEndsACommand) {
  open();
  EXPECT_EQ(client().execute(std::string_view("one\0two", 7)), "<one>");
}

TEST_F(ConsoleServerTest, AnswersUpToTheLimitAreWholeLongerOnesAreCut) {
  executor_.on_command = [](std::string_view size) { return std::string(std::stoul(std::string(size)), 'x'); };
  open();
  ConsoleClient console = client();
  EXPECT_EQ(console.execute("65519"), std::string(65519, 'x'));
  for (const std::string size : {"65520", "65536", "1000000"}) {
    const auto cut = console.execute(size);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->size(), 65519);
    EXPECT_TRUE(cut->ends_with("xx\n[cut: this answer has " + size + " bytes]\n")) << cut->substr(65400);
  }
}

TEST_F(ConsoleServerTest, LongestCommandArrives) {
  open();
  ConsoleClient console = client();
  const auto answer = console.execute(std::string(65519, 'c'));
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, StartsWith("<ccc"));
  const auto refused = console.execute(std::string(65520, 'c'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "message too long: 65520 bytes");
}

TEST_F(ConsoleServerTest, ExceptionIsAnAnswer) {
  executor_.on_command = [](std::string_view) -> std::optional<std::string> { throw std::runtime_error("bad mask"); };
  open();
  ConsoleClient console = client();
  EXPECT_EQ(console.execute("addACL('garbage')"), "Error: bad mask");
  EXPECT_EQ(console.execute("again"), "Error: bad mask");
}

TEST_F(ConsoleServerTest, CommandMayEndTheConnectionUnanswered) {
  executor_.on_command = [](std::string_view) { return std::nullopt; };
  open();
  const auto answer = client().execute("shutdown()");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "EOF while writing message");
}

TEST_F(ConsoleServerTest, WrongKeyIsLoggedCountedAndNotAnswered) {
  executor_.on_command = [](std::string_view) -> std::optional<std::string> { throw std::logic_error("ran"); };
  open();
  const auto answer = client(crypto::Key::random()).execute("x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "EOF while writing message");
  EXPECT_TRUE(lines_.wait_for("Could not decrypt client command: Could not decrypt message"));
  EXPECT_EQ(server_->counts().decrypt_failures, 1);
}

TEST_F(ConsoleServerTest, EmptyFrameMustBeAuthenticToo) {
  open();
  RawClient raw(endpoint_);
  raw.shake_hands(first_key_);
  raw.send(std::string("\0\x10", 2) + std::string(16, '\0'));
  EXPECT_TRUE(raw.sees_end());
  EXPECT_TRUE(lines_.wait_for("Could not decrypt client command"));
}

TEST_F(ConsoleServerTest, HostilePeersDoNotFillTheLog) {
  open();
  for (int i = 0; i < 25; ++i) EXPECT_FALSE(client(crypto::Key::random()).execute("x"));
  EXPECT_TRUE(lines_.wait_for("Closed control connection", 25));
  EXPECT_EQ(server_->counts().decrypt_failures, 25);
  EXPECT_EQ(lines_.count("Could not decrypt"), 10);
  clock_.advance(std::chrono::minutes{1});
  EXPECT_FALSE(client(crypto::Key::random()).execute("x"));
  EXPECT_TRUE(lines_.wait_for("Could not decrypt", 11));
}

TEST_F(ConsoleServerTest, AnswerToAKeyChangeComesWithTheNewKey) {
  const crypto::Key second = crypto::Key::random();
  executor_.on_command = [&](std::string_view command) {
    if (command == "setKey") *key_.lock() = second;
    return "done";
  };
  open();
  RawClient raw(endpoint_);
  raw.shake_hands(first_key_);
  raw.command("first");
  EXPECT_EQ(raw.answer(), "done");
  raw.command("setKey");
  raw.stream().set_key(second);
  EXPECT_EQ(raw.answer(), "done");
  raw.command("next");
  EXPECT_EQ(raw.answer(), "done");
}

TEST_F(ConsoleServerTest, ConnectionEndsWhenTheKeyGoes) {
  executor_.on_command = [&](std::string_view) {
    key_.lock()->reset();
    return "sealed with nothing";
  };
  open();
  EXPECT_FALSE(client().execute("x"));
  EXPECT_TRUE(lines_.wait_for("Got an exception in client connection from 127.0.0.1:"));
}

TEST_F(ConsoleServerTest, StalledHandshakeTimesOut) {
  open({.timeouts = {.handshake = milliseconds{50}}});
  RawClient silent(endpoint_);
  RawClient half(endpoint_);
  half.send("0123456789");
  EXPECT_TRUE(silent.sees_end());
  EXPECT_TRUE(half.sees_end());
  EXPECT_TRUE(lines_.wait_for(": Timeout in the handshake", 2));
}

TEST_F(ConsoleServerTest, HalfAFrameTimesOut) {
  open({.timeouts = {.frame = milliseconds{50}}});
  for (const std::string_view part : {"\x01"sv, "\0\x20"sv, "\xff\xffx"sv}) {
    RawClient raw(endpoint_);
    raw.shake_hands(first_key_);
    raw.send(part);
    EXPECT_TRUE(raw.sees_end());
  }
  EXPECT_TRUE(lines_.wait_for(": Timeout while reading message", 3));
}

TEST_F(ConsoleServerTest, WhoNeverShowsTheKeyIsLetGoWhoDidStays) {
  open({.timeouts = {.first_command = milliseconds{50}}});
  ConsoleClient known = client();
  EXPECT_EQ(known.execute("x"), "<x>");
  RawClient stranger(endpoint_);
  stranger.shake_hands(first_key_);
  EXPECT_TRUE(stranger.sees_end());
  EXPECT_EQ(known.execute("x"), "<x>");
  EXPECT_EQ(lines_.count("exception"), 0);
}

TEST_F(ConsoleServerTest, IdleConnectionEnds) {
  open({.timeouts = {.idle = milliseconds{50}}});
  RawClient raw(endpoint_);
  raw.shake_hands(first_key_);
  raw.command("x");
  EXPECT_EQ(raw.answer(), "<x>");
  EXPECT_TRUE(raw.sees_end());
}

TEST_F(ConsoleServerTest, PeersThatBreakOff) {
  open();
  {
    RawClient scanner(endpoint_);
  }
  EXPECT_TRUE(lines_.wait_for("Closed control connection", 1));
  EXPECT_EQ(lines_.count("exception"), 0);
  RawClient(endpoint_).send("half a nonce");
  EXPECT_TRUE(lines_.wait_for(": EOF in the handshake"));
  {
    RawClient raw(endpoint_);
    raw.shake_hands(first_key_);
    raw.send(std::string_view("\0", 1));
  }
  EXPECT_TRUE(lines_.wait_for(": EOF while reading message", 1));
  {
    RawClient raw(endpoint_);
    raw.shake_hands(first_key_);
    raw.send(std::string_view("\0\x20half", 6));
  }
  EXPECT_TRUE(lines_.wait_for(": EOF while reading message", 2));
  EXPECT_TRUE(lines_.wait_for("Got an exception in client connection from 127.0.0.1:", 3));
}

TEST_F(ConsoleServerTest, LengthThatHoldsNoMessage) {
  open();
  RawClient raw(endpoint_);
  raw.shake_hands(first_key_);
  raw.send(std::string_view("\0\x0f", 2));
  EXPECT_TRUE(raw.sees_end());
  EXPECT_TRUE(lines_.wait_for(": Message too short"));
}

TEST_F(ConsoleServerTest, Garbage) {
  open();
  RawClient raw(endpoint_);
  raw.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:4004\r\nUser-Agent: somebody who is lost\r\n\r\n" +
           std::string(30'000, 'z'));
  EXPECT_TRUE(lines_.wait_for("Could not decrypt client command"));
  EXPECT_EQ(client().execute("x"), "<x>");
}

TEST_F(ConsoleServerTest, ConnectionsAreBounded) {
  open({.max_connections = 2});
  ConsoleClient first = client();
  {
    ConsoleClient second = client();
    EXPECT_EQ(first.execute("x"), "<x>");
    EXPECT_EQ(second.execute("x"), "<x>");
    EXPECT_EQ(server_->counts().active, 2);
    RawClient third(endpoint_);
    EXPECT_TRUE(third.sees_end());
    EXPECT_TRUE(lines_.wait_for("Refused control connection from 127.0.0.1:"));
    EXPECT_EQ(server_->counts().refused, 1);
    EXPECT_EQ(first.execute("x"), "<x>");
  }
  EXPECT_TRUE(lines_.wait_for("Closed control connection"));
  while (server_->counts().active == 2) std::this_thread::yield();
  EXPECT_EQ(client().execute("x"), "<x>");
  EXPECT_EQ(server_->counts().connections, 3);
}

TEST_F(ConsoleServerTest, SeveralClientsAtOnce) {
  std::latch both(2);
  executor_.on_command = [&](std::string_view command) {
    both.arrive_and_wait();
    return std::string(command);
  };
  open();
  std::thread other([&] { EXPECT_EQ(client().execute("a"), "a"); });
  EXPECT_EQ(client().execute("b"), "b");
  other.join();
}

TEST_F(ConsoleServerTest, StopEndsEveryKindOfWait) {
  open();
  RawClient silent(endpoint_);
  RawClient idle(endpoint_);
  idle.shake_hands(first_key_);
  RawClient half(endpoint_);
  half.shake_hands(first_key_);
  half.send("\x01");
  ASSERT_TRUE(lines_.wait_for("Got control connection", 3));
  server_->stop();
  EXPECT_TRUE(silent.sees_end());
  EXPECT_TRUE(idle.sees_end());
  EXPECT_TRUE(half.sees_end());
  EXPECT_EQ(lines_.count("Closed control connection"), 3);
  EXPECT_EQ(server_->counts().active, 0);
  EXPECT_FALSE(ConsoleClient::connect(endpoint_, first_key_));
  server_->stop();
}

TEST_F(ConsoleServerTest, StopWaitsForTheRunningCommandOnly) {
  std::latch running(1);
  std::latch go_on(1);
  executor_.on_command = [&](std::string_view) {
    running.count_down();
    go_on.wait();
    return "late";
  };
  open();
  RawClient raw(endpoint_);
  raw.shake_hands(first_key_);
  raw.command("slow");
  running.wait();
  std::thread stopper([&] { server_->stop(); });
  go_on.count_down();
  stopper.join();
  EXPECT_EQ(raw.answer(), "late");
  EXPECT_TRUE(raw.sees_end());
}

TEST_F(ConsoleServerTest, WithoutAKeyNothingIsOpened) {
  key_.lock()->reset();
  open();
  EXPECT_TRUE(server_->endpoints().empty());
  EXPECT_EQ(lines_.count("Not opening control socket on 127.0.0.1:0: there is no valid key"), 1);
  EXPECT_EQ(lines_.count("Accepting"), 0);
}

TEST_F(ConsoleServerTest, AddressInUse) {
  open();
  ConsoleServer::Options options;
  options.endpoints = {endpoint_};
  const auto second = ConsoleServer::open(options, [&] { return *key_.lock(); }, executor_, clock_, log_);
  ASSERT_FALSE(second);
  const std::string where = endpoint_.to_string();
  EXPECT_EQ(second.error().message, "Unable to bind to control socket on " + where + ": binding socket to " + where +
                                        ": Address already in use");
}

TEST_F(ConsoleServerTest, SeveralAddressesOfBothFamilies) {
  ConsoleServer::Options options;
  options.endpoints = {*base::parse_endpoint("127.0.0.1:0"), *base::parse_endpoint("[::1]:0")};
  auto opened = ConsoleServer::open(options, [&] { return *key_.lock(); }, executor_, clock_, log_);
  if (!opened && opened.error().message.find("Cannot assign") != std::string::npos) GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(opened) << opened.error().message;
  (*opened)->start();
  for (const auto& endpoint : (*opened)->endpoints()) {
    auto console = ConsoleClient::connect(endpoint, first_key_);
    ASSERT_TRUE(console) << console.error().message;
    EXPECT_EQ(console->execute("x"), "<x>");
  }
  EXPECT_EQ(lines_.count("Got control connection from [::1]:"), 1);
}

}  // namespace
}  // namespace trackalert::console
