// SPDX-License-Identifier: Apache-2.0
// trackalert generate: labelled logins of a world that does not exist, to see detections at work and to tune them.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>

#include "app/arguments.h"
#include "app/output_file.h"
#include "app/subcommand.h"
#include "base/clock.h"
#include "base/log.h"
#include "history/time_text.h"
#include "traffic/generator.h"
#include "traffic/world_file.h"

namespace trackalert::app {
namespace {

constexpr const char* help =
    R"(Usage: trackalert generate [OPTION]...
Writes the logins of an invented service as JSON lines, as wforce's webhook reports them, in the order of their time.
Those of attackers carry a label: {"attack": "password_spray", "campaign": "c17", "taken": false}. The same options
give the same bytes.

  -n, --logins N           accounts of the service, 1 to 10000000; default 1000
      --days D             from the first day to the last, 1 to 3660; default 30
      --rate R             logins of an account a day, the mean, 0.001 to 1000; default 5
      --start TIME         the begin of the first day; default 2026-01-05. (Accounts that have slept since then logged
                           in months before.)
      --seed S             other people, other attacks; default 1
      --world N            another country, other habits and addresses, 0 to 9999; default 0
      --attacks LIST       with commas between: FAMILY, FAMILY:CAMPAIGNS, FAMILY@INTENSITY (low, middle or high; else in
                           turns), or all, risk, none; default all. A family has 3 campaigns unless it says otherwise.
      --geo FILE           also write the world's places, for newGeoIP2DB
      --asn-kinds FILE     also write which of its networks are mobile, hosting or anonymiser
  -o, --output FILE        write to FILE and not to standard output
  -h, --help               print this text

Families:
)";

constexpr std::array<ArgumentRow, 11> rows{{{"--logins", true, 'n'},
                                            {"--days"},
                                            {"--rate"},
                                            {"--start"},
                                            {"--seed"},
                                            {"--world"},
                                            {"--attacks"},
                                            {"--geo"},
                                            {"--asn-kinds"},
                                            {"--output", true, 'o'},
                                            {"--help", false, 'h'}}};

constexpr std::size_t bytes_a_write = std::size_t{1} << 20;

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int /*signal*/) {
  interrupted = 1;
}

base::Result<void> read_number(const Arguments& arguments, std::string_view name, std::uint64_t least,
                               std::uint64_t most, auto& into) {
  const auto text = arguments.value(name);
  if (!text) return {};
  std::uint64_t number = 0;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) {
    return base::fail("{} wants a whole number from {} to {}, not {}", name, least, most, *text);
  }
  into = static_cast<std::remove_reference_t<decltype(into)>>(number);
  return {};
}

base::Result<void> read_rate(const Arguments& arguments, std::uint32_t& into) {
  const auto text = arguments.value("--rate");
  if (!text) return {};
  double rate = 0;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, rate);
  if (read.ec != std::errc{} || read.ptr != end ||
      !(rate >= 0.001 && rate <= traffic::Population::max_reports_per_day)) {
    return base::fail("--rate wants a number from 0.001 to {}, not {}", traffic::Population::max_reports_per_day,
                      *text);
  }
  into = static_cast<std::uint32_t>(std::lround(rate * 1000));
  return {};
}

base::Result<traffic::Options> read_options(const Arguments& arguments) {
  traffic::Options out;
  if (auto read = read_number(arguments, "--logins", 1, traffic::Population::max_logins, out.logins); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_number(arguments, "--days", 1, traffic::Options::max_days, out.days); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_number(arguments, "--seed", 0, std::numeric_limits<std::uint64_t>::max(), out.seed); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_number(arguments, "--world", 0, traffic::World::max_number, out.world); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_rate(arguments, out.reports_per_1000_days); !read) return std::unexpected(read.error());
  if (const auto start = arguments.value("--start")) {
    const base::SystemClock clock;
    const auto time = history::parse_time(*start, clock.now().time_since_epoch().count());
    if (!time) return std::unexpected(time.error());
    if (*time < traffic::Options::earliest_begin || *time > traffic::Options::latest_begin) {
      return base::fail("--start wants a time from 1971 to 2200, not {}", *start);
    }
    out.begin = *time;
  }
  auto attacks = traffic::parse_attacks(arguments.value("--attacks").value_or("all"));
  if (!attacks) return std::unexpected(attacks.error());
  out.attacks = std::move(*attacks);
  return out;
}

base::Result<void> write_world(const traffic::World& world, const Arguments& arguments) {
  constexpr auto readers = OutputFile::Readers::all;  // nobody lives there
  if (const auto file = arguments.value("--geo")) {
    const auto database = traffic::geo_database(world);
    if (!database) return std::unexpected(database.error());
    if (auto written = write_whole(*file, *database, readers); !written) return written;
  }
  if (const auto file = arguments.value("--asn-kinds"))
    return write_whole(*file, traffic::network_kinds(world), readers);
  return {};
}

base::Result<void> write_lines(traffic::Generator& generator, OutputFile& out) {
  const bool progress = isatty(STDERR_FILENO) != 0 && isatty(STDOUT_FILENO) == 0;
  std::string text;
  bool more = true;
  std::uint64_t writes = 0;
  while (more && interrupted == 0) {
    more = generator.next(text);
    if (more && text.size() < bytes_a_write) continue;
    out.write(text);
    if (!out.good()) return out.finish();
    text.clear();
    if (progress && ++writes % 64 == 0) fmt::print(stderr, "\r{} reports", generator.summary().lines());
  }
  if (progress && writes >= 64) fmt::print(stderr, "\r");
  if (interrupted != 0) return base::fail("interrupted, the stream is not complete");
  return out.finish();
}

int complain_of(const base::Error& error) {
  fmt::print(stderr, "trackalert generate: {}\n", base::escape_control(error.message));
  return 1;
}

void print_help() {
  fmt::print("{}", help);
  for (unsigned index = 0; index < traffic::family_count; ++index) {
    const auto family = static_cast<traffic::Family>(index);
    fmt::print("  {:<24} {}\n", traffic::family_name(family), traffic::family_help(family));
  }
  fmt::print("The last four, whom a risk score is measured by, are \"risk\"; \"all\" is the others.\n");
}

}  // namespace

int run_generate(std::span<const std::string> words) {
  const auto arguments = Arguments::parse(words, rows);
  if (!arguments) return wrong_use("generate", arguments.error().message);
  if (arguments->has("--help")) {
    print_help();
    return 0;
  }
  if (!arguments->words().empty()) return wrong_use("generate", "what is " + arguments->words().front() + "?");
  const auto options = read_options(*arguments);
  if (!options) return wrong_use("generate", options.error().message);

  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  auto out = OutputFile::open(arguments->value("--output").value_or("-"), OutputFile::Readers::all);
  if (!out) return complain_of(out.error());
  const traffic::World world(options->world);
  if (const auto written = write_world(world, *arguments); !written) return complain_of(written.error());
  traffic::Generator generator(world, *options);
  if (const auto written = write_lines(generator, *out); !written) return complain_of(written.error());
  fmt::print(stderr, "{}", generator.summary().to_text());
  return 0;
}

}  // namespace trackalert::app
