// SPDX-License-Identifier: Apache-2.0
#include "bench/message.h"

#include <gtest/gtest.h>

#include <string>

namespace trackalert::bench {
namespace {

using State = Frame::State;

TEST(FrameMessage, FindsHeadAndBody) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  const auto frame = frame_message(head + "hello" + "POST");
  EXPECT_EQ(frame.state, State::complete);
  EXPECT_EQ(frame.length, head.size() + 5);
}

TEST(FrameMessage, IsPartialAtEveryByteBeforeTheLast) {
  const std::string message = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"status\":\"ok\"}";
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(frame_message(message.substr(0, size)).state, State::partial) << size;
  }
  EXPECT_EQ(frame_message(message).length, message.size());
}

TEST(FrameMessage, HasNoBodyWithoutALength) {
  EXPECT_EQ(frame_message("GET / HTTP/1.1\r\n\r\nGET").length, 18U);
}

TEST(FrameMessage, ReadsTheLengthInAnyCaseWithBlanks) {
  EXPECT_EQ(frame_message("A\r\nCONTENT-lengTH:  1 \r\n\r\nx").state, State::complete);
  EXPECT_EQ(frame_message("A\r\ncontent-length:1\r\n\r\n").state, State::partial);
  EXPECT_EQ(frame_message("A\r\nx-content-length: 1\r\n\r\n").state, State::complete);
}

TEST(FrameMessage, RefusesBadLengths) {
  for (const auto* length : {"", "-1", "+1", "1x", "0x1", "99999999999999999999999", "1048577"}) {
    const auto text = std::string("A\r\nContent-Length: ") + length + "\r\n\r\n";
    EXPECT_EQ(frame_message(text).state, State::bad) << length;
  }
}

TEST(FrameMessage, BoundsTheHead) {
  EXPECT_EQ(frame_message(std::string(max_head_bytes + 1, 'a')).state, State::bad);
  std::string lines = "A\r\n";
  while (lines.size() <= max_head_bytes) lines += "b: c\r\n";
  EXPECT_EQ(frame_message(lines).state, State::bad);
  EXPECT_EQ(frame_message(lines + "\r\n").state, State::bad);
}

TEST(StatusOf, ReadsTheFirstLine) {
  EXPECT_EQ(status_of("HTTP/1.1 200 OK\r\n"), 200U);
  EXPECT_EQ(status_of("HTTP/1.0 503 Busy\r\n"), 503U);
  EXPECT_EQ(status_of("HTTP/1.1 2x0 OK\r\n"), 0U);
  EXPECT_EQ(status_of("HTTP/1.1 20"), 0U);
  EXPECT_EQ(status_of("SSH-2.0-server"), 0U);
}

}  // namespace
}  // namespace trackalert::bench
