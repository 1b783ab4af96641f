// SPDX-License-Identifier: Apache-2.0
#include "api/feedback_page.h"

#include "alert/feedback.h"
#include "api/backend.h"
#include "channel/alert_words.h"

namespace trackalert::api {
namespace {

constexpr unsigned gone = 410;

net::Response page(const FeedbackDoor& door, unsigned status, std::string body) {
  return {.status = status,
          .content_type = "text/html; charset=utf-8",
          .body = std::move(body),
          .headers = door.pages.headers()};
}

/// The same for every reason.
net::Response refused(const FeedbackDoor& door) {
  door.refused.add();
  return page(door, gone, door.pages.refused());
}

net::Response unavailable(const FeedbackDoor& door) {
  auto out = page(door, 503, door.pages.refused());
  out.headers.emplace_back("retry-after", "5");
  return out;
}

/// The link's alert, if the link is for its login and was not used.
base::Result<std::optional<alert::Alert>> alert_of(const Backend& backend, const alert::Link& link) {
  const auto used = backend.watch->is_used(link.id);
  if (!used) return std::unexpected(used.error());
  if (*used) return std::nullopt;
  auto found = backend.watch->find(link.alert);
  if (!found) return found;
  auto& known = *found;
  if (!known || backend.feedback->signer.login_hash(alert::login_of(*known)) != link.login_hash) return std::nullopt;
  return found;
}

net::Response question(const Backend& backend, const alert::Link& link) {
  const auto& door = *backend.feedback;
  const auto found = alert_of(backend, link);
  if (!found) return unavailable(door);
  const auto& known = *found;
  if (!known) return refused(door);
  const auto reports = alert::reports_behind(*backend.history, *known, alert::login_of(*known));
  const channel::Reader reader{.language = link.language, .timezone = {}};
  door.shown.add();
  return page(door, 200,
              door.pages.question(link.language,
                                  channel::owner_values(*known, reports.empty() ? nullptr : &reports.front(), reader)));
}

std::optional<alert::Verdict> verdict_in(std::string_view body) {
  for (const auto& [name, value] : query_pairs(body)) {
    if (name == "verdict" && value == "good") return alert::Verdict::good;
    if (name == "verdict" && value == "bad") return alert::Verdict::bad;
  }
  return std::nullopt;
}

net::Response answer(const Backend& backend, const alert::Link& link, alert::Verdict verdict) {
  const auto& door = *backend.feedback;
  const auto found = alert_of(backend, link);
  if (!found) return unavailable(door);
  if (!*found) return refused(door);
  const auto done = alert::give_feedback(*backend.history, *backend.watch, backend.clock,
                                         {.alert = link.alert,
                                          .verdict = verdict,
                                          .by = std::string(by_owner),
                                          .login = {},
                                          .link = alert::UsedLink{.id = link.id, .expires = link.expires}});
  if (!done) return done.error().why == alert::Refusal::Why::storage ? unavailable(door) : refused(door);
  door.answered.add();
  backend.log.notice("The owner of an account answered \"{}\" to alert {}", alert::verdict_name(verdict), link.alert);
  return page(door, 200, door.pages.answered(link.language, verdict == alert::Verdict::good));
}

std::optional<alert::Link> link_of(const Backend& backend, const Route& route) {
  return backend.feedback->signer.read(route.argument, backend.clock.now().time_since_epoch().count());
}

void count(const Backend& backend, const Route& route) {
  backend.statistics.commands.add(route.command == Command::feedback_page ? "feedback_page" : "feedback_answer");
}

}  // namespace

std::optional<net::Response> refuse_feedback(const Backend& backend, const Route& route) {
  if (link_of(backend, route)) return std::nullopt;
  count(backend, route);
  return refused(*backend.feedback);
}

void answer_feedback(const Backend& backend, const Route& route, std::string_view body, net::Reply reply) {
  const auto& door = *backend.feedback;
  const bool asks = route.command == Command::feedback_page;
  count(backend, route);
  // Again: it may have ended since, and admit() has no place to leave it in.
  const auto link = link_of(backend, route);
  if (!link) return reply.send(refused(door));
  if (asks)
    return backend.queries->submit([&backend, link = *link] { return question(backend, link); }, std::move(reply));
  const auto verdict = verdict_in(body);
  if (!verdict) return reply.send(refused(door));
  backend.queries->submit([&backend, link = *link, verdict = *verdict] { return answer(backend, link, verdict); },
                          std::move(reply));
}

}  // namespace trackalert::api
