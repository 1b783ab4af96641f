// SPDX-License-Identifier: Apache-2.0
// libedit's own interface rather than its imitation of readline: it has no globals, and its function for reading a
// character is ours to replace, which is where the wait for the stop signal goes.
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "console/completion.h"
#include "console/history_file.h"
#include "console/line_source.h"
#include "console/socket.h"
#include "console/utf8.h"

namespace trackalert::console {
namespace {

class EditedLines final : public LineSource {
 public:
  explicit EditedLines(LineSourceOptions options)
      : options_(std::move(options)),
        edit_(el_init("trackalert", options_.in, options_.out, stderr)),
        history_(history_winit()) {
    if (!edit_ || !history_) throw std::bad_alloc();
    EditLine* edit = edit_.get();
    HistEventW event{};
    history_w(history_.get(), &event, H_SETSIZE, static_cast<int>(HistoryFile::max_lines));
    el_wset(edit, EL_CLIENTDATA, this);
    el_wset(edit, EL_PROMPT, &EditedLines::show_prompt);
    el_wset(edit, EL_SIGNAL, options_.catch_signals ? 1 : 0);
    el_wset(edit, EL_EDITOR, L"emacs");
    el_wset(edit, EL_HIST, history_w, history_.get());
    el_wset(edit, EL_GETCFN, &EditedLines::read_character);
    el_wset(edit, EL_ADDFN, L"complete-command", L"Completes the name of a command", &EditedLines::on_tab);
    el_wset(edit, EL_BIND, L"^I", L"complete-command", nullptr);
    el_wset(edit, EL_BIND, L"^R", L"em-inc-search-prev", nullptr);
    // Without a UTF-8 locale libedit takes these for keys pressed together with Meta.
    for (wchar_t letter = 0xa0; letter <= 0xff; ++letter) {
      const std::array<wchar_t, 2> key{letter, L'\0'};
      el_wset(edit, EL_BIND, key.data(), L"ed-insert", nullptr);
    }
  }

  base::Result<std::optional<std::string>> next() override {
    int size = 0;
    // Left to itself libedit prompts first, and a ^D or TAB that comes right after is the kernel's.
    el_wset(edit_.get(), EL_PREP_TERM, 1);
    const wchar_t* text = el_wgets(edit_.get(), &size);
    if (text == nullptr || size <= 0 || stopped_) {
      std::fputc('\n', options_.out);
      std::fflush(options_.out);
      return std::nullopt;
    }
    std::wstring_view line(text, static_cast<std::size_t>(size));
    if (line.back() == L'\n') line.remove_suffix(1);
    std::string out = to_utf8(line);
    if (out.size() > max_line_size) return base::fail("the line is longer than {} bytes", max_line_size);
    return out;
  }

  void remember(std::string_view line) override {
    HistEventW event{};
    history_w(history_.get(), &event, H_ENTER, from_utf8(line).c_str());
  }

 private:
  static EditedLines& self(EditLine* edit) {
    void* data = nullptr;
    el_wget(edit, EL_CLIENTDATA, &data);
    return *static_cast<EditedLines*>(data);
  }

  static wchar_t* show_prompt(EditLine*) {
    static wchar_t text[] = L"> ";
    return text;
  }

  /// 1 and a character, or 0 for the end.
  static int read_character(EditLine* edit, wchar_t* out) {
    EditedLines& lines = self(edit);
    for (;;) {
      unsigned char byte = 0;
      if (!lines.read_byte(byte)) return 0;
      if (const auto character = lines.decoder_.take(byte)) {
        *out = *character;
        return 1;
      }
    }
  }

  bool read_byte(unsigned char& byte) {
    const int fd = fileno(options_.in);
    for (;;) {
      const Io io = wait_for(fd, POLLIN, options_.stop_fd, Deadline::max());
      stopped_ = io == Io::stopped;
      if (io != Io::done) return false;
      const ssize_t got = ::read(fd, &byte, 1);
      if (got == 1) return true;
      if (got == 0 || (errno != EINTR && errno != EAGAIN)) return false;
    }
  }

  static unsigned char on_tab(EditLine* edit, int) {
    const EditedLines& lines = self(edit);
    const LineInfoW* line = el_wline(edit);
    const std::wstring_view before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
    const auto found = complete(to_utf8(before), lines.options_.completions);
    if (!found.insert.empty()) {
      el_winsertstr(edit, from_utf8(found.insert).c_str());
      return CC_REFRESH;
    }
    if (found.choices.empty()) return CC_REFRESH_BEEP;
    std::fputc('\n', lines.options_.out);
    for (const auto choice : found.choices)
      std::fprintf(lines.options_.out, "%.*s\n", static_cast<int>(choice.size()), choice.data());
    return CC_REDISPLAY;
  }

  LineSourceOptions options_;
  Utf8Decoder decoder_;
  bool stopped_ = false;
  std::unique_ptr<EditLine, decltype([](EditLine* edit) { el_end(edit); })> edit_;
  std::unique_ptr<HistoryW, decltype([](HistoryW* history) { history_wend(history); })> history_;
};

}  // namespace

std::unique_ptr<LineSource> make_edited_lines(LineSourceOptions options) {
  return std::make_unique<EditedLines>(std::move(options));
}

}  // namespace trackalert::console
