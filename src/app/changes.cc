// SPDX-License-Identifier: Apache-2.0
#include "app/changes.h"

#include <tuple>

namespace trackalert::app {

namespace {

class Changes {
 public:
  template <class T>
  void compare(const char* function, const T& before, const T& after) {
    if (!(before == after)) names_.emplace_back(function);
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

void compare_history(Changes& changes, const history::Options& before, const history::Options& after) {
  changes.compare("setHistoryDir", before.folder, after.folder);
  changes.compare("setHistoryRetention", before.retention, after.retention);
  changes.compare("setProfileRetention", before.profile_retention, after.profile_retention);
  changes.compare("setHistorySync", before.sync, after.sync);
  changes.compare("setHistoryMemoryMB", before.memory_bytes, after.memory_bytes);
  changes.compare("setHistoryMaxDiskGB", before.max_disk_bytes, after.max_disk_bytes);
  changes.compare("setHistoryPseudonymise", before.pseudonymise, after.pseudonymise);
}

void compare_fixed(Changes& changes, const policy::Settings& before, const policy::Settings& after) {
  changes.compare("addListener", before.listeners, after.listeners);
  changes.compare("controlSocket", before.control_sockets, after.control_sockets);
  changes.compare("setNumWorkerThreads", before.worker_threads, after.worker_threads);
  changes.compare("setMaxBodyBytes", before.max_body_bytes, after.max_body_bytes);
  changes.compare("setNumReportThreads", before.report_threads, after.report_threads);
  changes.compare("setNumSchedulerThreads", before.scheduler_threads, after.scheduler_threads);
  changes.compare("setNumLuaStates", before.lua_states, after.lua_states);
  changes.compare("setPublicUrl", std::tie(before.public_url, before.template_dir),
                  std::tie(after.public_url, after.template_dir));
  compare_history(changes, before.history, after.history);
}

}  // namespace

std::vector<std::string> changes_for_next_start(const policy::Settings& before, const policy::Settings& after) {
  Changes changes;
  compare_fixed(changes, before, after);
  return changes.take();
}

std::vector<std::string> changes_for_next_load(const policy::Settings& before, const policy::Settings& after) {
  Changes changes;
  compare_fixed(changes, before, after);
  changes.compare("enableDetection", before.detections, after.detections);
  changes.compare("addAlertChannel", before.channels, after.channels);
  changes.compare("routeAlerts", before.routes, after.routes);
  changes.compare("setLuaTimeoutSecs", before.lua_timeout, after.lua_timeout);
  changes.compare("setLuaMemoryLimitMB", before.lua_memory_mb, after.lua_memory_mb);
  changes.compare("setNumWebHookThreads", before.webhook_threads, after.webhook_threads);
  changes.compare("setNumWebHookConnsPerThread", before.webhook_connections, after.webhook_connections);
  changes.compare("setWebHookTimeoutSecs", before.webhook_timeout, after.webhook_timeout);
  changes.compare("disableCurlPeerVerification", before.curl.verify_peer, after.curl.verify_peer);
  changes.compare("disableCurlHostVerification", before.curl.verify_host, after.curl.verify_host);
  changes.compare("setCurlCABundleFile", before.curl.ca_bundle_file, after.curl.ca_bundle_file);
  changes.compare("setCurlClientCertAndKey", before.curl.client_certificate_file, after.curl.client_certificate_file);
  return changes.take();
}

}  // namespace trackalert::app
