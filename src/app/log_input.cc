// SPDX-License-Identifier: Apache-2.0
#include "app/log_input.h"

#include <fmt/format.h>
#include <sodium/crypto_generichash.h>

#include <array>
#include <utility>

namespace trackalert::app {
namespace {

// Enough to know the form by; more if there is no login among them.
constexpr std::size_t first_lines = 1000;
constexpr std::size_t first_bytes = std::size_t{1} << 20;
constexpr std::size_t more_lines = 20'000;
constexpr std::size_t more_bytes = std::size_t{8} << 20;

constexpr std::uint64_t lines_between_questions = 1024;

std::string hash_of(std::string_view line) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(line.data()), line.size(),
                     nullptr, 0);
  return fmt::format("{:02x}", fmt::join(hash, ""));
}

}  // namespace

base::Result<std::unique_ptr<LogInput>> LogInput::open(const std::string& name, const Terms& terms) {
  std::unique_ptr<LogInput> input(new LogInput(name, terms));
  if (auto opened = input->open_source(); !opened) return std::unexpected(opened.error());
  input->look_ahead();
  return input;
}

base::Result<void> LogInput::open_source() {
  const auto reopen = [this]() -> base::Result<void> {
    auto source = logs::LineSource::open(name_);
    if (!source) return std::unexpected(source.error());
    source_ = std::move(*source);
    return {};
  };
  if (auto opened = reopen(); !opened) return opened;
  bytes_in_all_ = source_->bytes_in_all();
  reference_ = source_->modified().value_or(terms_.now);
  counts_.again = 0;
  if (!terms_.known || !bytes_in_all_ || pass_over_known()) return {};
  line_.clear();
  return reopen();
}

/// False: it is not the file that was taken before, and must be read from its start.
bool LogInput::pass_over_known() {
  Position position;
  std::string first;
  LogPlace known;
  do {
    const auto line = source_->next();
    if (!line) return false;
    const auto& text = *line;
    if (!text) return false;
    ++position.lines;
    position.bytes += text->size();
    line_ = *text;
    if (position.lines > 1) continue;
    first = line_;
    const auto found = terms_.known(hash_of(first));
    if (!found) return false;
    known = *found;
  } while (position.lines < known.lines);
  if (position.bytes != known.bytes || hash_of(line_) != known.last) return false;
  first_line_ = first;
  at_ = position;
  number_ = source_->lines();
  counts_.again = position.lines;
  return true;
}

void LogInput::look_ahead() {
  const logs::Context context{terms_.zone, reference_};
  read_ahead(first_lines, first_bytes);
  has_lines_ = !ahead_.empty();
  choose_format(context);
  if (!make_ && ahead_.size() == first_lines) {
    read_ahead(more_lines, more_bytes);
    choose_format(context);
  }
  if (!make_) return;
  const auto format = make_(context);
  if (!format) return;
  std::vector<login::Report> found;
  for (const auto& line : ahead_) {
    format->read(line, found);
    if (found.empty()) continue;
    first_time_ = found.front().t;
    return;
  }
}

/// An error will come again when these are read.
void LogInput::read_ahead(std::size_t most_lines, std::size_t most_bytes) {
  std::size_t bytes = 0;
  while (ahead_.size() < most_lines && bytes < most_bytes) {
    const auto line = source_->next();
    if (!line) return;
    const auto& text = *line;
    if (!text) return;
    bytes += text->size();
    ahead_.emplace_back(*text);
    ahead_numbers_.push_back(source_->lines());
  }
}

void LogInput::choose_format(const logs::Context& context) {
  if (terms_.make) {
    format_name_ = terms_.format_name;
    return;
  }
  const auto* const row = logs::detect_format(ahead_, context);
  if (row == nullptr) return;
  make_ = row->make;
  format_name_ = row->name;
}

void LogInput::rest() {
  if (!bytes_in_all_ || format_ != nullptr) return;
  source_.reset();
  ahead_ = {};
  ahead_numbers_ = {};
  first_line_.clear();
  line_.clear();
  at_ = {};
  number_ = 0;
}

base::Result<std::optional<std::string_view>> LogInput::next_line() {
  base::Result<std::optional<std::string_view>> line;
  auto number = number_;
  if (next_ahead_ < ahead_.size()) {
    number = ahead_numbers_[next_ahead_];
    line = ahead_[next_ahead_++];
  } else {
    ahead_ = {};
    next_ahead_ = 0;
    line = source_->next();
    number = source_->lines() + (line && *line ? 0 : 1);
  }
  // What the source leaves out was too long.
  if (const auto left_out = number - number_ - 1; number > number_ + 1) {
    counts_.lines += left_out;
    counts_.skip(fmt::format("longer than {} bytes", logs::usual_line_bytes), name_, number_ + 1, left_out);
  }
  number_ = number;
  return line;
}

base::Result<bool> LogInput::read_line() {
  const auto line = next_line();
  if (!line) return std::unexpected(line.error());
  const auto& found = *line;
  if (!found) return false;
  const auto text = *found;
  if (counts_.lines % lines_between_questions == 0 && terms_.go_on && !terms_.go_on()) return false;
  if (at_.lines == 0) first_line_ = text;
  done_ = at_;
  done_line_.swap(line_);
  line_.assign(text);
  ++at_.lines;
  at_.bytes += text.size();
  ++counts_.lines;
  found_.clear();
  next_found_ = 0;
  const auto reading = format_->read(text, found_);
  if (reading.kind == logs::Reading::Kind::other) ++counts_.other;
  if (reading.kind == logs::Reading::Kind::bad) counts_.skip(reading.reason, name_, number_);
  return true;
}

base::Result<login::Report*> LogInput::peek() {
  if (!make_ || ended_) return nullptr;
  if (!source_) {
    if (auto opened = open_source(); !opened) return std::unexpected(opened.error());
  }
  if (!format_) format_ = make_({terms_.zone, reference_});
  if (!format_) return base::fail("{}: there is no memory to read its form", name_);
  while (next_found_ == found_.size()) {
    const auto more = read_line();
    if (!more || !*more) end();
    if (!more) return std::unexpected(more.error());
    if (!*more) return nullptr;
  }
  return &found_[next_found_];
}

/// Others may be as long: the memory goes.
void LogInput::end() {
  ended_ = true;
  bytes_used_ = source_->bytes_used();
  source_.reset();
  format_.reset();
}

void LogInput::pop() {
  ++next_found_;
}

std::optional<LogPlace> LogInput::place() const {
  const bool whole = next_found_ == found_.size();
  const auto& position = whole ? at_ : done_;
  if (!bytes_in_all_ || position.lines == 0) return std::nullopt;
  return LogPlace{hash_of(first_line_), hash_of(whole ? line_ : done_line_), position.lines, position.bytes};
}

}  // namespace trackalert::app
