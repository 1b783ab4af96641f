// SPDX-License-Identifier: Apache-2.0
#include "app/reference.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "policy/function_table.h"

namespace trackalert::app {
namespace {

// Tests run in the root of the sources.
constexpr auto document = "docs/lua-api.md";
constexpr std::string_view begin_mark = "<!-- generated: begin -->\n";
constexpr std::string_view end_mark = "<!-- generated: end -->\n";

std::string read_document() {
  std::ifstream file(document, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

TEST(LuaReference, HasEveryFunctionOnce) {
  const auto reference = lua_reference();
  for (const auto& row : policy::all_functions()) {
    const auto line = fmt::format("\n| `{}(", row.name);
    const auto at = reference.find(line);
    EXPECT_NE(at, reference.npos) << row.name << " is missing: its bind file has no table in reference.cc";
    EXPECT_EQ(reference.find(line, at + 1), reference.npos) << row.name << " is there twice";
  }
}

TEST(LuaReference, ShowsTypesWhereItActsAndWhatItReturns) {
  const auto reference = lua_reference();
  EXPECT_NE(reference.find("| `setKey(key: string)` | boolean | global, client | "), reference.npos);
  EXPECT_NE(reference.find("| `stats()` |  | console | "), reference.npos);
  EXPECT_NE(reference.find("| `NetmaskGroup:match(address: ComboAddress)` | boolean | "), reference.npos);
  EXPECT_NE(reference.find("| `attrs_mv` | table | no |"), reference.npos);
}

TEST(LuaReference, IsWhatTheDocumentSays) {
  const auto text = read_document();
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  ASSERT_TRUE(begin != text.npos && end != text.npos && begin < end) << document << " lacks its two marks";
  const auto first = begin + begin_mark.size();
  const auto wanted = "\n" + lua_reference() + "\n";
  if (std::getenv("TRACKALERT_UPDATE_DOCS") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream(document, std::ios::binary) << text.substr(0, first) << wanted << text.substr(end);
    return;
  }
  EXPECT_TRUE(text.substr(first, end - first) == wanted)
      << document << " is not what the function tables say. To write it anew:\n"
      << "  TRACKALERT_UPDATE_DOCS=1 build/debug/src/app/app_test --gtest_filter='LuaReference.*'";
}

}  // namespace
}  // namespace trackalert::app
