// SPDX-License-Identifier: Apache-2.0
// OpenSSH. A password's result is a line of its own. A client that goes without having been let in leaves a line that
// names the user it asked for; it may come behind lines about its passwords, and is then the same attempt.
//
//   Accepted publickey for joe from 192.0.2.1 port 50000 ssh2: ED25519 SHA256:...
//   Failed password for joe from 192.0.2.1 port 50000 ssh2
//   Failed password for invalid user joe from 192.0.2.1 port 50000 ssh2
//   Connection closed by authenticating user joe 192.0.2.1 port 50000 [preauth]
//   Disconnected from invalid user joe 192.0.2.1 port 50000 [preauth]
//   message repeated 2 times: [ Failed password for joe from 192.0.2.1 port 50000 ssh2]
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <string>

#include "logs/attempt.h"
#include "logs/message_reader.h"
#include "logs/scan.h"

namespace trackalert::logs {
namespace {

constexpr std::string_view protocol = "ssh";
constexpr std::size_t most_connections = 65'536;

struct Peer {
  std::string_view user;
  std::string_view address;
  std::string_view port;
};

/// "joe from 192.0.2.1 port 50000 ssh2", from its end, since a user may be called anything.
std::optional<Peer> take_from(std::string_view text) {
  const auto port = take_behind_last(text, " port ");
  if (!port) return std::nullopt;
  const auto address = take_behind_last(text, " from ");
  if (!address) return std::nullopt;
  return Peer{text, *address, port->substr(0, port->find(' '))};
}

/// "joe 192.0.2.1 port 50000 [preauth]"
std::optional<Peer> take_last_words(std::string_view text) {
  const auto port = take_behind_last(text, " port ");
  if (!port) return std::nullopt;
  const auto address = take_behind_last(text, " ");
  if (!address) return std::nullopt;
  return Peer{text, *address, port->substr(0, port->find(' '))};
}

class SshdReader final : public MessageReader {
 public:
  Reading read(const Envelope& line, std::vector<login::Report>& out) override {
    auto text = line.message;
    unsigned repeats = 1;
    if (take(text, "message repeated ")) {
      const auto times = take_number(text);
      if (!times || !take(text, " times: [ ") || !text.ends_with(']')) return {};
      text.remove_suffix(1);
      repeats = *times;
    }
    if (take(text, "Accepted ")) return result(line, text, true, repeats, out);
    if (take(text, "Failed ")) return result(line, text, false, repeats, out);
    for (const std::string_view way : {"Connection closed by ", "Connection reset by ", "Disconnected from "}) {
      if (take(text, way)) return gone(line, text, out);
    }
    return {};
  }

 private:
  /// "password for invalid user joe from 192.0.2.1 port 50000 ssh2"
  Reading result(const Envelope& line, std::string_view text, bool success, unsigned repeats,
                 std::vector<login::Report>& out) {
    const auto method = take_until(text, " for ");
    if (!method || method->find(' ') != method->npos) return {};
    // "none" only asks which methods there are; of keys a client offers all that it has.
    if (!success && (*method == "none" || *method == "publickey")) return {};
    take(text, "invalid user ");
    if (success) {
      // The fingerprint of a key follows; it has no " port " in it.
      if (const auto end = text.rfind(" ssh2"); end != text.npos) text = text.substr(0, end);
    }
    const auto peer = take_from(text);
    if (!peer) return {Reading::Kind::bad, "an sshd line that breaks off"};
    if (!success) note(*peer);
    return put({.time = line.time,
                .login = peer->user,
                .remote = peer->address,
                .protocol = protocol,
                .fail_type = wrong_credentials,
                .success = success,
                .tls = true,
                .repeats = repeats},
               out);
  }

  Reading gone(const Envelope& line, std::string_view text, std::vector<login::Report>& out) {
    if (!take(text, "authenticating user ") && !take(text, "invalid user ")) return {};
    const auto peer = take_last_words(text);
    if (!peer) return {Reading::Kind::bad, "an sshd line that breaks off"};
    if (known_.erase(key(*peer)) > 0) return {};
    return put({.time = line.time,
                .login = peer->user,
                .remote = peer->address,
                .protocol = protocol,
                .fail_type = wrong_credentials,
                .tls = true},
               out);
  }

  static std::size_t key(const Peer& peer) {
    return std::hash<std::string_view>{}(peer.address) * 31 + std::hash<std::string_view>{}(peer.port);
  }
  void note(const Peer& peer) {
    if (known_.size() >= most_connections) known_.clear();  // then a few count once more
    known_.insert(key(peer));
  }

  boost::unordered_flat_set<std::size_t> known_;  ///< connections whose failures were told
};

}  // namespace

bool is_sshd(std::string_view program) {
  return program == "sshd" || program == "sshd-session" || program == "sshd-auth";
}

std::unique_ptr<MessageReader> make_sshd_reader() {
  return std::make_unique<SshdReader>();
}

}  // namespace trackalert::logs
