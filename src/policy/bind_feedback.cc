// SPDX-License-Identifier: Apache-2.0
// What people do with alerts: take them in hand, close them, give a verdict.
#include "alert/feedback.h"
#include "base/ascii.h"
#include "policy/alert_access.h"
#include "policy/bindings.h"
#include "policy/history_access.h"

namespace trackalert::policy {
namespace {

constexpr const char* by_console = "console";
constexpr std::size_t max_url_bytes = 512;

/// The URL without slashes behind it, as it stands before "/feedback/...".
base::Result<std::string> public_url(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  constexpr std::string_view plain = "-._~/:[]%";
  const auto fits = [plain](char c) { return base::is_letter_or_digit(c) || plain.contains(c); };
  const auto scheme = text.starts_with("https://") ? 8U : text.starts_with("http://") ? 7U : 0U;
  if (scheme == 0 || text.size() == scheme || text[scheme] == '/' || text.size() > max_url_bytes ||
      !std::ranges::all_of(text, fits)) {
    return base::fail("setPublicUrl() takes an https URL without user, query and fragment, at most {} bytes",
                      max_url_bytes);
  }
  return text;
}

int set_public_url(Call& call) {
  auto url = public_url(call.text(1));
  if (!url) throw FunctionError(url.error().message);
  auto& settings = *call.context().settings;
  settings.public_url = std::move(*url);
  settings.template_dir = call.given(2) ? call.text(2) : std::string();
  return 0;
}

template <class T>
T handled(alert::Handled<T> result) {
  if (!result) throw FunctionError(result.error().message);
  return std::move(*result);
}

std::string who(const Call& call, int index) {
  return call.given(index) ? call.text(index) : std::string(by_console);
}

int acknowledge(Call& call) {
  const auto alert = handled(running_watch(call).acknowledge(call.text(1), who(call, 2)));
  *call.context().output += fmt::format("Alert {} is acknowledged\n", alert.id);
  return 0;
}

int close(Call& call) {
  const auto alert = handled(running_watch(call).close(call.text(1), who(call, 2)));
  *call.context().output += fmt::format("Alert {} is closed\n", alert.id);
  return 0;
}

int feedback(Call& call) {
  const auto verdict = alert::verdict_by_name(call.text(2));
  if (!verdict) throw FunctionError("the verdict is one of good, bad, forget");
  alert::Wish wish{.alert = call.text(1), .verdict = *verdict, .by = who(call, 3), .login = {}, .link = {}};
  if (call.given(4)) wish.login = call.text(4);
  const auto answer = handled(
      alert::give_feedback(running_history(call).history, running_watch(call), call.context().services.clock, wish));
  *call.context().output += alert::feedback_text(answer);
  return 0;
}

int show_feedback(Call& call) {
  const auto counts = running_watch(call).verdict_counts();
  if (!counts) throw FunctionError(counts.error().message);
  *call.context().output += alert::verdict_counts_text(*counts);
  return 0;
}

}  // namespace

std::span<const FunctionRow> feedback_functions() {
  static const std::vector<FunctionRow> rows{
      {"setPublicUrl",
       Acts::in_global,
       {{"url", Type::text}, {"template_dir", Type::text, true}},
       "",
       "Where the links in mails to owners lead, through a proxy of yours; without it there are none. The pages are "
       "templates, and those in template_dir stand in place of ours.",
       &set_public_url},
      {"ackAlert",
       Acts::in_global,
       {{"id", Type::text}, {"by", Type::text, true}},
       "",
       "Somebody has the alert in hand; by is who, \"console\" by default.",
       &acknowledge},
      {"closeAlert",
       Acts::in_global,
       {{"id", Type::text}, {"by", Type::text, true}},
       "",
       "Closes an alert: the next finding of the same cause opens another.",
       &close},
      {"alertFeedback",
       Acts::in_global,
       {{"id", Type::text}, {"verdict", Type::text}, {"by", Type::text, true}, {"login", Type::text, true}},
       "",
       "A verdict on an alert: \"good\" (it was the person), \"bad\" (it was somebody else) or \"forget\" (as if it "
       "had "
       "not been); login says whom it is about where the alert does not.",
       &feedback},
      {"showFeedback",
       Acts::in_global,
       {},
       "",
       "Shows for each rule how many alerts were false alarms, by the verdicts on them, and what to do about it.",
       &show_feedback,
       nullptr,
       false,
       true},
  };
  return rows;
}

}  // namespace trackalert::policy
