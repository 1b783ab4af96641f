// SPDX-License-Identifier: Apache-2.0
// Dovecot. Its login processes tell of every connection; with auth_verbose the authentication tells of every failure,
// too. A failure that both tell of counts once.
//
//   imap-login: Login: user=<joe>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.9, mpid=12, TLS, session=<abc>
//   imap-login: Disconnected (auth failed, 2 attempts in 6 secs): user=<joe>, method=PLAIN, rip=192.0.2.1, ...
//   imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): user=<joe>, ...
//   auth: passwd-file(joe,192.0.2.1,<abc>): Password mismatch (SHA1 of given password: 2fd4e1)
//   auth-worker(12): conn unix:auth-worker (pid=1,uid=2): auth-worker<3>: sql(joe,192.0.2.1,<abc>): unknown user
//
// In Dovecot's own log "Info: " stands behind the process.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <optional>
#include <string>

#include "logs/attempt.h"
#include "logs/message_reader.h"
#include "logs/scan.h"

namespace trackalert::logs {
namespace {

constexpr std::size_t most_sessions = 65'536;
constexpr std::string_view login_process = "-login";

/// What auth_policy's reports call it.
std::string_view protocol_of(std::string_view process) {
  process.remove_suffix(login_process.size());
  return process == "managesieve" ? "sieve" : process;
}

/// The end of a field is the next comma: none of those that are read here has one in it.
std::string_view field_at(std::string_view text, std::size_t at) {
  text.remove_prefix(at);
  return text.substr(0, text.find(','));
}

/// Whom a login process speaks of.
struct Client {
  std::string_view user;
  std::string_view remote;
  std::string_view session;
  bool tls = false;
};

/// "user=<joe>, method=PLAIN, rip=192.0.2.1, ...", the name up to the last place where it can end: it may hold
/// anything.
std::optional<Client> read_client(std::string_view text) {
  if (!take(text, "user=<")) return std::nullopt;
  constexpr std::string_view rip = ", rip=";
  const auto rip_at = text.rfind(rip);
  if (rip_at == text.npos) return std::nullopt;
  Client out;
  out.remote = field_at(text, rip_at + rip.size());
  const auto behind = text.substr(rip_at);
  auto before = text.substr(0, rip_at);
  if (const auto method = before.rfind(">, method="); method != before.npos) {
    out.user = before.substr(0, method);
  } else if (before.ends_with('>')) {
    out.user = before.substr(0, before.size() - 1);
  } else {
    return std::nullopt;
  }
  constexpr std::string_view session = "session=<";
  if (const auto at = behind.rfind(session); at != behind.npos) {
    const auto id = behind.substr(at + session.size());
    out.session = id.substr(0, id.find('>'));
  }
  out.tls = behind.find(", TLS") != behind.npos;
  return out;
}

/// What stands for a failure, and why in the words of auth_policy.
struct Failure {
  std::string_view text;
  std::string_view type;
};
constexpr std::array<Failure, 11> failures{{{"Password mismatch", wrong_credentials},
                                            {"unknown user", wrong_credentials},
                                            {"Unknown user", wrong_credentials},
                                            {"pam_authenticate() failed: Authentication failure", wrong_credentials},
                                            {"pam_authenticate() failed: User not known", wrong_credentials},
                                            {"invalid credentials", wrong_credentials},
                                            {"Invalid credentials", wrong_credentials},
                                            {"Login disabled", "disabled"},
                                            {"User is disabled", "disabled"},
                                            {"pam_acct_mgmt() failed: User account has expired", "expired"},
                                            {"Password expired", "expired"}}};

/// Whom the authentication speaks of, and why it refused.
struct Refused {
  std::string_view user;
  std::string_view remote;
  std::string_view session;
  std::string_view type;
  std::string_view behind;  ///< what follows the brackets
};

/// "joe,192.0.2.1,<abc>): Password mismatch" if its brackets end at `end`.
std::optional<Refused> read_refused(std::string_view text, std::size_t end) {
  Refused out;
  out.behind = text.substr(end + std::string_view("): ").size());
  const auto failure =
      std::ranges::find_if(failures, [&](const Failure& known) { return out.behind.starts_with(known.text); });
  if (failure == failures.end()) return std::nullopt;
  out.type = failure->type;
  auto who = text.substr(0, end);
  if (who.ends_with('>')) {
    who.remove_suffix(1);
    const auto id = take_behind_last(who, ",<");
    if (!id) return std::nullopt;
    out.session = *id;
  }
  const auto remote = take_behind_last(who, ",");
  if (!remote || !base::parse_address(*remote)) return std::nullopt;  // a look-up by no client
  out.remote = *remote;
  out.user = who;
  return out;
}

/// "(SHA1 of given password: 2fd4e1)" as it is; of "(given password: secret)" two bytes of a hash, as a report has
/// them.
std::string hash_in(std::string_view text) {
  if (const auto at = text.find("(SHA1 of given password: "); at != text.npos) {
    auto rest = text.substr(at);
    (void)take_until(rest, ": ");
    return std::string(rest.substr(0, rest.find(')')));
  }
  constexpr std::string_view plain = "(given password: ";
  const auto at = text.find(plain);
  if (at == text.npos || !text.ends_with(')')) return {};
  text.remove_prefix(at + plain.size());
  text.remove_suffix(1);
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     nullptr, 0);
  std::array<char, 5> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), 2);
  return hex.data();
}

class DovecotReader final : public MessageReader {
 public:
  Reading read(const Envelope& line, std::vector<login::Report>& out) override {
    auto text = line.message;
    const auto process = take_until(text, ": ");
    if (!process) return {};
    take(text, "Info: ");
    if (process->ends_with(login_process) && process->find(' ') == process->npos) {
      return from_login(line, protocol_of(*process), text, out);
    }
    if (process->starts_with("auth")) return from_auth(line, text, out);
    return {};
  }

 private:
  Reading from_login(const Envelope& line, std::string_view protocol, std::string_view text,
                     std::vector<login::Report>& out) {
    const auto at = text.find(": user=<");
    if (at == text.npos) return {};
    const auto what = text.substr(0, at);
    unsigned repeats = 1;
    const bool success = what == "Login" || what == "Logged in";
    if (!success) {
      constexpr std::string_view failed = "(auth failed, ";
      const auto mark = what.find(failed);
      if (mark == what.npos) return {};
      auto rest = what.substr(mark + failed.size());
      repeats = take_number(rest).value_or(1);
    }
    const auto client = read_client(text.substr(at + 2));
    if (!client) return {Reading::Kind::bad, "a Dovecot line that breaks off"};
    if (!success && !client->session.empty() && told_.erase(key(client->session)) > 0) return {};
    return put({.time = line.time,
                .login = client->user,
                .remote = client->remote,
                .protocol = protocol,
                .session_id = client->session,
                .fail_type = wrong_credentials,
                .success = success,
                .tls = client->tls,
                .repeats = repeats},
               out);
  }

  /// "passwd-file(joe,192.0.2.1,<abc>): Password mismatch", perhaps behind what says which worker.
  Reading from_auth(const Envelope& line, std::string_view text, std::vector<login::Report>& out) {
    if (take(text, "conn unix:") && (!take_until(text, "): ") || !take_until(text, ": "))) return {};
    const auto open = text.find('(');
    if (open == text.npos || text.substr(0, open).find_first_of(": ") != text.npos) return {};
    text.remove_prefix(open + 1);
    // Name and password may hold anything, so a line may look right in two places.
    std::optional<Refused> found;
    for (auto at = text.find("): "); at != text.npos; at = text.find("): ", at + 1)) {
      const auto here = read_refused(text, at);
      if (here && found) return {Reading::Kind::bad, "a Dovecot line that can be read in two ways"};
      if (here) found = here;
    }
    if (!found) return {};
    const auto pwhash = hash_in(found->behind);
    if (!found->session.empty()) note(found->session);
    return put({.time = line.time,
                .login = found->user,
                .remote = found->remote,
                .protocol = {},
                .session_id = found->session,
                .fail_type = found->type,
                .pwhash = pwhash},
               out);
  }

  static std::size_t key(std::string_view session) { return std::hash<std::string_view>{}(session); }
  void note(std::string_view session) {
    if (told_.size() >= most_sessions) told_.clear();  // then a few count once more
    told_.insert(key(session));
  }

  boost::unordered_flat_set<std::size_t> told_;  ///< sessions whose failures the authentication told of
};

}  // namespace

bool is_dovecot(std::string_view program) {
  return program == "dovecot";
}

std::unique_ptr<MessageReader> make_dovecot_reader() {
  return std::make_unique<DovecotReader>();
}

}  // namespace trackalert::logs
