// SPDX-License-Identifier: Apache-2.0
#include "crypto/sealed_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/json_value.h"

namespace trackalert::crypto {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

Nonce nonce_from_hex(std::string_view hex) {
  const std::string bytes = from_hex(hex);
  Nonce out{};
  EXPECT_EQ(bytes.size(), out.size());
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

std::string_view body(const std::string& frame) {
  return std::string_view(frame).substr(frame_prefix_size);
}

const std::string& text_of(const base::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  if (member == nullptr || member->as_string() == nullptr) throw std::runtime_error("no string " + std::string(name));
  return *member->as_string();
}

// A session recorded between the original's client and server.
TEST(SealedStream, RecordedSessionByteForByte) {
  std::ifstream file("src/crypto/testdata/console-session.json");
  const auto session = base::parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  ASSERT_TRUE(session) << session.error().message;
  const auto key = Key::from_base64(text_of(*session, "key_b64"));
  ASSERT_TRUE(key);
  const Nonce client_nonce = nonce_from_hex(text_of(*session, "client_nonce_hex"));
  const Nonce server_nonce = nonce_from_hex(text_of(*session, "server_nonce_hex"));
  SealedStream client(*key, client_nonce, server_nonce);
  SealedStream server(*key, server_nonce, client_nonce);

  const auto* frames = session->find("frames")->as_array();
  ASSERT_NE(frames, nullptr);
  ASSERT_EQ(frames->size(), 6);
  for (const auto& frame : *frames) {
    const std::string sent = from_hex(text_of(frame, "sent_hex"));
    const std::string received = from_hex(text_of(frame, "received_hex"));
    EXPECT_EQ(client.seal(text_of(frame, "command")), sent);
    EXPECT_EQ(server.open(body(sent)), text_of(frame, "command"));
    EXPECT_EQ(server.seal(text_of(frame, "response")), received);
    EXPECT_EQ(client.open(body(received)), text_of(frame, "response"));
  }
}

class SealedPair : public testing::Test {
 protected:
  Key key_ = Key::random();
  Nonce client_nonce_ = random_nonce();
  Nonce server_nonce_ = random_nonce();
  SealedStream client_{key_, client_nonce_, server_nonce_};
  SealedStream server_{key_, server_nonce_, client_nonce_};
};

TEST_F(SealedPair, LongestMessageAndOneByteMore) {
  const std::string longest(max_plaintext, 'x');
  const auto frame = client_.seal(longest);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size(), 2 + 65535);
  EXPECT_EQ(frame->substr(0, 2), "\xff\xff");
  EXPECT_FALSE(client_.seal(longest + "x"));
  EXPECT_EQ(server_.open(body(*frame)), longest);
  // The refused message took no nonce.
  EXPECT_EQ(server_.open(body(*client_.seal("next"))), "next");
}

TEST_F(SealedPair, EmptyMessageIsAuthenticatedToo) {
  const auto frame = client_.seal("");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size(), 18);
  EXPECT_FALSE(server_.open(std::string(16, '\0')));
  EXPECT_EQ(server_.open(body(*frame)), "");
}

TEST_F(SealedPair, RefusesReplayReorderReflectionAndChange) {
  const auto first = client_.seal("first");
  const auto second = client_.seal("second");
  EXPECT_FALSE(server_.open(body(*second)));
  EXPECT_FALSE(client_.open(body(*first)));
  for (std::size_t i = 0; i < body(*first).size(); ++i) {
    std::string changed(body(*first));
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(server_.open(changed)) << i;
  }
  EXPECT_EQ(server_.open(body(*first)), "first");
  EXPECT_FALSE(server_.open(body(*first)));
  EXPECT_EQ(server_.open(body(*second)), "second");
}

TEST_F(SealedPair, RefusesImpossibleSizes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, mac_size - 1, max_ciphertext + 1}) {
    const auto opened = server_.open(std::string(size, 'x'));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, "Could not decrypt message");
  }
}

TEST_F(SealedPair, KeyChangeKeepsTheNonces) {
  EXPECT_EQ(server_.open(body(*client_.seal("before"))), "before");
  const Key other = Key::random();
  server_.set_key(other);
  EXPECT_FALSE(server_.open(body(*client_.seal("old key"))));
  EXPECT_FALSE(client_.open(body(*server_.seal("new key"))));

  SealedStream fresh(other, client_nonce_, server_nonce_);
  EXPECT_FALSE(server_.open(body(*fresh.seal("first nonce again"))));
  EXPECT_EQ(server_.open(body(*fresh.seal("second nonce"))), "second nonce");
}

TEST(SealedStream, CounterIsBigEndianAndWrapsAlone) {
  Nonce near_wrap{0xff, 0xff, 0xff, 0xff, 7};
  const Key key = Key::random();
  SealedStream writer(key, near_wrap, near_wrap);
  SealedStream reader(key, near_wrap, near_wrap);
  EXPECT_EQ(reader.open(body(*writer.seal("a"))), "a");
  const auto second = writer.seal("b");
  SealedStream wrapped(key, Nonce{0, 0, 0, 0, 7}, Nonce{});
  EXPECT_EQ(wrapped.open(body(*second)), "b");
  const auto third = writer.seal("c");
  SealedStream one_more(key, Nonce{0, 0, 0, 1, 7}, Nonce{});
  EXPECT_EQ(one_more.open(body(*third)), "c");
}

}  // namespace
}  // namespace trackalert::crypto
