// SPDX-License-Identifier: Apache-2.0
#include "detect/rule.h"

#include <gtest/gtest.h>

namespace trackalert::detect {
namespace {

const Values good{{"kind", std::string("threshold")}, {"text", std::string("x")}};

Values with(Values values, const std::string& field, Value value) {
  values.insert_or_assign(field, std::move(value));
  return values;
}

TEST(Rule, TakesTheDefaultsOfItsKind) {
  const auto rule = make_rule("mine", good);
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_EQ(rule->kind, Kind::threshold);
  EXPECT_EQ(rule->cause, "mine");
  EXPECT_EQ(rule->number("min_guesses"), 10);
  EXPECT_EQ(rule->choice("subject"), "login");
}

TEST(Rule, TakesWhatIsSaid) {
  const auto rule = make_rule("mine", with(with(good, "severity", std::string("critical")), "min_guesses", 5.0));
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->severity, Severity::critical);
  EXPECT_EQ(rule->number("min_guesses"), 5);
}

TEST(Rule, MistakesNameWhatIsValid) {
  const auto error = [](const Values& fields, std::string_view name = "mine") {
    const auto rule = make_rule(name, fields);
    return rule ? "" : rule.error().message;
  };
  EXPECT_EQ(error({}),
            "kind is missing, it must be one of threshold, distinct, novelty, velocity, sequence, baseline, campaign");
  EXPECT_EQ(error({{"kind", std::string("threshold")}}), "text is missing, the message of the alert");
  EXPECT_EQ(error(with(good, "mode", std::string("off"))), "mode must be one of live, shadow, not \"off\"");
  EXPECT_EQ(error(with(good, "min_guesses", true)), "min_guesses must be a number");
  EXPECT_EQ(error(with(good, "window_minutes", 0.0)), "window_minutes must be from 1 to 1440, not 0");
  EXPECT_EQ(error(with(good, "subject", std::string("x"))), "subject must be one of login, source_login, not \"x\"");
  EXPECT_TRUE(error(with(good, "windw", 1.0))
                  .starts_with("there is no \"windw\" here, only severity, mode, attack, cause, text, subject, "));
  EXPECT_NE(error(good, "Mine"), "");
  const Values listed{{"kind", std::string("novelty")}, {"text", std::string("x")}, {"new_all", Texts{"moon"}}};
  EXPECT_EQ(error(listed), "new_all must be one of country, network, device, not \"moon\"");
}

TEST(Rule, EveryKindHasItsParametersWithinTheirBounds) {
  for (int kind = 0; kind < 7; ++kind) {
    const auto rows = parameter_rows(static_cast<Kind>(kind));
    EXPECT_FALSE(rows.empty());
    for (const auto& row : rows) {
      const auto* number = std::get_if<double>(&row.standard);
      if (number == nullptr) continue;
      EXPECT_TRUE(*number >= row.least && *number <= row.most) << row.name;
    }
  }
}

}  // namespace
}  // namespace trackalert::detect
