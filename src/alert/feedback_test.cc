// SPDX-License-Identifier: Apache-2.0
// What people do with alerts, and what it does to the next ones.
#include "alert/feedback.h"

#include <gmock/gmock.h>

#include "alert/temporary_folder_for_tests.h"
#include "history/guarded_history_for_tests.h"

namespace trackalert::alert {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr history::Time start = history::Time{1'795'000'000} * history::second;

detect::Rule made(const std::string& name, detect::Values fields) {
  fields.emplace("text", std::string("{login} {remote}"));
  fields.emplace("min_successes", 1.0);
  fields.emplace("min_success_days", 1.0);
  fields.emplace("min_age_days", 0.0);
  auto rule = detect::make_rule(name, fields);
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}

const detect::Rule travel = made("travel", {{"kind", std::string("velocity")}});
const detect::Rule abroad =
    made("abroad", {{"kind", std::string("novelty")}, {"new_all", std::vector<std::string>{"country"}}});
const detect::Rule brute = [] {
  auto rule = detect::make_rule(
      "brute",
      {{"kind", std::string("threshold")}, {"subject", std::string("source_login")}, {"text", std::string("{login}")}});
  if (!rule) throw std::runtime_error(rule.error().message);
  return *rule;
}();

struct Where {
  std::string remote;
  std::string country;
  std::uint32_t asn;
  double latitude;
  double longitude;
};
const Where home{"192.0.2.1", "DE", 64'500, 52.5, 13.4};
const Where far_away{"198.51.100.9", "AU", 64'501, -33.9, 151.2};

class FeedbackTest : public ::testing::Test {
 protected:
  FeedbackTest() { clock.set_wall(base::WallTime{std::chrono::microseconds{start + 40 * history::day}}); }

  void open(std::vector<detect::Rule> with) {
    watch.reset();
    registry = std::make_unique<metrics::Registry>();
    auto opened = Watch::open({history, clock, log, *registry}, {.history_folder = folder.file("."), .monitor = {}});
    ASSERT_TRUE(opened) << opened.error().message;
    watch = std::move(*opened);
    watch->use(with, detect::AsnKinds());
  }
  void login(const std::string& login, const Where& from, history::Time after, bool success = true,
             const std::string& pwhash = "x") {
    login::Report report;
    report.login = login;
    report.remote = *base::parse_address(from.remote);
    report.success = success;
    report.pwhash = pwhash;
    report.t = static_cast<double>(start + after) / 1e6;
    history::Arrival arrival{.report = &report, .place = {}};
    arrival.place.country_code = from.country;
    arrival.place.asn = from.asn;
    arrival.place.has_position = true;
    arrival.place.latitude = from.latitude;
    arrival.place.longitude = from.longitude;
    ASSERT_TRUE(history.append({&arrival, 1}));
    std::vector<Judgement> judgements(1);
    watch->judge({&arrival, 1}, judgements);
  }
  void settle(const std::string& who) {
    for (int day = 0; day < 10; ++day) login(who, home, day * history::day);
  }
  std::vector<Alert> alerts(const std::string& who, std::optional<State> state = {}) {
    AlertFilter filter;
    filter.login = who;
    filter.state = state;
    auto page = watch->list(filter);
    EXPECT_TRUE(page);
    return page->alerts;
  }
  std::string only_open(const std::string& who) {
    const auto open = alerts(who, State::open);
    EXPECT_THAT(open, SizeIs(1));
    return open.empty() ? "" : open.front().id;
  }
  FeedbackAnswer give(const std::string& id, Verdict verdict, const std::string& login = {}) {
    auto done = give_feedback(history, *watch, clock, {.alert = id, .verdict = verdict, .by = "me", .login = login});
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : FeedbackAnswer{};
  }

  TemporaryFolder folder;
  base::FakeClock clock;
  base::Log log{{.syslog = false, .sink = [](base::Level, std::string_view) {}}};
  history::GuardedHistory history{clock};
  std::unique_ptr<metrics::Registry> registry;
  std::unique_ptr<Watch> watch;
};

TEST_F(FeedbackTest, GoodStopsTheAlertForThatLoginAndNoOther) {
  open({travel});
  for (const auto* who : {"ann", "bob"}) {
    settle(who);
    login(who, far_away, 9 * history::day + history::hour);
  }
  const auto answer = give(only_open("ann"), Verdict::good);
  EXPECT_EQ(answer.alert.state(), State::closed);
  EXPECT_EQ(answer.alert.feedback, "good");
  EXPECT_TRUE(watch->close(only_open("bob"), "me"));
  for (const auto* who : {"ann", "bob"}) {
    login(who, home, 9 * history::day + 2 * history::hour);
    login(who, far_away, 9 * history::day + 3 * history::hour);
  }
  EXPECT_THAT(alerts("ann"), SizeIs(1)) << "the one that was closed";
  EXPECT_THAT(alerts("bob"), SizeIs(2));
  open({travel});  // the tables of the detections are empty now, the marks are not
  for (const auto* who : {"ann", "bob"}) {
    login(who, home, 10 * history::day);
    login(who, far_away, 10 * history::day + history::hour);
  }
  EXPECT_THAT(alerts("ann", State::open), IsEmpty());
  EXPECT_THAT(alerts("bob", State::open), SizeIs(1));
}

TEST_F(FeedbackTest, ForgetMakesItNewAgainAlsoAfterAStart) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  clock.set_wall(base::WallTime{std::chrono::microseconds{start + 11 * history::day}});
  const auto answer = give(id, Verdict::forget);
  EXPECT_THAT(answer.learned, SizeIs(3)) << "country, asn and net; not what she knew before";
  EXPECT_THAT(alerts("ann", State::open), IsEmpty());
  open({abroad});
  login("ann", home, 12 * history::day);
  EXPECT_THAT(alerts("ann", State::open), IsEmpty());
  login("ann", far_away, 12 * history::day);
  EXPECT_THAT(alerts("ann", State::open), SizeIs(1));
}

TEST_F(FeedbackTest, WithoutAVerdictWhatIsKnownIsNotNew) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  EXPECT_TRUE(watch->close(only_open("ann"), "me"));
  login("ann", far_away, 12 * history::day);
  EXPECT_THAT(alerts("ann", State::open), IsEmpty());
}

TEST_F(FeedbackTest, BadIsCriticalAndListsWhatElseTheSourceTouched) {
  open({abroad});
  for (const auto* who : {"ann", "bob", "cid"}) settle(who);
  login("bob", far_away, 10 * history::day);
  login("bob", far_away, 10 * history::day);
  login("cid", far_away, 10 * history::day, false);
  login("ann", far_away, 10 * history::day);
  clock.set_wall(base::WallTime{std::chrono::microseconds{start + 11 * history::day}});
  const auto answer = give(only_open("ann"), Verdict::bad);
  EXPECT_EQ(answer.alert.severity, detect::Severity::critical);
  EXPECT_EQ(answer.alert.state(), State::open);
  EXPECT_THAT(answer.alert.taken.shown(), ElementsAre("ann"));
  ASSERT_THAT(answer.touched, SizeIs(1));
  EXPECT_EQ(answer.touched[0].source, far_away.remote);
  ASSERT_THAT(answer.touched[0].logins, SizeIs(1)) << "not herself, not those who failed";
  EXPECT_EQ(answer.touched[0].logins[0].value, "bob");
  EXPECT_TRUE(answer.all_touched);
  login("ann", far_away, 11 * history::day);
  EXPECT_EQ(alerts("ann", State::open).front().count, 2U) << "what the attacker came with is not usual";
}

TEST_F(FeedbackTest, BadOfWhatWasClosedIsOpenAgain) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  ASSERT_TRUE(watch->close(id, "me"));
  EXPECT_EQ(give(id, Verdict::bad).alert.state(), State::open);
  EXPECT_EQ(only_open("ann"), id);
}

TEST_F(FeedbackTest, TheLastVerdictHoldsAndAllAreKept) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  give(id, Verdict::bad);
  const auto answer = give(id, Verdict::good);
  EXPECT_THAT(answer.alert.taken.shown(), IsEmpty());
  EXPECT_EQ(answer.alert.severity, detect::Severity::critical) << "severity only rises";
  const auto given = watch->verdicts(id);
  ASSERT_TRUE(given);
  EXPECT_THAT(*given, ElementsAre(testing::Field(&VerdictRecord::verdict, Verdict::bad),
                                  testing::Field(&VerdictRecord::verdict, Verdict::good)));
  for (const auto& mark : watch->marks().of("ann")) EXPECT_TRUE(mark.usual);
  for (std::size_t i = 0; i < AlertStore::max_verdicts; ++i) give(id, Verdict::good);
  EXPECT_THAT(*watch->verdicts(id), SizeIs(AlertStore::max_verdicts));
  const auto counts = watch->verdict_counts();
  ASSERT_TRUE(counts);
  ASSERT_THAT(*counts, SizeIs(1));
  EXPECT_EQ(counts->front().good, 1U) << "of each alert the last one";
  EXPECT_THAT(registry->text(), HasSubstr("trackalert_alerts_false_alarm_share{detection=\"abroad\"} 1\n"));
}

TEST_F(FeedbackTest, AnAlertAboutASourceTeachesNothingByItself) {
  open({brute, abroad});
  settle("ann");
  for (int i = 0; i < 12; ++i) {
    login("ann", far_away, 10 * history::day, false, std::to_string(i));
  }
  const auto answer = give(only_open("ann"), Verdict::good);
  EXPECT_THAT(answer.learned, IsEmpty());
  EXPECT_THAT(answer.advice, HasSubstr("allowRemote(\"198.51.100.9\", { detection = \"brute\" })"));
  EXPECT_THAT(feedback_json(answer), HasSubstr("\"advice\""));
}

TEST_F(FeedbackTest, AVerdictOnASourceMayNameTheLogin) {
  open({brute});
  settle("ann");
  for (int i = 0; i < 12; ++i) login("ann", far_away, 10 * history::day, false, std::to_string(i));
  EXPECT_THAT(give(only_open("ann"), Verdict::bad, "ann").alert.taken.shown(), ElementsAre("ann"));
}

TEST_F(FeedbackTest, AnErasedLoginHasNoMarks) {
  open({abroad});
  settle("zoe");
  login("zoe", far_away, 10 * history::day);
  give(only_open("zoe"), Verdict::good);
  ASSERT_THAT(watch->marks().of("zoe"), SizeIs(3));
  ASSERT_TRUE(watch->erase_login("zoe"));
  EXPECT_EQ(watch->marks().size(), 0U);
  EXPECT_FALSE(folder.holds("zoe"));
  EXPECT_THAT(*watch->verdict_counts(), IsEmpty());
}

TEST_F(FeedbackTest, ALinkIsUsedOnce) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  const Wish wish{.alert = id,
                  .verdict = Verdict::good,
                  .by = "owner",
                  .link = UsedLink{.id = "link", .expires = clock.now().time_since_epoch().count() + history::day}};
  ASSERT_TRUE(give_feedback(history, *watch, clock, wish));
  open({abroad});
  const auto again = give_feedback(history, *watch, clock, wish);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().why, Refusal::Why::bad_wish);
  EXPECT_THAT(*watch->verdicts(id), SizeIs(1));
}

TEST_F(FeedbackTest, WhatMakesNoSenseIsRefused) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  const auto why = [&](const Wish& wish) { return give_feedback(history, *watch, clock, wish).error().why; };
  EXPECT_EQ(why({.alert = "0", .by = "me"}), Refusal::Why::unknown);
  EXPECT_EQ(why({.alert = id, .by = ""}), Refusal::Why::bad_wish);
  EXPECT_EQ(why({.alert = id, .by = std::string(max_by_bytes + 1, 'x')}), Refusal::Why::bad_wish);
  EXPECT_EQ(why({.alert = id, .by = "me", .login = "bob"}), Refusal::Why::bad_wish);
  EXPECT_THAT(alerts("ann", State::open), SizeIs(1));
}

TEST_F(FeedbackTest, StatesArePeoples) {
  open({abroad});
  settle("ann");
  login("ann", far_away, 10 * history::day);
  const auto id = only_open("ann");
  ASSERT_TRUE(watch->acknowledge(id, "me"));
  EXPECT_EQ(alerts("ann").front().state(), State::acknowledged);
  EXPECT_EQ(alerts("ann").front().handled_by, "me");
  open({abroad});
  EXPECT_EQ(watch->find(id)->value().state(), State::acknowledged);
  ASSERT_TRUE(watch->close(id, "you"));
  EXPECT_EQ(watch->find(id)->value().handled_by, "you");
  EXPECT_EQ(watch->close(id, "another")->handled_by, "you") << "it stays as it was closed";
  EXPECT_EQ(watch->acknowledge(id, "me").error().why, Refusal::Why::bad_wish);
  EXPECT_EQ(watch->close("0", "me").error().why, Refusal::Why::unknown);
}

TEST_F(FeedbackTest, AMarkTooManyMakesTheOldestGo) {
  open({});
  detect::Finding finding;
  finding.rule = std::make_shared<detect::Rule>(abroad);
  finding.key = "login:ann";
  finding.time = finding.since = start;
  finding.message = "m";
  watch->raise(finding);
  VerdictNote note{.alert = only_open("ann"), .record = {Verdict::good, "me", start}, .login = "ann"};
  for (std::size_t i = 0; i < MarkTable::max_of_login + 6; ++i) {
    note.marks.push_back({.login = "ann",
                          .facet = history::Facet::device,
                          .value = std::to_string(i),
                          .usual = true,
                          .since = start + static_cast<history::Time>(i),
                          .alert = note.alert});
  }
  ASSERT_TRUE(watch->record(note));
  EXPECT_THAT(watch->marks().of("ann"), SizeIs(MarkTable::max_of_login));
  EXPECT_THAT(registry->text(), HasSubstr("trackalert_alerts_marks_evicted_total 6\n"));
}

TEST_F(FeedbackTest, MarksAgeOutLikeProfiles) {
  auto opened = Watch::open({history, clock, log, *(registry = std::make_unique<metrics::Registry>())},
                            {.history_folder = folder.file("."), .monitor = {}, .retention = 30 * history::day});
  ASSERT_TRUE(opened);
  watch = std::move(*opened);
  watch->use(std::vector{abroad}, detect::AsnKinds());
  settle("ann");
  login("ann", far_away, 39 * history::day);
  give(only_open("ann"), Verdict::good);
  watch->tick();
  EXPECT_EQ(watch->marks().size(), 3U);
  clock.advance(std::chrono::days(31));
  for (int i = 0; i < 3600; ++i) watch->tick();
  EXPECT_EQ(watch->marks().size(), 0U);
}

TEST(VerdictCounts, AHintComesWithEnoughThatAreWrong) {
  EXPECT_EQ((VerdictCounts{.rule = "r", .good = 9}.hint()), "") << "too few";
  EXPECT_EQ((VerdictCounts{.rule = "r", .good = 5, .bad = 5}.hint()), "") << "not more than half";
  EXPECT_THAT((VerdictCounts{.rule = "r", .good = 6, .bad = 4}.hint()), HasSubstr("enableDetection(\"r\""));
}

}  // namespace
}  // namespace trackalert::alert
