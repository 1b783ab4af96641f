// SPDX-License-Identifier: Apache-2.0
#include "channel/mail_template.h"

#include <gmock/gmock.h>

namespace trackalert::channel {
namespace {

using testing::HasSubstr;

const Vocabulary vocabulary{.texts = {"login", "city"}, .lists = {{"sources", {"name"}}, {"more", {"name"}}}};

std::string render(std::string_view text, const Fillings& values, Context context = Context::text) {
  const auto parsed = Template::parse(text, context, vocabulary);
  return parsed ? parsed->render(values) : "error: " + parsed.error().message;
}

TEST(Template, FillsGapsForWhereTheyStand) {
  const Fillings values{.texts = {{"login", "<b>&\"'\r\nX: y{{city}}"}, {"city", "Wien"}}, .lists = {}};
  EXPECT_EQ(render("{{login}}!", values), "<b>&\"'  X: y{{city}}!");
  EXPECT_EQ(render("{{login}}", values, Context::html), "&lt;b&gt;&amp;&quot;&#39;  X: y{{city}}");
  EXPECT_EQ(render("a{{city}}b{}c}}", {}), "ab{}c}}");
}

TEST(Template, SectionsRepeatAndDepend) {
  const Fillings values{
      .texts = {{"city", "Wien"}},
      .lists = {{"sources",
                 {Fillings{.texts = {{"name", "a"}}, .lists = {}}, Fillings{.texts = {{"name", "b"}}, .lists = {}}}}}};
  EXPECT_EQ(render("{{#sources}}{{name}}@{{city}} {{/sources}}", values), "a@Wien b@Wien ");
  EXPECT_EQ(render("{{#city}}in {{city}}{{/city}}{{^city}}nowhere{{/city}}", values), "in Wien");
  EXPECT_EQ(render("{{#city}}in {{city}}{{/city}}{{^city}}nowhere{{/city}}", {}), "nowhere");
  EXPECT_EQ(render("{{^sources}}none{{/sources}}", {}), "none");
}

TEST(Template, WhatItDoesNotKnowIsAnError) {
  for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
           {"a\n\n{{lgoin}}", "line 3: there is no {{lgoin}} here, only city, login, more, sources"},
           {"{{name}}", "there is no {{name}}"},
           {"{{login", "has no end"},
           {"{{}}", "a name has small letters"},
           {"{{ login }}", "a name has small letters"},
           {"{{#sources}}", "{{#sources}} has no end"},
           {"{{/sources}}", "ends what has not begun"},
           {"{{#city}}{{/login}}", "ends what has not begun"},
           {"{{#sources}}{{#more}}{{/more}}{{/sources}}", "a list within a list"},
           {"{{#city}}{{#city}}{{#city}}{{#city}}{{#city}}", "nested deeper"},
           {std::string(Template::max_template_bytes + 1, 'x'), "more than"}}) {
    EXPECT_THAT(render(text, {}), HasSubstr(reason)) << text.substr(0, 80);
  }
}

}  // namespace
}  // namespace trackalert::channel
