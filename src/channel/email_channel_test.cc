// SPDX-License-Identifier: Apache-2.0
// Configuration, and what becomes of messages that never reach a server. EmailLive sends to the server that the
// environment names: tests/functional/test_email.py has one.
#include "channel/email_channel.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <future>

#include "alert/alert_for_tests.h"
#include "alert/temporary_folder_for_tests.h"
#include "base/json_writer.h"
#include "channel/alert_words.h"
#include "channel/feedback_pages.h"
#include "history/guarded_history_for_tests.h"

namespace trackalert::channel {
namespace {

using testing::HasSubstr;
using Kind = Outcome::Kind;

const std::string templates = "templates";  // tests run in the root of the sources

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? "" : value;
}

class Functions final : public AlertFunctions {
 public:
  void call(std::string_view name, const Message&, Done done) override {
    asked = name;
    if (later)
      waiting = std::move(done);
    else
      done(answer);
  }
  base::Result<FunctionAnswer> answer{FunctionAnswer{{"address", "ann@example.org"}, {"language", "de"}}};
  std::string asked;
  bool later = false;
  Done waiting;
};

class EmailTest : public ::testing::Test {
 protected:
  base::Result<std::unique_ptr<Channel>> make(ChannelPairs more,
                                              std::string public_url = "https://alerts.example.com/p") {
    ChannelPairs pairs{{"smtp", "smtp://127.0.0.1:1"}, {"from", "alerts@example.com"}};
    for (auto& pair : more) {
      std::erase_if(pairs, [&pair](const auto& own) { return own.first == pair.first; });
      pairs.push_back(std::move(pair));
    }
    return make_email_channel({functions, history, clock, &signer, std::move(public_url), templates}, pairs);
  }
  std::string complaint(ChannelPairs more, std::string public_url = "https://alerts.example.com/p") {
    auto made = make(std::move(more), std::move(public_url));
    return made ? "none" : made.error().message;
  }
  static Message message(const std::string& key = "login:ann", News news = News::opened) {
    Message out{.delivery_id = "delivery", .items = {}, .now = base::WallTime{std::chrono::seconds{1'795'000'000}}};
    out.items.push_back({alert::full_alert(1, key), news});
    return out;
  }
  static Outcome deliver(Channel& channel, Message message) {
    std::promise<Outcome> promise;
    auto future = promise.get_future();
    channel.deliver(std::move(message), [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); });
    return future.get();
  }

  base::FakeClock clock;
  history::GuardedHistory history{clock};
  Functions functions;
  alert::LinkSigner signer{crypto::Key::random()};
};

TEST_F(EmailTest, WhatMakesNoSenseIsAnErrorOfTheConfiguration) {
  EXPECT_EQ(complaint({{"to", "ops@example.com"}}), "none");
  EXPECT_EQ(complaint({{"owner", "f"}}), "none");
  EXPECT_THAT(complaint({}), HasSubstr("either to or owner"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"owner", "f"}}), HasSubstr("either to or owner"));
  EXPECT_THAT(complaint({{"owner", "f"}}, ""), HasSubstr("setPublicUrl()"));
  EXPECT_THAT(complaint({{"to", "nobody"}}), HasSubstr("to: no mail address"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"form", "a@x"}}), HasSubstr("there is no \"form\""));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"language", "xx"}}), HasSubstr("language"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"smtp", "http://x"}}), HasSubstr("smtp://HOST"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"smtp", "smtp://u:p@x"}}), HasSubstr("smtp://HOST"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"tls", "maybe"}}), HasSubstr("required"));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"link_days", "0"}}), HasSubstr("from 1 to 90"));
  const auto secret = complaint({{"to", "a@x"}, {"user", "u"}, {"password", "tops3cret"}, {"tls", "off"}});
  EXPECT_THAT(secret, HasSubstr("without TLS"));
  EXPECT_THAT(secret, testing::Not(HasSubstr("tops3cret")));
}

TEST_F(EmailTest, AnOwnTemplateStandsInPlaceOfOursAndIsChecked) {
  const alert::TemporaryFolder folder;
  EXPECT_EQ(complaint({{"to", "a@x"}, {"template_dir", folder.file(".")}}), "none");
  std::ofstream(folder.file("operator.en.txt")) << "Subject: {{nonsense}}\n\nx";
  EXPECT_THAT(complaint({{"to", "a@x"}, {"template_dir", folder.file(".")}}), HasSubstr("there is no {{nonsense}}"));
  std::ofstream(folder.file("operator.en.txt")) << "no subject";
  EXPECT_THAT(complaint({{"to", "a@x"}, {"template_dir", folder.file(".")}}), HasSubstr("Subject: ..."));
  EXPECT_THAT(complaint({{"to", "a@x"}, {"template_dir", folder.file("nowhere")}}), HasSubstr("nowhere"));
}

TEST_F(EmailTest, AServerThatIsNotThereIsTriedAgain) {
  auto channel = make({{"to", "ops@example.com"}});
  ASSERT_TRUE(channel);
  const auto outcome = deliver(**channel, message());
  EXPECT_EQ(outcome.kind, Kind::failed);
  EXPECT_NE(outcome.reason, "");
}

TEST_F(EmailTest, OwnersAreToldOfWhatIsTheirs) {
  auto channel = make({{"owner", "whose"}});
  ASSERT_TRUE(channel);
  EXPECT_EQ(deliver(**channel, message("remote:192.0.2.1")).kind, Kind::refused);
  EXPECT_EQ(functions.asked, "") << "nobody is asked about a source";
  EXPECT_EQ(deliver(**channel, message("login:ann", News::closed)).kind, Kind::delivered);
  functions.answer = FunctionAnswer{};
  EXPECT_EQ(deliver(**channel, message()).kind, Kind::delivered) << "nobody is to be told";
  EXPECT_EQ(functions.asked, "whose");
  functions.answer = FunctionAnswer{{"address", "ann@x\r\nBcc: y"}};
  EXPECT_EQ(deliver(**channel, message()).kind, Kind::failed);
  functions.answer = base::fail("it took too long");
  EXPECT_EQ(deliver(**channel, message()).reason, "it took too long");
}

TEST_F(EmailTest, AnswersThatComeAfterTheEndAreTooLate) {
  functions.later = true;
  auto channel = make({{"owner", "whose"}});
  ASSERT_TRUE(channel);
  std::optional<Outcome> outcome;
  (*channel)->deliver(message(), [&outcome](Outcome told) { outcome = std::move(told); });
  EXPECT_FALSE(outcome);
  (*channel)->stop(base::SteadyTime::min());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, Kind::failed);
  channel->reset();
  outcome.reset();
  functions.waiting(functions.answer);
  EXPECT_FALSE(outcome) << "told once";
}

TEST(AlertWords, AreAPersonsOwn) {
  const history::Time time = history::Time{1'795'000'000} * history::second;
  EXPECT_EQ(when_text(time, {"de", "Europe/Vienna"}), "Mittwoch, 18. November 2026 um 12:06");
  EXPECT_THAT(when_text(time, {"en", "America/New_York"}), HasSubstr("Wednesday, November 18, 2026 at 6:06"));
  EXPECT_EQ(country_text("AT", {"de", ""}), "\xc3\x96sterreich");
  EXPECT_EQ(country_text("AT", {"en", ""}), "Austria");
  EXPECT_EQ(country_text("'; drop", {"en", ""}), "");
  EXPECT_NE(when_text(time, {"xx", "No/Where"}), "");
}

/// One message to the server at TRACKALERT_SMTP; TRACKALERT_SMTP_PAIRS has more pairs, a line each.
class EmailLive : public EmailTest {
 protected:
  void SetUp() override {
    if (environment("TRACKALERT_SMTP").empty()) GTEST_SKIP() << "TRACKALERT_SMTP names no server";
  }
  static ChannelPairs pairs() {
    ChannelPairs out{{"smtp", environment("TRACKALERT_SMTP")}};
    auto lines = environment("TRACKALERT_SMTP_PAIRS");
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = std::min(lines.find('\n', at), lines.size());
      const auto equals = lines.find('=', at);
      out.emplace_back(lines.substr(at, equals - at), lines.substr(equals + 1, end - equals - 1));
      at = end + 1;
    }
    return out;
  }
};

TEST_F(EmailLive, SendsOne) {
  if (const auto folder = environment("TRACKALERT_KEY_FOLDER"); !folder.empty()) {
    std::destroy_at(&signer);
    std::construct_at(&signer, alert::open_link_key(folder).value());
  }
  login::Report report;
  report.login = environment("TRACKALERT_LOGIN");
  report.success = true;
  report.remote = *base::parse_address("198.51.100.9");
  report.t = 1'795'000'000;
  report.device_attrs = {{"browser.family", "Firefox"}, {"os.family", "Windows"}};
  history::Arrival arrival{.report = &report, .place = {.country_code = "AT", .city = "Graz"}};
  ASSERT_TRUE(history.append({&arrival, 1}));
  auto told = message("login:" + report.login);
  auto& alert = told.items.front().alert;
  alert.first_seen = alert.last_seen = arrival.time;
  alert.sources = {};
  alert.sources.add("198.51.100.9");
  if (const auto id = environment("TRACKALERT_ALERT"); !id.empty()) alert.id = id;
  if (!environment("TRACKALERT_DIGEST").empty()) told.digest = true;
  const auto now = environment("TRACKALERT_NOW");
  if (!now.empty()) told.now = base::WallTime{std::chrono::seconds{std::stoll(now)}};
  auto channel = make(pairs());
  ASSERT_TRUE(channel) << channel.error().message;
  const auto outcome = deliver(**channel, told);
  const char* const kinds[] = {"delivered", "failed", "refused"};
  std::printf("outcome: %s %s\n", kinds[static_cast<int>(outcome.kind)], outcome.reason.c_str());
}

}  // namespace
}  // namespace trackalert::channel
