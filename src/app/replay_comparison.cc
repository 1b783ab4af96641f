// SPDX-License-Identifier: Apache-2.0
#include "app/replay_comparison.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "app/history_door.h"
#include "app/output_file.h"
#include "app/replay_difference.h"
#include "base/descriptor.h"

namespace trackalert::app {
namespace {

/// What one configuration found. The JSON of all lies in a file.
struct Side {
  std::string file;
  std::vector<FoundAlert> alerts;
};

base::Result<void> keep_standard_input(ReplayInput& input, const std::string& folder) {
  const auto file = folder + "/input";
  auto out = OutputFile::open(file);
  if (!out) return std::unexpected(out.error());
  std::array<char, std::size_t{64} << 10> block{};
  while (out->good() && !replay_interrupted()) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail("cannot read standard input: {}", base::error_text(errno));
    if (got == 0) break;
    out->write({block.data(), static_cast<std::size_t>(got)});
  }
  input.file = file;
  return out->finish();
}

base::Result<Side> run_side(const ReplayWish& wish, std::string file, std::string_view shown) {
  Side side{.file = std::move(file)};
  auto out = OutputFile::open(side.file);
  if (!out) return std::unexpected(out.error());
  bool too_many = false;
  auto outcome = run_one_replay(wish, [&](const alert::Alert& alert) {
    too_many = side.alerts.size() >= max_compared_alerts;
    if (too_many) return;
    const auto json = alert_json(alert);
    auto& found = side.alerts.emplace_back(found_alert(alert));
    found.at = out->written();
    found.bytes = json.size();
    out->write(json);
  });
  if (!outcome) return std::unexpected(outcome.error());
  if (too_many) return base::fail("{} finds more than {} alerts", shown, max_compared_alerts);
  if (auto written = out->finish(); !written) return std::unexpected(written.error());
  fmt::print(stderr, "{}: {}\n", base::escape_control(shown), summary_text(outcome->summary));
  if (const auto& cut_short = outcome->cut_short) return std::unexpected(*cut_short);
  return side;
}

class JsonOf {
 public:
  static base::Result<JsonOf> open(const std::string& file) {
    base::Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return base::fail("cannot read {}: {}", file, base::error_text(errno));
    return JsonOf(std::move(opened));
  }
  [[nodiscard]] std::string operator()(const FoundAlert& alert) const {
    std::string out(alert.bytes, ' ');
    const auto got = pread(file_.get(), out.data(), out.size(), static_cast<off_t>(alert.at));
    return got == static_cast<ssize_t>(out.size()) ? out : "null";
  }

 private:
  explicit JsonOf(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
};

base::Result<void> write_lines(const ReplayDifference& difference, const Side& a, const Side& b,
                               const std::string& file) {
  auto out = OutputFile::open(file);
  if (!out) return std::unexpected(out.error());
  const auto json_a = JsonOf::open(a.file);
  if (!json_a) return std::unexpected(json_a.error());
  const auto json_b = JsonOf::open(b.file);
  if (!json_b) return std::unexpected(json_b.error());
  const auto only = [&out](std::string_view side, const std::string& json) {
    out->write(fmt::format("{{\"only\": \"{}\", \"alert\": {}}}\n", side, json));
  };
  for (const auto* alert : difference.only_a) only("A", (*json_a)(*alert));
  for (const auto* alert : difference.only_b) only("B", (*json_b)(*alert));
  for (const auto& changed : difference.changed) {
    const auto* const what = !changed.taken     ? "\"severity\""
                             : changed.severity ? "\"severity\", \"taken\""
                                                : "\"taken\"";
    out->write(fmt::format("{{\"changed\": [{}], \"a\": {}, \"b\": {}}}\n", what, (*json_a)(*changed.a),
                           (*json_b)(*changed.b)));
  }
  return out->finish();
}

}  // namespace

int compare_replays(ReplayWish wish, const std::array<std::string, 2>& configs, const std::array<std::string, 2>& shown,
                    const std::optional<std::string>& alerts, const std::string& folder) {
  for (auto& input : wish.inputs) {
    if (input.file != "-") continue;
    if (const auto kept = keep_standard_input(input, folder); !kept) return complain(kept.error());
  }
  std::vector<Side> sides;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    wish.config = configs.at(i);
    auto side = run_side(wish, fmt::format("{}/alerts-{}", folder, i), shown.at(i));
    if (!side) return complain(side.error());
    sides.push_back(std::move(*side));
  }
  const auto found = difference(sides[0].alerts, sides[1].alerts);
  const bool json_to_standard_output = alerts == "-";
  fmt::print(json_to_standard_output ? stderr : stdout, "{}", difference_text(found, shown[0], shown[1]));
  if (alerts) {
    if (const auto written = write_lines(found, sides[0], sides[1], *alerts); !written)
      return complain(written.error());
  }
  return found.none() ? 0 : exit_different;
}

}  // namespace trackalert::app
