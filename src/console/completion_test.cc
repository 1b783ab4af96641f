// SPDX-License-Identifier: Apache-2.0
#include "console/completion.h"

#include <gtest/gtest.h>

namespace trackalert::console {
namespace {

TEST(Completion, OfTheFirstWordOnly) {
  const std::vector<std::string> words{"showACL()", "shutdown()", "showVersion()", "stats()"};
  EXPECT_EQ(complete("st", words).insert, "ats()");
  EXPECT_EQ(complete("s", words).insert, "");
  EXPECT_EQ(complete("s", words).choices.size(), 4);
  EXPECT_EQ(complete("showV", words).insert, "ersion()");
  EXPECT_EQ(complete("sho", words).insert, "w");
  EXPECT_TRUE(complete("sho", words).choices.empty());
  EXPECT_EQ(complete("show", words).choices, (std::vector<std::string_view>{"showACL()", "showVersion()"}));
  EXPECT_EQ(complete("", words).insert, "s");
  for (const std::string_view none : {"x", "stats() s", "stats()", "stats()x"}) {
    EXPECT_EQ(complete(none, words).insert, "") << none;
    EXPECT_TRUE(complete(none, words).choices.empty()) << none;
  }
}

}  // namespace
}  // namespace trackalert::console
