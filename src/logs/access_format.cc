// SPDX-License-Identifier: Apache-2.0
#include "logs/access_format.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "logs/attempt.h"
#include "logs/clock_text.h"
#include "logs/scan.h"

namespace trackalert::logs {
namespace {

constexpr history::Time same_login = 10 * history::minute;
constexpr std::size_t most_remembered = 65'536;

/// "10/Oct/2026:13:55:36 +0200"
std::optional<history::Time> parse_time(std::string_view text) {
  constexpr std::string_view shape = "dd/Mon/yyyy:hh:mm:ss +zzzz";
  if (text.size() != shape.size()) return std::nullopt;
  const auto day = whole_number(text.substr(0, 2));
  text.remove_prefix(2);
  if (!day || !take(text, "/")) return std::nullopt;
  const auto month = take_month(text);
  if (!month || !take(text, "/")) return std::nullopt;
  const auto year = whole_number(text.substr(0, 4));
  text.remove_prefix(4);
  if (!year || !take(text, ":")) return std::nullopt;
  const auto time_of_day = take_time_of_day(text);
  const bool east = text.starts_with(" +");
  if (!time_of_day || (!take(text, " +") && !take(text, " -"))) return std::nullopt;
  const auto zone_hours = whole_number(text.substr(0, 2));
  const auto zone_minutes = whole_number(text.substr(2));
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), *month, std::chrono::day(*day)};
  if (!zone_hours || !zone_minutes || !date.ok()) return std::nullopt;
  const std::chrono::seconds zone{(*zone_hours * 60 + *zone_minutes) * 60};
  const auto when = std::chrono::sys_seconds(std::chrono::sys_days(date)) + *time_of_day + (east ? -zone : zone);
  return std::chrono::microseconds(when.time_since_epoch()).count();
}

/// From a quote to the next that no backslash stands before; both go.
std::optional<std::string_view> take_quoted(std::string_view& text) {
  if (!take(text, "\"")) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      const auto taken = text.substr(0, at);
      text.remove_prefix(at + 1);
      return taken;
    }
  }
  return std::nullopt;
}

struct Request {
  std::string_view remote;
  std::string_view user;
  history::Time time = 0;
  unsigned status = 0;
  std::string_view agent;
};

std::optional<Request> read_request(std::string_view line) {
  Request out;
  const auto remote = take_until(line, " ");
  if (!remote || !take_until(line, " ")) return std::nullopt;
  out.remote = *remote;
  // The user may have blanks and brackets in it; what follows it is a time in brackets and a quote.
  for (auto at = line.find(" ["); at != line.npos; at = line.find(" [", at + 1)) {
    auto rest = line.substr(at + 2);
    const auto stamp = take_until(rest, "] ");
    const auto time = stamp ? parse_time(*stamp) : std::nullopt;
    if (!time) continue;
    out.user = line.substr(0, at);
    out.time = *time;
    if (!take_quoted(rest) || !take(rest, " ")) return std::nullopt;
    const auto status = take_number(rest);
    if (!status) return std::nullopt;
    out.status = *status;
    if (!take(rest, " ") || !take_until(rest, " ") || !take_quoted(rest) || !take(rest, " ")) return out;
    out.agent = take_quoted(rest).value_or("");
    return out;
  }
  return std::nullopt;
}

class AccessFormat final : public Format {
 public:
  Reading read(std::string_view line, std::vector<login::Report>& out) override {
    const auto request = read_request(line);
    if (!request) return {Reading::Kind::bad, "no line of an access log"};
    constexpr unsigned unauthorized = 401;
    constexpr unsigned first_error = 400;
    const bool refused = request->status == unauthorized;
    if (request->user == "-" || request->user.empty()) return {};
    if (!refused && (request->status >= first_error || is_known(*request))) return {};
    return put({.time = request->time,
                .login = request->user,
                .remote = request->remote,
                .protocol = "http",
                .device_id = request->agent == "-" ? std::string_view() : request->agent,
                .fail_type = wrong_credentials,
                .success = !refused},
               out);
  }

 private:
  bool is_known(const Request& request) {
    const std::hash<std::string_view> hash;
    const auto key = (hash(request.user) * 31 + hash(request.remote)) * 31 + hash(request.agent);
    if (seen_.size() >= most_remembered) seen_.clear();  // then some are told once more
    const auto [at, fresh] = seen_.try_emplace(key, request.time);
    const bool known = !fresh && request.time - at->second < same_login;
    if (!known) at->second = request.time;
    return known;
  }

  boost::unordered_flat_map<std::size_t, history::Time> seen_;
};

}  // namespace

std::unique_ptr<Format> make_access(const Context& /*context*/) {
  return std::make_unique<AccessFormat>();
}

}  // namespace trackalert::logs
