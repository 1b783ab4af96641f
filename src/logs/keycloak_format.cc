// SPDX-License-Identifier: Apache-2.0
#include "logs/keycloak_format.h"

#include <algorithm>
#include <array>

#include "logs/attempt.h"
#include "logs/json_text.h"
#include "logs/scan.h"
#include "logs/syslog_line.h"

namespace trackalert::logs {
namespace {

struct LoginEvent {
  history::Time time = 0;
  std::string_view type;
  std::string_view error;
  std::string_view address;
  std::string_view user;
  std::string_view session;
};

struct ErrorType {
  std::string_view error;
  std::string_view fail_type;
};
/// Those that are no wrong password, and those that are no attempt at all: a page that was open too long.
constexpr std::array<ErrorType, 9> errors{{{"invalid_user_credentials", wrong_credentials},
                                           {"user_not_found", wrong_credentials},
                                           {"invalid_authentication_session", ""},
                                           {"expired_code", ""},
                                           {"cookie_not_found", ""},
                                           {"rejected_by_user", ""},
                                           {"user_disabled", "disabled"},
                                           {"user_temporarily_disabled", "policy"},
                                           {"user_permanently_disabled", "disabled"}}};

Reading put_event(const LoginEvent& event, std::vector<login::Report>& out) {
  const bool success = event.type == "LOGIN";
  if (!success && event.type != "LOGIN_ERROR") return {};
  std::string_view fail_type;
  for (const auto& known : errors) {
    if (known.error == event.error) fail_type = known.fail_type;
  }
  // What is wrong with a request, and not with a login, has no user and none of these errors.
  if (!success && fail_type.empty()) return {};
  return put({.time = event.time,
              .login = event.user,
              .remote = event.address,
              .protocol = "http",
              .session_id = event.session,
              .fail_type = fail_type,
              .success = success,
              .tls = true},
             out);
}

class KeycloakFormat final : public Format {
 public:
  explicit KeycloakFormat(const Context& context) : times_(context) {}

  Reading read(std::string_view line, std::vector<login::Report>& out) override {
    if (line.starts_with('{')) return read_json(line, out);
    return read_log(line, out);
  }

 private:
  static Reading read_json(std::string_view line, std::vector<login::Report>& out) {
    const auto value = base::parse_json(line);
    if (!value) return {Reading::Kind::bad, "no JSON"};
    const auto* time = value->find("time");
    if (time == nullptr) time = value->find("@timestamp");
    const auto type = text_in(*value, "type");
    if (type.empty()) return {};
    const auto when = time == nullptr ? std::nullopt : time_of_value(*time);
    if (!when) return {Reading::Kind::bad, "no time"};
    LoginEvent event{.time = *when,
                     .type = type,
                     .error = text_in(*value, "error"),
                     .address = text_in(*value, "ipAddress"),
                     .user = {},
                     .session = text_in(*value, "sessionId")};
    if (const auto* details = value->find("details")) event.user = text_in(*details, "username");
    return put_event(event, out);
  }

  Reading read_log(std::string_view line, std::vector<login::Report>& out) {
    constexpr std::string_view logger = "[org.keycloak.events]";
    const auto at = line.find(logger);
    const auto begin = line.find("type=", at);
    if (at == line.npos || begin == line.npos) return {};
    const auto time = times_.time_at_front(line);
    if (!time) return {Reading::Kind::bad, "no time"};
    LoginEvent event{.time = *time};
    if (!read_pairs(line.substr(begin), event))
      return {Reading::Kind::bad, "a Keycloak line that can be read in two ways"};
    return put_event(event, out);
  }

  /// `type="LOGIN_ERROR", realmId="...", username="joe"`, older ones without the quotes. The user stands behind all
  /// that we want, and may look like any of it; the client's name stands before, so nothing may come twice.
  static bool read_pairs(std::string_view text, LoginEvent& event) {
    const auto user_at = text.find(", username=");
    const auto fixed = text.substr(0, user_at);
    bool once = true;
    const auto member = [&](std::string_view name) -> std::string_view {
      const auto at = fixed.find(name);
      if (at == fixed.npos) return {};
      once = once && fixed.find(name, at + 1) == fixed.npos;
      return value_at(fixed.substr(at + name.size()));
    };
    event.type = value_at(fixed.substr(std::string_view("type=").size()));
    event.error = member(", error=");
    event.address = member(", ipAddress=");
    event.session = member(", sessionId=");
    if (user_at != text.npos) event.user = value_at(text.substr(user_at + std::string_view(", username=").size()));
    return once && !event.type.empty();
  }
  static std::string_view value_at(std::string_view text) {
    if (take(text, "\""))
      return text.substr(0, std::min(text.find("\", "), text.ends_with('"') ? text.size() - 1 : text.npos));
    return text.substr(0, text.find(", "));
  }

  SyslogReader times_;
};

}  // namespace

std::unique_ptr<Format> make_keycloak(const Context& context) {
  return std::make_unique<KeycloakFormat>(context);
}

}  // namespace trackalert::logs
