// SPDX-License-Identifier: Apache-2.0
// Listeners, the password, who may ask, and the limits of the HTTP side.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/prefix.h"
#include "policy/bindings.h"
#include "policy/state_context.h"

namespace trackalert::policy {
namespace {

constexpr long most_threads = 1024;

/// Those that this process may run on.
unsigned usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

base::Endpoint listen_address(const std::string& text, std::string_view function) {
  const auto endpoint = base::parse_endpoint(text);
  if (!endpoint) {
    throw FunctionError(fmt::format("{}() error parsing address/port [{}]. Make sure to use IP addresses not hostnames",
                                    function, text));
  }
  if (endpoint->port == 0) throw FunctionError(fmt::format("{}() needs a port: [{}]", function, text));
  return *endpoint;
}

void check_file(const std::string& file, std::string_view what) {
  std::error_code error;
  if (access(file.c_str(), R_OK) != 0) {
    throw FunctionError(fmt::format("addListener() {} file [{}] does not exist or cannot be read", what, file));
  }
  if (!std::filesystem::is_regular_file(file, error)) {
    throw FunctionError(fmt::format("addListener() {} file [{}] is not a regular file", what, file));
  }
}

int add_listener(Call& call) {
  ListenerSetting listener;
  listener.address = listen_address(call.text(1), "addListener");
  listener.tls = call.boolean(2);
  listener.certificate_file = call.text(3);
  listener.key_file = call.text(4);
  listener.tls_options = call.pairs(5);
  std::sort(listener.tls_options.begin(), listener.tls_options.end());  // Lua's order is arbitrary
  if (listener.tls) {
    check_file(listener.certificate_file, "certificate");
    check_file(listener.key_file, "key");
  }
  call.context().services.log.info("Adding webserver listener on {} with SSL={}, cert_file={}, key_file={}",
                                   listener.address.to_string(), listener.tls ? 1 : 0, listener.certificate_file,
                                   listener.key_file);
  call.context().settings->listeners.push_back(std::move(listener));
  return 0;
}

int webserver(Call& call) {
  auto& log = call.context().services.log;
  log.warning(
      "Warning - webserver() configuration command is deprecated in favour of addListener() and will be removed in a "
      "future version");
  ListenerSetting listener;
  listener.address = listen_address(call.text(1), "webserver");
  log.info("Adding webserver listener on {}", listener.address.to_string());
  call.context().settings->listeners.push_back(std::move(listener));
  call.context().settings->webserver_password = call.text(2);
  return 0;
}

int set_webserver_password(Call& call) {
  call.context().settings->webserver_password = call.text(1);
  return 0;
}

int set_metrics_no_password(Call& call) {
  call.context().settings->metrics_without_password = true;
  return 0;
}

void check_mask(const std::string& mask) {
  base::PrefixSet probe;
  if (const auto added = probe.add(mask); !added) throw FunctionError(added.error().message);
}

int add_acl(Call& call) {
  check_mask(call.text(1));
  call.context().settings->acl.push_back(call.text(1));
  return 0;
}

int set_acl(Call& call) {
  const auto masks = call.list(1);
  for (const auto& mask : masks) check_mask(mask);
  call.context().settings->acl = masks;
  return 0;
}

int show_acl(Call& call) {
  base::PrefixSet acl;
  for (const auto& mask : call.context().settings->acl) (void)acl.add(mask);
  for (const auto& line : acl.to_strings()) *call.context().output += line + "\n";
  return 0;
}

int set_num_worker_threads(Call& call) {
  const auto threads = static_cast<unsigned>(call.integer(1, 0, most_threads));
  call.context().settings->worker_threads = threads == 0 ? usable_processors() : threads;
  return 0;
}

int set_max_webserver_conns(Call& call) {
  call.context().settings->max_connections = static_cast<std::size_t>(call.integer(1, 1, 10'000'000));
  return 0;
}

int set_max_body_bytes(Call& call) {
  call.context().settings->max_body_bytes = static_cast<std::size_t>(call.integer(1, 1024, 1L << 30));
  return 0;
}

int set_report_answer(Call& call) {
  const auto when = call.text(1);
  if (when != "accepted" && when != "done") {
    throw FunctionError(fmt::format("setReportAnswer() takes \"accepted\" or \"done\", not \"{}\"", when));
  }
  call.context().settings->answer_when_done = when == "done";
  return 0;
}

int set_report_queue_size(Call& call) {
  call.context().settings->report_queue_size = static_cast<std::size_t>(call.integer(1, 1, 100'000'000));
  return 0;
}

}  // namespace

Settings Settings::defaults() {
  Settings settings;
  settings.acl = {"127.0.0.0/8",   "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.168.0.0/16",
                  "172.16.0.0/12", "::1/128",    "fc00::/7",      "fe80::/10"};
  // They never wait for Lua, so more of them than processors would only take turns.
  settings.worker_threads = std::min(settings.worker_threads, usable_processors());
  return settings;
}

std::span<const FunctionRow> http_functions() {
  static const std::vector<FunctionRow> rows{
      {"addListener",
       Acts::in_global,
       {{"address", Type::text},
        {"use_tls", Type::boolean},
        {"certificate_file", Type::text},
        {"key_file", Type::text},
        {"tls_options", Type::pairs}},
       "",
       "Listens for HTTP, or HTTPS if use_tls, on \"IP:port\" or \"[IPv6]:port\"; tls_options are OpenSSL SSL_CONF "
       "commands by their configuration file names (MinProtocol, CipherString, ...).",
       &add_listener},
      {"webserver",
       Acts::in_global,
       {{"address", Type::text}, {"password", Type::text}},
       "",
       "Deprecated: a plain HTTP listener and the password in one.",
       &webserver},
      {"setWebserverPassword",
       Acts::in_global_and_client,
       {{"password", Type::text}},
       "",
       "The password of HTTP basic authentication: as it is, or a hash made by trackalert --hash-password. Without one "
       "nobody can authenticate.",
       &set_webserver_password},
      {"setMetricsNoPassword",
       Acts::in_global,
       {},
       "",
       "Gives /metrics to everybody whom the ACL lets in.",
       &set_metrics_no_password},
      {"addACL",
       Acts::in_global,
       {{"mask", Type::text}},
       "",
       "Adds a network, or with a leading ! an exception, to those that may use the HTTP side.",
       &add_acl},
      {"setACL",
       Acts::in_global,
       {{"masks", Type::list}},
       "",
       "Replaces the networks that may use the HTTP side, the default ones too.",
       &set_acl},
      {"showACL", Acts::in_global, {}, "", "Shows who may use the HTTP side.", &show_acl, nullptr, false, true},
      {"setNumWorkerThreads",
       Acts::in_global,
       {{"threads", Type::integer}},
       "",
       "Threads for HTTP connections, default 4 but no more than processors; 0 is one for each processor.",
       &set_num_worker_threads},
      {"setMaxWebserverConns",
       Acts::in_global,
       {{"connections", Type::integer}},
       "",
       "HTTP connections at once, default 10000; further ones are reset.",
       &set_max_webserver_conns},
      {"setMaxBodyBytes",
       Acts::in_global,
       {{"bytes", Type::integer}},
       "",
       "The largest request body, before and after decompression, default 1048576.",
       &set_max_body_bytes},
      {"setReportAnswer",
       Acts::in_global,
       {{"when", Type::text}},
       "",
       "\"accepted\" (default): a report is answered once it is accepted; \"done\": after the report function.",
       &set_report_answer},
      {"setReportQueueSize",
       Acts::in_global,
       {{"reports", Type::integer}},
       "",
       "Reports that may wait for the report function, default 100000; beyond it the answer is 503.",
       &set_report_queue_size},
  };
  return rows;
}

}  // namespace trackalert::policy
