// SPDX-License-Identifier: Apache-2.0
#include "api/route.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"

namespace trackalert::api {
namespace {

/// %XX decoded; a broken escape stays as it is.
std::string url_decoded(std::string_view text, bool plus_is_blank) {
  if (text.find_first_of("%+") == text.npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && base::hex_value(text[i + 1]) >= 0 &&
        base::hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(base::hex_value(text[i + 1]) * 16 + base::hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), base::to_lower);
  return text;
}

/// Calls visit(name, value) for each pair of a query, both still encoded.
template <class Visit>
void each_raw_pair(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    visit(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

/// The value of the query's last "command", empty without one. Every report asks: no pair is copied for it.
std::string command_of(std::string_view query) {
  constexpr std::string_view wanted = "command";
  std::string_view command;
  each_raw_pair(query, [&](std::string_view name, std::string_view value) {
    if (name == wanted || (name.contains('%') && url_decoded(name, true) == wanted)) command = value;
  });
  return url_decoded(command, true);
}

bool is_get(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

bool is_custom(const std::string& name, const std::vector<std::string>& custom_endpoints) {
  return std::binary_search(custom_endpoints.begin(), custom_endpoints.end(), name);
}

Route custom_route(std::string name) {
  return {Command::custom, Password::needed, true, std::move(name)};
}

/// /?command=NAME: everything behind the password, unknown names too.
Route by_query(std::string_view method, std::string_view query, const std::vector<std::string>& custom_endpoints) {
  if (method == "PATCH") return {Command::not_allowed};
  if (method == "OPTIONS") return {Command::no_options};
  auto name = command_of(query);
  if (is_get(method) && name == "stats") return {Command::stats, Password::needed, true};
  if (is_get(method) && name == "readyz") return {Command::readyz, Password::needed, true};
  if (method == "POST" && name == "report") return {Command::report, Password::needed, true};
  if (method == "POST" && is_custom(name, custom_endpoints)) return custom_route(std::move(name));
  return {Command::not_found, Password::needed, true};
}

/// A resource that is only read: /metrics, /livez and the like.
Route read_only(std::string_view method, Command command, Password password) {
  if (is_get(method)) return {command, password, true};
  return {method == "OPTIONS" ? Command::no_options : Command::not_allowed};
}

Route by_path(std::string_view method, const std::string& name, const std::vector<std::string>& custom_endpoints) {
  const auto built_in = lower(name);
  if (built_in == "livez") return read_only(method, Command::livez, Password::not_needed);
  if (is_get(method) && built_in == "stats") return {Command::stats, Password::needed, true};
  if (is_get(method) && built_in == "readyz") return {Command::readyz, Password::not_needed, true};
  if (method == "POST" && built_in == "report") return {Command::report, Password::needed, true};
  if (method == "POST" && is_custom(name, custom_endpoints)) return custom_route(name);
  return {Command::not_found};
}

Route not_allowed(std::string_view allow) {
  return {.command = Command::not_allowed, .allow = allow};
}

Route resource(Command command, std::string argument) {
  return {.command = command, .password = Password::needed, .guarded = true, .argument = std::move(argument)};
}

Route read_resource(std::string_view method, Command command, std::string argument) {
  return is_get(method) ? resource(command, std::move(argument)) : not_allowed("GET, HEAD");
}

/// What is asked of something that has a name, as /api/v1/COLLECTION/NAME/explanation.
constexpr std::string_view explanation = "explanation";

Route login_route(std::string_view method, std::string login, std::string_view aspect) {
  if (aspect == explanation) return read_resource(method, Command::explain_login, std::move(login));
  if (!aspect.empty()) return {Command::not_found};
  if (is_get(method)) return resource(Command::show_login, std::move(login));
  return method == "DELETE" ? resource(Command::erase_login, std::move(login)) : not_allowed("GET, HEAD, DELETE");
}

Route alert_route(std::string_view method, std::string id, std::string_view aspect, std::string_view query) {
  if (id.empty()) {
    return aspect.empty() ? read_resource(method, Command::list_alerts, std::string(query)) : Route{Command::not_found};
  }
  if (aspect == "feedback") {
    if (is_get(method)) return resource(Command::list_verdicts, std::move(id));
    return method == "POST" ? resource(Command::give_feedback, std::move(id)) : not_allowed("GET, HEAD, POST");
  }
  if (aspect == explanation) return read_resource(method, Command::explain_alert, std::move(id));
  if (!aspect.empty()) return {Command::not_found};
  if (is_get(method)) return resource(Command::show_alert, std::move(id));
  return method == "POST" ? resource(Command::handle_alert, std::move(id)) : not_allowed("GET, HEAD, POST");
}

Route delivery_route(std::string_view method, std::string id, std::string_view aspect, std::string_view query) {
  if (id.empty()) {
    return aspect.empty() ? read_resource(method, Command::list_deliveries, std::string(query))
                          : Route{Command::not_found};
  }
  if (aspect != "resend") return {Command::not_found};
  return method == "POST" ? resource(Command::resend_delivery, std::move(id)) : not_allowed("POST");
}

Route allowance_route(std::string_view method, std::string id) {
  if (!id.empty()) {
    return method == "DELETE" ? resource(Command::disallow, std::move(id)) : not_allowed("DELETE");
  }
  if (is_get(method)) return resource(Command::list_allowances, {});
  return method == "POST" ? resource(Command::allow, {}) : not_allowed("GET, HEAD, POST");
}

/// What lies under /api/v1/. The path is not decoded as a whole, for a login may hold any character; in it a slash is
/// %2F.
Route by_resource(std::string_view method, std::string_view path, std::string_view query) {
  const auto slash = std::min(path.find('/'), path.size());
  const auto collection = path.substr(0, slash);
  const auto rest = path.substr(std::min(slash + 1, path.size()));
  if (collection == "history" && rest == "query") {
    return method == "POST" ? resource(Command::history_query, {}) : not_allowed("POST");
  }
  if (collection == "feedback" && rest.empty()) return read_resource(method, Command::show_feedback, {});
  // A network has a slash of its own.
  if (collection == "nets" && !rest.empty()) {
    return read_resource(method, Command::show_net, url_decoded(rest, false));
  }
  const auto end = std::min(rest.find('/'), rest.size());
  auto name = url_decoded(rest.substr(0, end), false);
  const auto aspect = rest.substr(std::min(end + 1, rest.size()));
  if (end < rest.size() && (aspect.empty() || name.empty())) return {Command::not_found};
  if (collection == "alerts") return alert_route(method, std::move(name), aspect, query);
  if (collection == "deliveries") return delivery_route(method, std::move(name), aspect, query);
  if (collection == "allowances" && aspect.empty()) return allowance_route(method, std::move(name));
  if (name.empty()) return {Command::not_found};
  if (collection == "logins") return login_route(method, std::move(name), aspect);
  if (collection != "remotes" || !aspect.empty()) return {Command::not_found};
  return read_resource(method, Command::show_remote, std::move(name));
}

/// The token of PUBLIC_PATH/feedback/TOKEN; nothing where the path is another.
std::optional<std::string_view> feedback_token(std::string_view path, std::string_view public_path) {
  constexpr std::string_view below = "/feedback/";
  if (!public_path.empty() && path.starts_with(public_path)) {
    if (const auto rest = path.substr(public_path.size()); rest.starts_with(below)) path = rest;
  }
  if (!path.starts_with(below)) return std::nullopt;
  return path.substr(below.size());
}

/// Neither ACL nor password: the token is the permission.
Route feedback_route(std::string_view method, std::string_view token) {
  if (!is_get(method) && method != "POST") return not_allowed("GET, HEAD, POST");
  return {.command = is_get(method) ? Command::feedback_page : Command::feedback_answer,
          .argument = std::string(token)};
}

}  // namespace

bool asks_history(Command command) {
  switch (command) {
    case Command::history_query:
    case Command::show_login:
    case Command::erase_login:
    case Command::show_remote:
    case Command::show_net:
    case Command::explain_login:
    case Command::list_alerts:
    case Command::show_alert:
    case Command::explain_alert:
    case Command::list_allowances:
    case Command::allow:
    case Command::disallow:
    case Command::list_deliveries:
    case Command::resend_delivery:
    case Command::handle_alert:
    case Command::give_feedback:
    case Command::list_verdicts:
    case Command::show_feedback:
      return true;
    default:
      return false;
  }
}

bool has_argument(Command command) {
  return command == Command::custom || command == Command::feedback_page || command == Command::feedback_answer ||
         (asks_history(command) && command != Command::history_query);
}

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  each_raw_pair(query, [&](std::string_view name, std::string_view value) {
    out.emplace_back(url_decoded(name, true), url_decoded(value, true));
  });
  return out;
}

std::string_view path_of(std::string_view target) {
  // The absolute form that proxies are sent: http://host/path
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
    const auto path = target.find('/', scheme + 3);
    target = path == target.npos ? "/" : target.substr(path);
  }
  return target.substr(0, target.find('?'));
}

Route find_route(std::string_view method, std::string_view target, const std::vector<std::string>& custom_endpoints,
                 std::optional<std::string_view> public_path) {
  if (target.empty()) return {Command::not_found};
  const auto raw_path = path_of(target);
  const auto query = target.substr(std::min(target.find('?'), target.size() - 1) + 1);
  if (raw_path == "/") return by_query(method, query, custom_endpoints);

  if (public_path) {
    if (const auto token = feedback_token(raw_path, *public_path)) return feedback_route(method, *token);
  }
  constexpr std::string_view resources = "/api/v1/";
  if (raw_path.starts_with(resources)) return by_resource(method, raw_path.substr(resources.size()), query);
  const auto path = url_decoded(raw_path, false);
  if (path.find("..") != path.npos) return {Command::forbidden_path};
  const auto folded = lower(path);
  constexpr std::string_view prefix = "/command/";
  if (folded.starts_with(prefix)) return by_path(method, path.substr(prefix.size()), custom_endpoints);
  if (folded == "/metrics") return read_only(method, Command::metrics, Password::as_configured);
  if (folded == "/livez") return read_only(method, Command::livez, Password::not_needed);
  if (folded == "/readyz") return read_only(method, Command::readyz, Password::not_needed);
  if (folded == "/api/openapi.json") return read_only(method, Command::openapi, Password::not_needed);
  return {Command::not_found};
}

}  // namespace trackalert::api
