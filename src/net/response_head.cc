// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/ascii.h"

namespace trackalert::net {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool acceptable(std::string_view name, std::string_view value) {
  if (name.empty() ||
      std::any_of(name.begin(), name.end(), [](char c) { return base::is_control(c) || c == ':' || c == ' '; }))
    return false;
  if (std::any_of(value.begin(), value.end(), [](char c) { return base::is_control(c) && c != '\t'; })) return false;
  constexpr std::array<std::string_view, 6> ours{"content-length", "content-type", "connection",
                                                 "date",           "server",       "transfer-encoding"};
  return std::ranges::none_of(ours, [name](std::string_view own) { return base::equal_but_for_case(own, name); });
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

void DateLine::update(std::chrono::system_clock::time_point now) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  text_ = fmt::format("date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", days.at(static_cast<unsigned>(utc.tm_wday)),
                      utc.tm_mday, months.at(static_cast<unsigned>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour,
                      utc.tm_min, utc.tm_sec);
}

bool append_response_head(std::string& out, const Response& response, ResponseStyle style, std::string_view date_line) {
  bool complete = true;
  if (response.status == 200) {
    out += style.http_1_0 ? "HTTP/1.0 200 OK\r\n" : "HTTP/1.1 200 OK\r\n";
  } else {
    out += style.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
    append_number(out, response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
  }
  if (response.status != 204 && response.status != 304) {
    out += "content-length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (!style.keep_alive) {
    out += "connection: close\r\n";
  } else if (style.http_1_0) {
    out += "connection: Keep-Alive\r\n";
  }
  if (!response.content_type.empty()) {
    out += "content-type: ";
    out += response.content_type;
    out += "\r\n";
  }
  out += "server: trackalert\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!acceptable(name, value)) {
      complete = false;
      continue;
    }
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += date_line;
  out += "\r\n";
  return complete;
}

}  // namespace trackalert::net
