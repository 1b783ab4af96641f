// SPDX-License-Identifier: Apache-2.0
// An HTTP POST for each message, with the headers and the signature of custom webhooks (alert/webhook_request.h), whose
// X-Wforce-Delivery is the delivery's id. The body is the alert's JSON, one of formats.h, or what a Lua function makes
// of it. Matrix wants a PUT to a room instead, with the delivery's id in its path.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "alert/webhook_request.h"
#include "base/guarded.h"
#include "channel/formats.h"
#include "channel/http_outcome.h"
#include "channel/kind.h"

namespace trackalert::channel {
namespace {

constexpr std::string_view pagerduty_url = "https://events.pagerduty.com/v2/enqueue";
constexpr history::Time default_timeout = 10 * history::second;

struct WebhookSetting {
  alert::WebhookConfig config;
  Format format = Format::json;
  std::string function;  ///< empty: none
  std::string routing_key;
  std::string room;
  std::string token;
  std::chrono::milliseconds timeout{};
};

base::Result<void> check_format(const WebhookSetting& setting, const Values& values) {
  const auto belongs = [&](const char* key, Format format, std::string_view name) -> base::Result<void> {
    const bool wanted = setting.format == format;
    if (values.has(key) == wanted) return {};
    if (wanted) return base::fail("format {} wants {}", name, key);
    return base::fail("{} is for format {} alone", key, name);
  };
  if (auto done = belongs("routing_key", Format::pagerduty, "pagerduty"); !done) return done;
  if (auto done = belongs("room", Format::matrix, "matrix"); !done) return done;
  if (auto done = belongs("token", Format::matrix, "matrix"); !done) return done;
  if (!setting.function.empty() && values.has("format")) return base::fail("either template or format");
  return {};
}

base::Result<WebhookSetting> read(const Values& values) {
  WebhookSetting out;
  const auto format = format_by_name(values.text("format", "json"));
  if (!format) return base::fail("format is one of {}", format_names);
  out.format = *format;
  const bool pagerduty = out.format == Format::pagerduty;
  if (!values.has("url") && !pagerduty) return base::fail("url is missing");
  alert::KeyValues pairs{{"url", values.text("url", pagerduty_url)}};
  for (const auto& [key, name] : {std::pair{"secret", "secret"},
                                  {"basic_auth", "basic-auth"},
                                  {"api_key", "api-key"},
                                  {"content_type", "content-type"}}) {
    if (values.has(key)) pairs.emplace_back(name, values.text(key));
  }
  auto config = alert::WebhookConfig::from(pairs);
  if (!config) return std::unexpected(config.error());
  out.config = std::move(*config);
  if (auto checked = check_url("url", out.config.url); !checked) return std::unexpected(checked.error());
  out.function = values.text("template");
  out.routing_key = values.text("routing_key");
  out.room = values.text("room");
  out.token = values.text("token");
  const auto timeout = values.duration("timeout", default_timeout, history::second, 5 * history::minute);
  if (!timeout) return std::unexpected(timeout.error());
  out.timeout = std::chrono::milliseconds(*timeout / 1000);
  if (auto checked = check_format(out, values); !checked) return std::unexpected(checked.error());
  return out;
}

/// For one piece of a path: a room is "!abc:example.org".
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (plain.contains(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(WebhookSetting setting, const Ground& ground)
      : setting_(std::move(setting)),
        name_(ground.name),
        functions_(ground.functions),
        client_({.thread_name = "alerts-http",
                 .max_transfers = ground.at_once,
                 .max_queued = 2 * ground.at_once,
                 .tls = ground.tls}) {}
  ~WebhookChannel() override { stop(base::SteadyTime::min()); }

  void deliver(Message message, Done done) override {
    if (setting_.function.empty()) {
      auto body = body_of(setting_.format, message, setting_.routing_key);
      return send(std::move(body), message.delivery_id, message.now, std::move(done));
    }
    const auto number = put(message, std::move(done));
    functions_.call(setting_.function, message, [this, number, waiting = waiting_](auto answer) {
      // Behind the end of the channel there is nothing under the number, and the channel is not touched.
      auto held = waiting->lock();
      const auto at = held->asked.find(number);
      if (at == held->asked.end()) return;
      auto asked = std::move(at->second);
      held->asked.erase(at);
      take_answer(std::move(asked), std::move(answer));
    });
  }

  void stop(base::SteadyTime deadline) override {
    std::map<std::uint64_t, Asked> left;
    {
      auto held = waiting_->lock();
      left.swap(held->asked);
    }
    for (auto& [number, asked] : left) asked.done(aborted());
    client_.stop(deadline);
  }

 private:
  /// A message whose body a function makes.
  struct Asked {
    std::string id;
    base::WallTime now;
    Done done;
  };
  struct Waiting {
    std::map<std::uint64_t, Asked> asked;
    std::uint64_t last = 0;
  };

  std::uint64_t put(const Message& message, Done done) {
    auto held = waiting_->lock();
    held->asked.emplace(++held->last, Asked{message.delivery_id, message.now, std::move(done)});
    return held->last;
  }

  void take_answer(Asked asked, base::Result<FunctionAnswer> answer) {
    const auto complain = [&](const std::string& reason) {
      asked.done(failed(fmt::format("template {}: {}", setting_.function, reason)));
    };
    if (!answer) return complain(answer.error().message);
    if (answer->size() != 1 || !answer->front().first.empty()) return complain("it did not return a text");
    send(std::move(answer->front().second), asked.id, asked.now, std::move(asked.done));
  }

  void send(std::string body, const std::string& id, base::WallTime now, Done done) {
    auto request = alert::webhook_request(setting_.config, 0, name_, id, std::move(body), now);
    request.timeout = setting_.timeout;
    if (setting_.format == Format::matrix) {
      request.method = "PUT";
      request.url += fmt::format("/_matrix/client/v3/rooms/{}/send/m.room.message/{}", percent_encoded(setting_.room),
                                 percent_encoded(id));
      request.headers.emplace_back("Authorization", "Bearer " + setting_.token);
    }
    const auto kept = std::make_shared<Done>(std::move(done));
    if (!client_.submit(std::move(request), [kept](const auto& result) { (*kept)(outcome_of(result)); })) {
      (*kept)(aborted());
    }
  }

  const WebhookSetting setting_;
  const std::string name_;
  AlertFunctions& functions_;
  /// Shared with the functions that are asked, which may answer after the end.
  std::shared_ptr<base::Guarded<Waiting>> waiting_ = std::make_shared<base::Guarded<Waiting>>();
  net::HttpClient client_;
};

}  // namespace

KindRow webhook_kind() {
  return {
      .name = "webhook",
      .help = "An HTTP POST, with the headers and the signature of addCustomWebHook().",
      .keys =
          {
              {"url", KeyType::secret, false,
               "where to; %{YYYY}, %{MM}, %{dd} become the date. Needed, but for format pagerduty"},
              {"secret", KeyType::secret, false, "adds X-Wforce-Signature: Base64 of HMAC-SHA256 of the body"},
              {"basic_auth", KeyType::secret, false, "user:password"},
              {"api_key", KeyType::secret, false, "adds X-API-Key"},
              {"content_type", KeyType::text, false, "default application/json"},
              {"format", KeyType::text, false, "json (default), slack, teams, pagerduty or matrix"},
              {"template", KeyType::function, false, "the function that returns the body"},
              {"routing_key", KeyType::secret, false, "of PagerDuty"},
              {"room", KeyType::text, false, "of Matrix, as !abc:example.org; url is then the home server's"},
              {"token", KeyType::secret, false, "access token of Matrix"},
              {"timeout", KeyType::duration, false, "of one try, default 10s"},
          },
      .at_once = 4,
      .acts = false,
      .digests = [](const Values& values) { return values.text("format") != "pagerduty"; },
      .check = &check_by<read>,
      .make = &make_by<read, WebhookChannel>,
  };
}

}  // namespace trackalert::channel
