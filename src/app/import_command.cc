// SPDX-License-Identifier: Apache-2.0
// trackalert import: past logins out of logs into the history of a configuration, without anybody who judges them.
#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "app/arguments.h"
#include "app/config_file.h"
#include "app/device_file.h"
#include "app/history_door.h"
#include "app/history_import.h"
#include "app/import_summary.h"
#include "app/imported_files.h"
#include "app/log_form.h"
#include "app/log_merge.h"
#include "app/offline_config.h"
#include "app/progress.h"
#include "app/subcommand.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert import [OPTION]... INPUT...
Reads past logins out of logs into the history of a configuration, so that it knows its users from the first day.
Nobody is alerted. INPUT is a file, plain, gzip or zstd, or - for standard input; the order does not matter. The form of
each is found by its first lines. No daemon may have the history open.

       trackalert import --follow [OPTION]... INPUT...
Follows logs as they are written, and reports what they tell of to the running daemon, which judges it. INPUT is a file,
journal, or journal:UNIT. How far it came is kept, so that nothing is lost over restarts.

  -C, --config FILE        the daemon's configuration
      --format NAME        the form of all inputs, see below
      --lua FILE           ... a function of Lua's, which gets a line and returns nil or a report
      --again              take what an earlier import of the same file took, too
      --dry-run            only read and count; the history is not touched
      --json               say what became of the lines as JSON
  -R, --regexes FILE       parse user agents by FILE
      --follow             follow, see above; with it:
      --from-start         the first time, take all that a file has, and not only what comes
      --state FILE         keep there how far it came; default: "follow" in the history's directory
      --server URL         the daemon; default: the first listener of the configuration
      --password-file FILE its password; default: $TRACKALERT_PASSWORD, else that of the configuration
  -h, --help               print this text

Forms:
)";

constexpr std::array<ArgumentRow, 13> rows{{{"--config", true, 'C'},
                                            {"--format"},
                                            {"--lua"},
                                            {"--again", false},
                                            {"--dry-run", false},
                                            {"--json", false},
                                            {"--regexes", true, 'R'},
                                            {"--follow", false},
                                            {"--from-start", false},
                                            {"--state"},
                                            {"--server"},
                                            {"--password-file"},
                                            {"--help", false, 'h'}}};

constexpr std::string_view too_old = "older than setHistoryRetention()";
constexpr std::chrono::seconds between_notes{5};

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int /*signal*/) {
  interrupted = 1;
}

/// Files that root makes in the directory of another user, that one's daemon cannot open.
base::Result<void> check_owner(const std::string& folder) {
  struct stat about{};
  if (::stat(folder.c_str(), &about) != 0 || about.st_uid == ::geteuid()) return {};
  const auto* const owner = ::getpwuid(about.st_uid);  // NOLINT(concurrency-mt-unsafe): there is one thread
  const std::string name = owner == nullptr ? std::to_string(about.st_uid) : owner->pw_name;
  return base::fail("{} belongs to the user {}; run the import as that one (sudo -u {} trackalert import ...)", folder,
                    name, name);
}

/// One run, from the words to the summary.
class Import {
 public:
  explicit Import(const Arguments& arguments)
      : dry_(arguments.has("--dry-run")),
        again_(arguments.has("--again")),
        log_(warnings_alone()),
        now_(system_clock_.now().time_since_epoch().count()),
        terms_{zone_, now_, {}, {}, {}, [this] { return go_on(); }} {
    summary_.dry = dry_;
  }

  base::Result<void> prepare(const Arguments& arguments);
  base::Result<void> run();
  [[nodiscard]] const ImportSummary& summary() const { return summary_; }

 private:
  base::Result<void> read_settings(const Arguments& arguments);
  base::Result<void> open_history();
  void open_inputs();
  base::Result<void> read_inputs();
  base::Result<void> note_places();
  bool go_on();
  void tell(const base::Error& error);
  void sum_up();

  const bool dry_;
  const bool again_;
  base::Log log_;
  base::SystemClock system_clock_;
  base::FakeClock clock_;
  metrics::Registry registry_;
  const history::Time now_;
  const schedule::LocalZone zone_;
  LogInput::Terms terms_;
  std::vector<std::string> names_;
  policy::LuaLimits lua_limits_;
  std::unique_ptr<device::DeviceParser> devices_;
  std::unique_ptr<OfflineConfig> config_;  ///< null: none
  geo::Databases no_places_;
  history::Options options_;
  std::unique_ptr<history::rocksdb::LocalHistory> history_;
  std::unique_ptr<ImportedFiles> imported_;  ///< null: nothing is taken
  std::unique_ptr<HistoryImport> target_;
  std::vector<std::unique_ptr<LogInput>> inputs_;
  std::uint64_t bytes_in_all_ = 0;  ///< 0: not known
  base::SteadyTime next_note_;
  std::optional<Progress> progress_;
  std::uint64_t steps_ = 0;
  ImportSummary summary_;
};

base::Result<void> Import::prepare(const Arguments& arguments) {
  // Names are relative to where the operator stands, not to the configuration.
  for (const auto& word : arguments.words()) {
    names_.push_back(word == "-" ? word : absolute_name(word));
  }
  const auto form = LogForm::wanted(arguments);
  if (!form) return std::unexpected(form.error());
  auto devices = device::DeviceParser::load(find_regexes(arguments.value("--regexes")).value_or(""), log_);
  if (!devices) return std::unexpected(devices.error());
  devices_ = std::move(*devices);
  if (auto read = read_settings(arguments); !read) return read;
  auto make = form->maker(lua_limits_, {zone_, now_});
  if (!make) return std::unexpected(make.error());
  terms_.make = std::move(*make);
  terms_.format_name = form->name;
  return dry_ ? base::Result<void>{} : open_history();
}

base::Result<void> Import::read_settings(const Arguments& arguments) {
  const auto file = arguments.value("--config");
  auto config = OfflineConfig::read(file);
  if (!config && dry_ && !file) return {};  // it needs none
  if (!config) return std::unexpected(config.error());
  config_ = std::move(*config);
  const auto& settings = config_->settings();
  options_ = settings.history;
  lua_limits_ = {settings.lua_timeout, settings.lua_memory_mb << 20};
  return {};
}

base::Result<void> Import::open_history() {
  if (options_.folder.empty()) return base::fail("the configuration has no setHistoryDir()");
  options_.folder = absolute_name(options_.folder);
  if (auto ours = check_owner(options_.folder); !ours) return ours;
  clock_.set_wall(base::WallTime{std::chrono::microseconds{now_}});
  auto history = history::rocksdb::LocalHistory::open({.options = options_, .upkeep = false}, clock_, log_, registry_);
  if (!history) return std::unexpected(history.error());
  history_ = std::move(*history);
  auto imported = ImportedFiles::load(options_.folder + "/imports");
  if (!imported) return std::unexpected(imported.error());
  imported_ = std::make_unique<ImportedFiles>(std::move(*imported));
  if (!again_) terms_.known = [this](const std::string& first) { return imported_->find(first); };
  return {};
}

base::Result<void> Import::run() {
  open_inputs();
  const auto& places = config_ ? config_->places() : no_places_;
  target_ = std::make_unique<HistoryImport>(HistoryImport::Setup{places, *devices_, clock_, now_}, history_.get());
  auto done = read_inputs();
  sum_up();
  return done;
}

void Import::open_inputs() {
  bool known = true;
  for (const auto& name : names_) {
    auto input = LogInput::open(name, terms_);
    if (!input) {
      tell(input.error());
      continue;
    }
    known = known && (*input)->bytes_in_all();
    bytes_in_all_ += (*input)->bytes_in_all().value_or(0);
    if ((*input)->format().empty() && (*input)->has_lines()) {
      tell({fmt::format("{}: no known format in its first lines; see --format and --lua", name)});
    }
    inputs_.push_back(std::move(*input));
    (inputs_.back())->rest();
    if (interrupted != 0) return;
  }
  if (!known) bytes_in_all_ = 0;
}

base::Result<void> Import::read_inputs() {
  if (auto begun = target_->begin(); !begun) return begun;
  progress_.emplace("attempts");
  next_note_ = system_clock_.steady() + between_notes;
  const history::Time oldest = now_ - options_.retention;
  base::Result<void> taken;
  const auto take = [&](LogInput& input, login::Report& report) {
    if (history_ && system_clock_.steady() >= next_note_) {
      taken = note_places();
      if (!taken) return false;
    }
    if (report.t * static_cast<double>(history::second) < static_cast<double>(oldest)) {
      input.skip(too_old);
    } else {
      taken = target_->take(report);
    }
    return taken.has_value();
  };
  LogMerge(inputs_).run(take, [this](const base::Error& error) { tell(error); });
  progress_.reset();
  if (!taken) return taken;
  if (auto finished = target_->finish(); !finished) return finished;
  if (history_) taken = note_places();
  if (taken && interrupted != 0) return base::fail("interrupted; another import goes on from here");
  return taken;
}

/// What has been taken is in the history before it is noted: a crash between the two takes a few seconds' worth twice.
base::Result<void> Import::note_places() {
  next_note_ = system_clock_.steady() + between_notes;
  if (auto flushed = target_->flush(); !flushed) return flushed;
  if (auto synced = history_->sync(); !synced) return synced;
  for (const auto& input : inputs_) {
    if (const auto place = input->place()) imported_->note(*place);
  }
  return imported_->save();
}

bool Import::go_on() {
  if (progress_ && progress_->is_due(++steps_)) {
    std::uint64_t used = 0;
    for (const auto& input : inputs_) used += input->bytes_used();
    const auto all = static_cast<double>(bytes_in_all_);
    progress_->show(all > 0 ? std::optional(static_cast<double>(used) / all) : std::nullopt,
                    target_->counts().attempts);
  }
  return interrupted == 0;
}

void Import::tell(const base::Error& error) {
  (void)complain(error);
  summary_.errors.push_back(error.message);
}

void Import::sum_up() {
  summary_.taken = target_->counts();
  for (const auto& input : inputs_) {
    const auto& counts = input->counts();
    summary_.files.push_back({input->name(), input->format(), counts.lines, counts.again});
    summary_.lines.add(counts);
  }
}

void print_help() {
  fmt::print("{}", help);
  for (const auto& row : logs::formats()) fmt::print("  {:<15}{}\n", row.name, row.what);
}

}  // namespace

int run_import(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("import", arguments.error().message);
  if (arguments->has("--help")) {
    print_help();
    return 0;
  }
  if (arguments->words().empty()) return wrong_use("import", "it wants the name of a file, or -");
  if (arguments->has("--follow")) return run_follow(*arguments);
  std::signal(SIGPIPE, SIG_IGN);
  // The first asks; a second one ends it, also if it waits for a pipe.
  struct sigaction action{};
  action.sa_handler = interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  Import import(*arguments);
  if (auto prepared = import.prepare(*arguments); !prepared) return complain(prepared.error());
  const auto done = import.run();
  fmt::print("{}", arguments->has("--json") ? summary_json(import.summary()) : summary_text(import.summary()));
  if (!done) return complain(done.error());
  return import.summary().errors.empty() ? 0 : 1;
}

}  // namespace trackalert::app
