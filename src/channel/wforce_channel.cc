// SPDX-License-Identifier: Apache-2.0
// Blocks whom an alert is about in wforce, by its REST command addBLEntry: the sources, or the login in the alert's
// key. An entry that is there is written again, so that trying twice does no harm. Only what is an address or a network
// is blocked as one, whatever else stands among an alert's sources.
#include <fmt/format.h>

#include <deque>

#include "base/address.h"
#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/prefix.h"
#include "channel/http_outcome.h"
#include "channel/kind.h"
#include "crypto/base64.h"

namespace trackalert::channel {
namespace {

constexpr history::Time default_expiry = history::hour;
constexpr std::uint64_t default_most = 100;
constexpr std::chrono::seconds timeout{10};

struct WforceSetting {
  std::string url;
  std::string authorization;
  bool login = false;  ///< else the sources
  std::uint64_t most = 0;
  std::int64_t expire_secs = 0;
};

base::Result<WforceSetting> read(const Values& values) {
  WforceSetting out{.url = values.text("url")};
  if (auto checked = check_url("url", out.url); !checked) return std::unexpected(checked.error());
  while (out.url.ends_with('/')) out.url.pop_back();
  out.url += "/?command=addBLEntry";
  out.authorization = "Basic " + crypto::base64_encode("wforce:" + values.text("password"));
  const auto block = values.text("block", "sources");
  if (block != "sources" && block != "login") return base::fail("block is sources or login");
  out.login = block == "login";
  const auto expiry = values.duration("expire", default_expiry, history::minute, 365 * history::day);
  if (!expiry) return std::unexpected(expiry.error());
  out.expire_secs = *expiry / history::second;
  const auto most = values.number("most", default_most, 1, alert::NameList::max_shown);
  if (!most) return std::unexpected(most.error());
  out.most = *most;
  return out;
}

std::string entry(std::string_view key, std::string_view value, std::int64_t expire_secs, const std::string& reason) {
  base::JsonWriter json;
  json.begin_object().key(key).value(value).key("expire_secs").value(expire_secs).key("reason").value(reason);
  return std::move(json.end_object()).text();
}

/// The bodies of the requests for one alert.
std::deque<std::string> entries_of(const alert::Alert& alert, const WforceSetting& setting) {
  std::deque<std::string> out;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (out.size() < setting.most) out.push_back(entry(key, value, setting.expire_secs, alert.id));
  };
  if (setting.login) {
    if (alert.key.starts_with(detect::login_key_prefix)) {
      add("login", std::string_view(alert.key).substr(detect::login_key_prefix.size()));
    }
    return out;
  }
  constexpr std::string_view net = "net:";
  if (alert.key.starts_with(net)) {
    const auto network = base::parse_prefix(alert.key.substr(net.size()));
    if (network) add("netmask", network->to_string());
    return out;
  }
  for (const auto& source : alert.sources.shown()) {
    if (const auto address = base::parse_address(source)) add("ip", address->to_string());
  }
  return out;
}

/// One alert's requests, one behind the other.
struct Block {
  std::deque<std::string> entries;
  Channel::Done done;
};

Outcome read_answer(const base::Result<net::HttpClient::Response>& result) {
  auto outcome = outcome_of(result);
  if (outcome.kind != Outcome::Kind::delivered) return outcome;
  const auto answer = base::parse_json(result->body);
  const auto* status = answer ? answer->find("status") : nullptr;
  const auto* text = status == nullptr ? nullptr : status->as_string();
  if (text != nullptr && *text == "ok") return outcome;
  return failed("wforce did not answer {\"status\":\"ok\"}");
}

class WforceChannel final : public Channel {
 public:
  WforceChannel(WforceSetting setting, const Ground& ground)
      : setting_(std::move(setting)),
        client_({.thread_name = "alerts-wforce",
                 .max_transfers = ground.at_once,
                 .max_queued = 2 * ground.at_once,
                 .tls = ground.tls}) {}
  ~WforceChannel() override { stop(base::SteadyTime::min()); }

  void deliver(Message message, Done done) override {
    auto block = std::make_shared<Block>(Block{.entries = {}, .done = std::move(done)});
    for (const auto& item : message.items) {
      if (item.news == News::closed) continue;  // the entry ends by itself
      for (auto& one : entries_of(item.alert, setting_)) block->entries.push_back(std::move(one));
    }
    next(block);
  }

  void stop(base::SteadyTime deadline) override { client_.stop(deadline); }

 private:
  void next(const std::shared_ptr<Block>& block) {
    if (block->entries.empty()) return block->done({});
    net::HttpClient::Request request{.method = "POST", .url = setting_.url};
    request.headers = {{"Authorization", setting_.authorization}, {"Content-Type", "application/json"}};
    request.body = std::move(block->entries.front());
    request.timeout = timeout;
    request.keep_bytes = 4096;
    block->entries.pop_front();
    const bool accepted = client_.submit(std::move(request), [this, block](const auto& result) {
      auto outcome = read_answer(result);
      if (outcome.kind != Outcome::Kind::delivered) return block->done(std::move(outcome));
      next(block);
    });
    if (!accepted) block->done(aborted());
  }

  const WforceSetting setting_;
  net::HttpClient client_;
};

}  // namespace

KindRow wforce_kind() {
  return {
      .name = "wforce",
      .help = "Blocks the sources or the login of an alert in wforce, by addBLEntry.",
      .keys =
          {
              {"url", KeyType::secret, true, "of wforce's web server, as http://127.0.0.1:8084"},
              {"password", KeyType::secret, true, "of wforce's web server"},
              {"block", KeyType::text, false,
               "sources (default): each address, or the network that the alert is about; login: the login that it is "
               "about"},
              {"expire", KeyType::duration, false, "how long the entry lasts, default 1h"},
              {"most", KeyType::number, false, "addresses of one alert, default 100, at most 1000"},
          },
      .at_once = 2,
      .acts = true,
      .digests = [](const Values&) { return false; },
      .check = &check_by<read>,
      .make = &make_by<read, WforceChannel>,
  };
}

}  // namespace trackalert::channel
