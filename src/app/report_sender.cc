// SPDX-License-Identifier: Apache-2.0
#include "app/report_sender.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "base/log.h"
#include "crypto/base64.h"
#include "history/answer_json.h"

namespace trackalert::app {
namespace {

constexpr std::size_t most_at_once = 64;
constexpr std::chrono::seconds time_limit{30};
constexpr std::size_t kept_of_an_answer = 500;

std::string body_of(const login::Report& report) {
  static const geo::Place nowhere;
  return history::event_json({0, 0, report, nowhere});
}

bool is_wrong_place(unsigned status) {
  return status == 401 || status == 403 || status == 404 || status == 405;
}

/// It will never be taken: no report, or too large.
bool is_refusal(unsigned status) {
  return status >= 400 && status < 500 && status != 408 && status != 429;
}

}  // namespace

ReportSender::ReportSender(Options options)
    : options_(std::move(options)),
      authorization_("Basic " + crypto::base64_encode("follower:" + options_.password)),
      client_({.thread_name = "reports", .max_transfers = most_at_once, .tls = options_.tls}) {}

std::vector<base::Result<net::HttpClient::Response>> ReportSender::post(
    const std::vector<const login::Report*>& reports) {
  {
    auto answers = answers_.lock();
    answers->missing = reports.size();
    answers->all.assign(reports.size(), std::unexpected(base::Error{"not sent"}));
  }
  for (std::size_t i = 0; i < reports.size(); ++i) {
    net::HttpClient::Request request{
        .url = options_.url + "/?command=report",
        .headers = {{"Authorization", authorization_}, {"Content-Type", "application/json"}},
        .body = body_of(*reports[i]),
        .timeout = time_limit,
        .keep_bytes = kept_of_an_answer};
    const auto done = [this, i](base::Result<net::HttpClient::Response> answer) {
      auto answers = answers_.lock();
      answers->all[i] = std::move(answer);
      if (--answers->missing == 0) answered_.notify_one();
    };
    if (!client_.submit(std::move(request), done)) --answers_.lock()->missing;
  }
  auto answers = answers_.lock();
  answered_.wait(answers.lock(), [&] { return answers->missing == 0; });
  return std::move(answers->all);
}

base::Result<ReportSender::Outcome> ReportSender::send(std::vector<login::Report>& reports) {
  Outcome outcome;
  while (!reports.empty() && outcome.trouble.empty()) {
    // The first of each login, so that none overtakes another of the same.
    std::vector<const login::Report*> turn;
    std::unordered_set<std::string_view> logins;
    for (const auto& report : reports) {
      if (turn.size() == most_at_once) break;
      if (logins.insert(report.login).second) turn.push_back(&report);
    }
    const auto answers = post(turn);
    std::unordered_set<const login::Report*> done;
    for (std::size_t i = 0; i < turn.size(); ++i) {
      const auto& answer = answers[i];
      if (!answer) {
        outcome.trouble = answer.error().message;
      } else if (answer->status == 200) {
        ++outcome.taken;
        done.insert(turn[i]);
      } else if (is_wrong_place(answer->status)) {
        return base::fail("{} answers {}: the password or the address is wrong", options_.url, answer->status);
      } else if (is_refusal(answer->status)) {
        ++outcome.refused;
        outcome.refusal = base::escape_control(answer->body);
        done.insert(turn[i]);
      } else {
        outcome.trouble = fmt::format("status {} {}", answer->status, base::escape_control(answer->body));
      }
    }
    std::vector<login::Report> left;
    for (auto& report : reports) {
      if (!done.contains(&report)) left.push_back(std::move(report));
    }
    reports = std::move(left);
  }
  return outcome;
}

}  // namespace trackalert::app
