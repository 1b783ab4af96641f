// SPDX-License-Identifier: Apache-2.0
#include "app/client.h"

#include <fmt/core.h>

#include "app/config_file.h"
#include "app/console_words.h"
#include "app/generation.h"
#include "console/client.h"
#include "console/interactive.h"

namespace trackalert::app {
namespace {

constexpr auto default_address = "127.0.0.1:4005";

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int complain(base::Log& log, const base::Error& error) {
  log.error("Fatal error: {}", error.message);
  return 1;
}

}  // namespace

base::Result<policy::Settings> client_settings(const std::optional<std::string>& config_file, base::Log& log) {
  const auto name = enter_config_folder(config_file, log);
  const auto source = read_config(name, log);
  if (!source) {
    log.warning("{}", source.error().message);
    return policy::Settings{};
  }
  base::SystemClock clock;
  policy::Statistics statistics(clock);
  policy::NoControl control;
  const std::atomic<const policy::RunningHistory*> no_history{nullptr};
  return Generation::load_for_client(*source, {log, clock, statistics, control, no_history});
}

base::Endpoint console_of(const policy::Settings& settings) {
  // The last one: a client's own configuration may name another daemon behind the shared part.
  return settings.control_sockets.empty() ? *base::parse_endpoint(default_address) : settings.control_sockets.back();
}

int run_client(const Options& options, base::Log& log) {
  const auto settings = client_settings(options.config_file, log);
  if (!settings) {
    log.error("{}", settings.error().message);
    return 1;
  }
  const auto server = console_of(*settings);
  print(fmt::format("Connecting to {}\n", server.to_string()));
  const auto& key = settings->console_key;
  if (!key) return complain(log, {"no console key: the configuration has no valid setKey()"});
  auto client = console::ConsoleClient::connect(server, *key);
  if (!client) return complain(log, client.error());

  if (options.command) {
    const auto answer = client->execute(*options.command);
    if (!answer) return complain(log, answer.error());
    print(*answer + "\n");
    return 0;
  }
  console::InteractiveOptions interactive;
  interactive.lines.completions = console_words();
  const auto run = [&](std::string_view line) {
    auto answer = client->execute(line);
    if (answer) *answer += '\n';
    return answer;
  };
  const auto end = console::run_interactive(interactive, run);
  return end ? 0 : complain(log, end.error());
}

}  // namespace trackalert::app
