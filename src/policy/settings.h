// SPDX-License-Identifier: Apache-2.0
// What a configuration says. Plain data: filled while the configuration runs (and by commands on the console, into a
// copy), then read by whoever is built from it. app/changes.cc knows which changes wait for the next start.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alert/allow_list.h"
#include "base/address.h"
#include "channel/setting.h"
#include "crypto/console_key.h"
#include "detect/rule.h"
#include "history/options.h"
#include "schedule/cron.h"

namespace trackalert::policy {

struct ListenerSetting {
  base::Endpoint address;
  bool tls = false;
  std::string certificate_file;
  std::string key_file;
  std::vector<std::pair<std::string, std::string>> tls_options;
  bool operator==(const ListenerSetting&) const = default;
};

struct ScheduleSetting {
  std::string name;  ///< of the background function
  std::optional<schedule::CronExpression> cron;
  std::chrono::seconds interval{0};  ///< without cron
  std::string text;                  ///< as written, to compare and show
};

/// TLS towards webhook servers.
struct CurlSetting {
  bool verify_peer = true;
  bool verify_host = true;
  std::string ca_bundle_file;
  std::string client_certificate_file;
  std::string client_key_file;
  bool operator==(const CurlSetting&) const = default;
};

/// What judges reports; none: nothing does.
struct DetectionSetting {
  std::vector<detect::Rule> rules;  ///< by name
  std::string asn_kinds_file;       ///< empty: ours
  bool operator==(const DetectionSetting&) const = default;
};

struct Settings {
  std::vector<ListenerSetting> listeners;
  std::vector<base::Endpoint> control_sockets;
  std::optional<crypto::Key> console_key;
  std::string webserver_password;  ///< plain or an Argon2id hash
  bool metrics_without_password = false;
  std::vector<std::string> acl;

  unsigned worker_threads = 4;  ///< HTTP I/O; by default no more than there are processors
  unsigned report_threads = 6;
  unsigned scheduler_threads = 4;
  unsigned lua_states = 0;  ///< lower bound of report and scheduler threads together
  std::size_t max_connections = 10'000;
  std::size_t report_queue_size = 100'000;
  std::size_t max_body_bytes = 1024 * 1024;
  bool answer_when_done = false;  ///< setReportAnswer("done")
  std::chrono::seconds lua_timeout{10};
  std::size_t lua_memory_mb = 256;
  std::chrono::seconds shutdown_timeout{10};

  unsigned webhook_threads = 5;
  unsigned webhook_connections = 10;  ///< per thread
  std::size_t webhook_queue_size = 50'000;
  std::chrono::seconds webhook_timeout{2};
  CurlSetting curl;

  history::Options history;  ///< without a folder: off
  DetectionSetting detections;
  std::vector<alert::Allowance> allowances;  ///< what nobody is alerted about
  std::vector<channel::ChannelSetting> channels;
  std::vector<channel::Values> routes;  ///< as routeAlerts() was given them, checked
  std::string public_url;               ///< where links in mails lead; empty: nowhere
  std::string template_dir;             ///< of pages, in place of ours; empty: ours

  std::vector<ScheduleSetting> schedules;
  std::vector<std::string> custom_endpoints;  ///< in the order of registration

  /// What holds until a configuration says otherwise.
  static Settings defaults();
};

}  // namespace trackalert::policy
