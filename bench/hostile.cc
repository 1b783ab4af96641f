// SPDX-License-Identifier: Apache-2.0
// Whether a flood of invented logins gets the better of the history and of what judges: some honest logins first, then
// reports of which each has a login, an address and a device that no other has, from a new network every 64 reports, so
// that each of these is an alert. Ends with 1 if the resident memory was more than MEMORY_MIB and 100 MiB at any time,
// or an honest login's profile is not what it was.
//   trackalert_bench_hostile DIRECTORY [REPORTS [MEMORY_MIB [DETECTIONS]]]
// With the folder DETECTIONS of rules, reports are judged by them too.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "alert/monitor.h"
#include "app/judging.h"
#include "bench/logins.h"
#include "bench/stream.h"
#include "history/rocksdb/local_history.h"
#include "policy/detection_files.h"

using namespace trackalert;
using bench::fail;

namespace {

constexpr std::size_t honest_logins = 1'000;
constexpr std::size_t honest_reports = 50'000;
constexpr double allowed_beside_mib = 100;  // of the budget
constexpr std::size_t look_every = 100'000;
constexpr std::size_t reports_a_network = 64;

/// Judges what the history took in, if there are rules.
class Judge final : public alert::Audience {
 public:
  Judge(const history::History& history, const app::MemoryShares& shares, const char* folder)
      : monitor_(history, *this, app::monitor_options(shares, 1)) {
    if (folder == nullptr) return;
    auto rules = policy::read_detections(folder);
    if (!rules) fail(rules.error().message);
    monitor_.use(*rules, {});
  }
  void judge(std::span<const history::Arrival> arrivals) {
    if (monitor_.engine() != nullptr) monitor_.judge(arrivals);
  }
  void changed(const alert::Alert& /*alert*/, alert::AlertBook::News news) override {
    if (news == alert::AlertBook::News::opened) ++opened_;
  }
  void closed(alert::Alert /*alert*/) override {}

  [[nodiscard]] std::size_t opened() const { return opened_; }
  [[nodiscard]] const alert::AlertBook& book() const { return monitor_.book(); }

 private:
  alert::Monitor monitor_;
  std::size_t opened_ = 0;
};

login::Report hostile_report(std::uint64_t number, history::Time time) {
  login::Report report;
  report.t = static_cast<double>(time) / static_cast<double>(history::second);
  report.login = fmt::format("nobody{}@example.com", number);
  std::array<std::uint8_t, 16> address{0x2d, 0x00};  // nobody has it, and it is not kept for documents
  const auto network = number / reports_a_network;
  for (std::size_t i = 0; i < 4; ++i) address[2 + i] = static_cast<std::uint8_t>(network >> (8 * (3 - i)));
  for (std::size_t i = 0; i < 8; ++i) address[8 + i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
  report.remote = base::Address::v6(address);
  report.protocol = "imap";
  report.device_id = fmt::format("device {}", number);
  report.device_attrs = {{"imapc.family", fmt::format("Mailer {}", number)}, {"os.family", "Linux"}};
  report.has_device_attrs = true;
  report.pwhash = fmt::format("{:04x}", number & 0xFFFF);
  report.fail_type = "credentials";
  return report;
}

history::Time fill_honest(history::History& history, Judge& judge, bench::StreamClock& clock) {
  bench::Logins stream({.reports = honest_reports, .logins = honest_logins, .length = history::day});
  bench::Logins::Login login;
  while (stream.next(login)) {
    clock.set(stream.now());
    std::array arrivals{history::Arrival{&login.report, login.place}};
    bench::append(history, arrivals);
    judge.judge(arrivals);
  }
  return stream.now();
}

std::vector<history::Profile> look_up_honest(const history::History& history) {
  std::vector<history::Profile> out;
  for (std::size_t i = 0; i < honest_logins; ++i) {
    auto profile = history.profile(fmt::format("user{}@example.com", i));
    if (!profile) fail(profile.error().message);
    out.push_back(std::move(*profile));
  }
  return out;
}

/// The most resident memory on the way, MiB.
double attack(history::History& history, Judge& judge, std::size_t reports, history::Time begin,
              bench::StreamClock& clock) {
  double most = 0;
  std::vector<login::Report> batch;
  std::vector<history::Arrival> arrivals;
  for (std::size_t done = 0; done < reports;) {
    batch.clear();
    arrivals.clear();
    for (; batch.size() < bench::reports_a_batch && done < reports; ++done) {
      const auto time = begin + static_cast<history::Time>(done) * history::day / static_cast<history::Time>(reports);
      batch.push_back(hostile_report(done, time));
      clock.set(time);
    }
    for (const auto& report : batch) arrivals.push_back({&report, {}});
    bench::append(history, arrivals);
    judge.judge(arrivals);
    if (done % look_every >= bench::reports_a_batch) continue;
    most = std::max(most, bench::resident_mib());
    if (isatty(2) != 0) fmt::print(stderr, "\r{} reports, {:.0f} MiB at most", done, most);
  }
  return std::max(most, bench::resident_mib());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-')
    fail("usage: trackalert_bench_hostile DIRECTORY [REPORTS [MEMORY_MIB [DETECTIONS]]]");
  if (std::filesystem::exists(argv[1])) fail("the directory exists already");
  const std::size_t reports = argc > 2 ? std::stoul(argv[2]) : 10'000'000;
  history::rocksdb::LocalHistory::Setup setup;
  setup.options.folder = argv[1];
  if (argc > 3) setup.options.memory_bytes = std::stoul(argv[3]) << 20;
  const char* rules = argc > 4 ? argv[4] : nullptr;
  const auto shares = app::divide_memory(setup.options.memory_bytes, rules != nullptr);
  const double budget = static_cast<double>(setup.options.memory_bytes) / (1 << 20);
  setup.options.memory_bytes = shares.history;
  bench::StreamClock clock;
  clock.set(bench::LoginOptions{}.begin);
  base::Log log({.syslog = false});
  metrics::Registry registry;
  auto history = history::rocksdb::LocalHistory::open(setup, clock, log, registry);
  if (!history) fail(history.error().message);
  Judge judge(**history, shares, rules);
  const auto attacked_from = fill_honest(**history, judge, clock);
  const auto before = look_up_honest(**history);
  const auto begin = bench::cpu_us();
  const auto most = attack(**history, judge, reports, attacked_from, clock);
  fmt::print("{} reports, no two of a login, an address or a device: {:.1f} us CPU each\n", reports,
             (bench::cpu_us() - begin) / static_cast<double>(reports));
  fmt::print("resident memory at most {:.0f} MiB, setHistoryMemoryMB {:.0f}\n", most, budget);
  if (rules != nullptr) {
    fmt::print("{} alerts opened, {} remembered in {:.1f} MiB\n", judge.opened(), judge.book().size(),
               static_cast<double>(judge.book().memory_bytes()) / (1 << 20));
  }
  const auto after = look_up_honest(**history);
  std::size_t same = 0;
  for (std::size_t i = 0; i < honest_logins; ++i) same += before[i] == after[i] ? 1 : 0;
  fmt::print("honest logins whose profile is as before: {} of {}\n", same, honest_logins);
  return after == before && most <= budget + allowed_beside_mib ? 0 : 1;
}
