// SPDX-License-Identifier: Apache-2.0
// trackalert import --follow: logs as they are written, to the running daemon of a configuration.
#include <fmt/core.h>

#include <cstdlib>
#include <fstream>

#include "app/channels.h"
#include "app/config_file.h"
#include "app/follower.h"
#include "app/history_door.h"
#include "app/log_form.h"
#include "app/offline_config.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* password_variable = "TRACKALERT_PASSWORD";
constexpr std::string_view hash_mark = "$argon2";

/// What the command line says, with names that hold in any directory.
struct Wanted {
  std::vector<std::string> inputs;
  std::optional<std::string> password_file;
  std::optional<std::string> state_file;
  std::optional<std::string> server;
  LogForm form;
  bool from_start = false;
};

base::Result<Wanted> wanted_by(const Arguments& arguments) {
  auto form = LogForm::wanted(arguments);
  if (!form) return std::unexpected(form.error());
  Wanted wanted{
      .server = arguments.value("--server"), .form = std::move(*form), .from_start = arguments.has("--from-start")};
  for (const auto& word : arguments.words()) {
    if (word == "-") return base::fail("standard input cannot be followed");
    wanted.inputs.push_back(is_journal(word) ? word : absolute_name(word));
  }
  if (const auto file = arguments.value("--password-file")) wanted.password_file = absolute_name(*file);
  if (const auto file = arguments.value("--state")) wanted.state_file = absolute_name(*file);
  return wanted;
}

/// The daemon's first listener, as a client on this machine reaches it.
base::Result<std::string> server_of(const policy::Settings& settings) {
  if (settings.listeners.empty()) return base::fail("the configuration has no addListener(); see --server");
  const auto& listener = settings.listeners.front();
  auto address = listener.address;
  if (address.address == *base::parse_address("0.0.0.0")) address.address = *base::parse_address("127.0.0.1");
  if (address.address == *base::parse_address("::")) address.address = *base::parse_address("::1");
  return fmt::format("{}://{}", listener.tls ? "https" : "http", address.to_string());
}

base::Result<std::string> password_of(const Wanted& wanted, const policy::Settings& settings) {
  if (wanted.password_file) {
    std::ifstream file(*wanted.password_file);
    std::string password;
    if (!std::getline(file, password)) return base::fail("cannot read a password from {}", *wanted.password_file);
    return password;
  }
  if (const char* const password = std::getenv(password_variable)) return password;  // NOLINT(concurrency-mt-unsafe)
  if (settings.webserver_password.starts_with(hash_mark)) {
    return base::fail("the configuration has only a hash of the password; see --password-file");
  }
  return settings.webserver_password;
}

base::Result<ReportSender::Options> sender_options(const Wanted& wanted, const policy::Settings& settings) {
  auto url = wanted.server ? base::Result<std::string>(*wanted.server) : server_of(settings);
  if (!url) return std::unexpected(url.error());
  while (url->ends_with('/')) url->pop_back();
  auto password = password_of(wanted, settings);
  if (!password) return std::unexpected(password.error());
  return ReportSender::Options{std::move(*url), std::move(*password), tls_options(settings.curl)};
}

base::Result<std::string> state_file(const Wanted& wanted, const policy::Settings& settings) {
  if (wanted.state_file) return *wanted.state_file;
  if (settings.history.folder.empty()) return base::fail("without setHistoryDir(), --state FILE must be given");
  return absolute_name(settings.history.folder + "/follow");
}

/// The form of what a file has; of a journal it is known.
base::Result<LogInput::MakeFormat> form_of(const std::string& input, const LogInput::Terms& terms) {
  if (terms.make) return terms.make;
  if (is_journal(input)) return LogInput::MakeFormat(logs::format_by_name("syslog")->make);
  const auto probe = LogInput::open(input, terms);
  if (!probe) return std::unexpected(probe.error());
  const auto* const row = logs::format_by_name((*probe)->format());
  if (row == nullptr) return base::fail("{}: no known format in its first lines; see --format and --lua", input);
  return LogInput::MakeFormat(row->make);
}

base::Result<std::vector<Follower::Input>> open_inputs(const Wanted& wanted, const LogInput::Terms& terms,
                                                       const base::Clock& clock, const FollowState& state) {
  std::vector<Follower::Input> inputs;
  for (const auto& name : wanted.inputs) {
    const auto make = form_of(name, terms);
    if (!make) return std::unexpected(make.error());
    auto format = (*make)({terms.zone, terms.now, &clock});
    if (!format) return base::fail("{}: there is no memory to read its form", name);
    inputs.emplace_back(name, follow(name, {state.place(name), wanted.from_start}), std::move(format));
  }
  return inputs;
}

void print_counts(const Follower::Counts& counts) {
  fmt::print("{} lines read, {} attempts, {} lines of no login, {} skipped\n", counts.lines.lines, counts.attempts,
             counts.lines.other, counts.lines.skipped_in_all());
  for (const auto& [reason, entry] : counts.lines.skipped) {
    fmt::print("  {}: {}, first: {}\n", base::escape_control(reason), entry.count, base::escape_control(entry.first));
  }
}

base::Result<void> follow_all(const Arguments& arguments) {
  Follower follower;  // before any thread
  const auto wanted = wanted_by(arguments);
  if (!wanted) return std::unexpected(wanted.error());
  policy::Settings settings;
  const auto config = arguments.value("--config");
  if (config || !wanted->server || !wanted->state_file) {
    const auto read = OfflineConfig::read(config);
    if (!read) return std::unexpected(read.error());
    settings = (*read)->settings();
  }
  auto sender_settings = sender_options(*wanted, settings);
  if (!sender_settings) return std::unexpected(sender_settings.error());
  const base::SystemClock clock;
  const schedule::LocalZone zone;
  LogInput::Terms terms{.zone = zone, .now = clock.now().time_since_epoch().count()};
  auto make = wanted->form.maker({settings.lua_timeout, settings.lua_memory_mb << 20}, {zone, terms.now});
  if (!make) return std::unexpected(make.error());
  terms.make = std::move(*make);
  terms.format_name = wanted->form.name;
  const auto file = state_file(*wanted, settings);
  if (!file) return std::unexpected(file.error());
  auto state = FollowState::open(*file);
  if (!state) return std::unexpected(state.error());
  auto inputs = open_inputs(*wanted, terms, clock, *state);
  if (!inputs) return std::unexpected(inputs.error());
  fmt::print(stderr, "following, reports go to {}\n", sender_settings->url);
  ReportSender sender(std::move(*sender_settings));
  auto done = follower.run(*inputs, *state, sender);
  print_counts(follower.counts());
  return done;
}

}  // namespace

int run_follow(const Arguments& arguments) {
  const auto done = follow_all(arguments);
  return done ? 0 : complain(done.error());
}

}  // namespace trackalert::app
