// SPDX-License-Identifier: Apache-2.0
#include "net/chunk_decoder.h"

#include <algorithm>

#include "base/ascii.h"

namespace trackalert::net {
namespace {

bool is_control_but_tab(char c) {
  return base::is_control(c) && c != '\t';
}

}  // namespace

ChunkDecoder::Outcome ChunkDecoder::feed(std::string_view input, std::string& body, std::size_t limit,
                                         std::size_t& used) {
  std::size_t at = 0;
  Outcome outcome = Outcome::more;
  while (at < input.size() && outcome == Outcome::more) {
    if (state_ == State::data) {
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
      body.append(input, at, piece);
      at += piece;
      remaining_ -= piece;
      if (remaining_ == 0) state_ = State::data_cr;
      continue;
    }
    outcome = step(input[at++]);
    // A chunk is refused by its announced size, before any of it is taken.
    if (state_ == State::data && remaining_ > limit - std::min(limit, body.size())) outcome = Outcome::too_large;
  }
  used = at;
  return outcome;
}

ChunkDecoder::Outcome ChunkDecoder::on_size(char c) {
  if (const int digit = base::hex_value(c); digit >= 0) {
    if (state_ == State::size_first) line_bytes_ = 0;
    if (++line_bytes_ > max_size_digits) return Outcome::bad;
    if (remaining_ >> 60 != 0) return Outcome::too_large;
    remaining_ = remaining_ << 4 | static_cast<unsigned>(digit);
    state_ = State::size;
    return Outcome::more;
  }
  if (state_ == State::size_first) return Outcome::bad;
  line_bytes_ = 0;
  return on_size_end(c);
}

ChunkDecoder::Outcome ChunkDecoder::on_size_end(char c) {
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';') {
    state_ = State::extension;
  } else if ((c == ' ' || c == '\t') && ++line_bytes_ <= max_extension_bytes) {
    state_ = State::size_blank;
  } else {
    return Outcome::bad;
  }
  return Outcome::more;
}

ChunkDecoder::Outcome ChunkDecoder::step(char c) {
  const auto expect = [this, c](char wanted, State next) {
    state_ = next;
    return c == wanted ? Outcome::more : Outcome::bad;
  };
  switch (state_) {
    case State::size_first:
    case State::size:
      return on_size(c);
    case State::size_blank:
      return on_size_end(c);
    case State::extension:
      if (c == '\r') return expect('\r', State::size_lf);
      return is_control_but_tab(c) || ++line_bytes_ > max_extension_bytes ? Outcome::bad : Outcome::more;
    case State::size_lf:
      return expect('\n', remaining_ > 0 ? State::data : State::trailer_start);
    case State::data_cr:
      return expect('\r', State::data_lf);
    case State::data_lf:
      return expect('\n', State::size_first);
    case State::trailer_start:
      if (c == '\r') return expect('\r', State::last_lf);
      state_ = State::trailer;
      [[fallthrough]];
    case State::trailer:
      if (c == '\r') return expect('\r', State::trailer_lf);
      return is_control_but_tab(c) || ++line_bytes_ > max_trailer_bytes ? Outcome::bad : Outcome::more;
    case State::trailer_lf:
      return expect('\n', State::trailer_start);
    case State::last_lf:
      return c == '\n' ? Outcome::done : Outcome::bad;
    case State::data:
      break;
  }
  return Outcome::bad;
}

}  // namespace trackalert::net
