// SPDX-License-Identifier: Apache-2.0
// The client against what is no proper server, and the sockets below both. Its other half: server_test.cc.
#include "console/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "console/socket.h"

namespace trackalert::console {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds patience{20};

TEST(ConsoleSocket, DescriptorsAreNotInherited) {
  const auto listener = listen_on(*base::parse_endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  const auto connected = connect_to(local_endpoint(*listener), patience);
  ASSERT_TRUE(connected);
  const auto accepted = accept_from(*listener);
  const int accepted_fd = accepted ? accepted->descriptor.get() : -1;
  ASSERT_GE(accepted_fd, 0);
  const StopSignal stop;
  for (const int fd : {listener->get(), connected->get(), accepted_fd, stop.fd()})
    EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(ConsoleClient, ConnectionRefused) {
  base::Endpoint endpoint;
  {
    const auto listener = listen_on(*base::parse_endpoint("127.0.0.1:0"));
    ASSERT_TRUE(listener);
    endpoint = local_endpoint(*listener);
  }
  const auto client = ConsoleClient::connect(endpoint, crypto::Key::random());
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message, "connecting socket to " + endpoint.to_string() + ": Connection refused");
}

TEST(ConsoleClient, ServersThatMisbehave) {
  const auto listener = listen_on(*base::parse_endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  const base::Endpoint endpoint = local_endpoint(*listener);
  const crypto::Key key = crypto::Key::random();
  const auto accept = [&] {
    EXPECT_EQ(wait_for(listener->get(), POLLIN, -1, deadline_in(patience)), Io::done);
    return Socket(std::move(accept_from(*listener)->descriptor));
  };

  const auto silent = ConsoleClient::connect(endpoint, key, {.connect_timeout = milliseconds{50}});
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().message, "no answer within 1 s");
  {
    const Socket unused = accept();
  }

  std::thread server([&] {
    Socket socket = accept();
    EXPECT_EQ(socket.write(std::string(24, 'n') + std::string("\0\x05zzzzz", 7), deadline_in(patience)), Io::done);
    std::array<char, 24 + 2 + 16 + 1> all{};
    EXPECT_EQ(socket.read(all, deadline_in(patience)), Io::done);
  });
  auto client = ConsoleClient::connect(endpoint, key);
  ASSERT_TRUE(client);
  const auto answer = client->execute("x");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the server sent a message that is too short");
  server.join();
}

}  // namespace
}  // namespace trackalert::console
