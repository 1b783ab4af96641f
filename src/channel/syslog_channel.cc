// SPDX-License-Identifier: Apache-2.0
// A line for each alert at the local syslog socket, as RFC 3164 has it. Not by syslog(3), whose name and facility are
// the whole process's: an alert is none of the daemon's own log lines.
#include <fmt/chrono.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/descriptor.h"
#include "channel/ecs_json.h"
#include "channel/kind.h"

namespace trackalert::channel {
namespace {

/// What rsyslog takes by default; a longer line would be cut anywhere.
constexpr std::size_t most_line_bytes = 8000;

struct SyslogSetting {
  std::string socket;
  std::string ident;
  int facility = 0;
  bool json = false;
};

base::Result<SyslogSetting> read(const Values& values) {
  SyslogSetting out{.socket = values.text("socket", "/dev/log"), .ident = values.text("ident", "trackalert-alert")};
  if (!out.socket.starts_with('/') || out.socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return base::fail("socket is an absolute name of at most {} bytes", sizeof(sockaddr_un::sun_path) - 1);
  }
  constexpr std::size_t most_ident = 32;
  const auto fits = [](char c) { return c > ' ' && c < 0x7f && c != ':' && c != '[' && c != ']'; };
  if (out.ident.size() > most_ident || !std::ranges::all_of(out.ident, fits)) {
    return base::fail("ident has at most {} letters, digits and the like", most_ident);
  }
  out.facility = base::facility_by_name(values.text("facility", "daemon"));
  if (out.facility < 0) return base::fail("facility is a name as daemon, auth or local0");
  const auto format = values.text("format", "pairs");
  if (format != "pairs" && format != "json") return base::fail("format is pairs or json");
  out.json = format == "json";
  return out;
}

int priority_of(detect::Severity severity) {
  switch (severity) {
    case detect::Severity::critical:
      return 2;  // LOG_CRIT
    case detect::Severity::high:
      return 3;
    case detect::Severity::medium:
      return 4;
    case detect::Severity::low:
      return 5;
    case detect::Severity::info:
      break;
  }
  return 6;
}

/// "Nov 27 13:36:05", local time.
std::string stamp(base::WallTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return fmt::format("{:%b %e %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(seconds)));
}

class SyslogChannel final : public Channel {
 public:
  SyslogChannel(SyslogSetting setting, const Ground& /*ground*/) : setting_(std::move(setting)) {}

  void deliver(Message message, Done done) override {
    for (const auto& item : message.items) {
      if (const auto sent = send_with_one_reconnect(line_of(item, message)); !sent) {
        return done(failed(sent.error().message));
      }
    }
    done({});
  }
  void stop(base::SteadyTime /*deadline*/) override {}

 private:
  std::string line_of(const Item& item, const Message& message) const {
    constexpr LineLimits usual{.names = 10, .text_bytes = 200};
    constexpr LineLimits small{.names = 0, .text_bytes = 200};  // a line of JSON cannot be cut
    const auto head = fmt::format("<{}>{} {}[{}]: ", setting_.facility | priority_of(item.alert.severity),
                                  stamp(message.now), setting_.ident, ::getpid());
    if (!setting_.json) return (head + pairs_line(item, message)).substr(0, most_line_bytes);
    auto line = head + ecs_line(item, message, usual);
    return line.size() > most_line_bytes ? head + ecs_line(item, message, small) : line;
  }

  /// A syslog daemon that was started anew has another socket under the same name.
  base::Result<void> send_with_one_reconnect(const std::string& line) {
    if (socket_.valid() && send(line)) return {};
    socket_ = {};
    if (auto connected = connect(); !connected) return connected;
    if (send(line)) return {};
    return base::fail("cannot write to the syslog socket: {}", base::error_text(errno));
  }

  [[nodiscard]] bool send(const std::string& line) const {
    const auto sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return std::cmp_equal(sent, line.size());
  }

  base::Result<void> connect() {
    socket_ = base::Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(static_cast<char*>(address.sun_path), setting_.socket.data(), setting_.socket.size());
    if (socket_.valid() && ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return {};
    }
    const int error = errno;
    socket_ = {};
    return base::fail("cannot reach the syslog socket: {}", base::error_text(error));
  }

  const SyslogSetting setting_;
  base::Descriptor socket_;
};

}  // namespace

KindRow syslog_kind() {
  return {
      .name = "syslog",
      .help = "A line at the local syslog socket.",
      .keys =
          {
              {"facility", KeyType::text, false, "default daemon"},
              {"ident", KeyType::text, false, "default trackalert-alert"},
              {"format", KeyType::text, false, "pairs (key=\"value\", default) or json (as kind ecs)"},
              {"socket", KeyType::text, false, "default /dev/log"},
          },
      .at_once = 16,
      .acts = false,
      .digests = [](const Values&) { return false; },
      .check = &check_by<read>,
      .make = &make_by<read, SyslogChannel>,
  };
}

}  // namespace trackalert::channel
