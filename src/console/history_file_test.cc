// SPDX-License-Identifier: Apache-2.0
#include "console/history_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "console/test_files.h"

namespace trackalert::console {
namespace {

TEST(HistoryFile, KeepsSecretsOut) {
  for (const std::string_view line :
       {"setKey(\"x\")", "f{api_key='x'}", "f{basic_auth='x'}", "f{token='x'}", "f{routing_key='x'}",
        "addCustomWebHook('a', {url='https://h/x'})", "addChannel('a', {})", "setKey 'x'",
        "a() setWebserverPassword( 'x')", "webserver('127.0.0.1:8084', 'x')",
        "addCustomWebHook('x', { ['api-key'] = 'x' })", "addAlertChannel('m', 'email', { password = 'x' })"})
    EXPECT_TRUE(mentions_secret(line)) << line;
  for (const std::string_view line : {"makeKey()", "showACL()", "addListener('127.0.0.1:8084', false, '', '', {})"})
    EXPECT_FALSE(mentions_secret(line)) << line;
}

TEST(HistoryFile, NewFileIsPrivate) {
  const TemporaryDirectory directory;
  HistoryFile history(directory.file("h"));
  EXPECT_TRUE(history.add("x"));
  struct stat status{};
  ASSERT_EQ(stat(directory.file("h").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST(HistoryFile, WithoutAFileItLastsForTheSession) {
  for (const std::string path : {"", "/nonexistent/h", "/"}) {
    HistoryFile history(path);
    EXPECT_TRUE(history.add("x"));
    EXPECT_FALSE(history.add("x"));
    EXPECT_FALSE(history.add(""));
    EXPECT_EQ(history.lines().size(), 1);
  }
}

TEST(HistoryFile, DoesNotFollowLinksOrWaitForFifos) {
  const TemporaryDirectory directory;
  write_file(directory.file("target"), "precious\n");
  std::filesystem::create_symlink(directory.file("target"), directory.file("link"));
  HistoryFile link(directory.file("link"));
  EXPECT_TRUE(link.lines().empty());
  EXPECT_TRUE(link.add("x"));
  EXPECT_EQ(content_of(directory.file("target")), "precious\n");
  ASSERT_EQ(mkfifo(directory.file("fifo").c_str(), 0600), 0);
  HistoryFile fifo(directory.file("fifo"));
  EXPECT_TRUE(fifo.add("x"));
}

TEST(HistoryFile, IsBounded) {
  const TemporaryDirectory directory;
  std::string many;
  for (int i = 0; i < 1500; ++i) many += std::to_string(i) + "\n";
  write_file(directory.file("many"), many);
  HistoryFile history(directory.file("many"));
  EXPECT_EQ(history.lines().size(), 1000);
  EXPECT_EQ(history.lines().front(), "500");
  history.add("new");
  EXPECT_EQ(history.lines().size(), 1000);
  EXPECT_EQ(content_of(directory.file("many")), many + "new\n");

  write_file(directory.file("big"), std::string(300'000, 'x') + "\n\none\ntwo");
  HistoryFile big(directory.file("big"));
  EXPECT_EQ(big.lines(), (std::deque<std::string>{"one", "two"}));
  EXPECT_EQ(content_of(directory.file("big")), "one\ntwo\n");

  write_file(directory.file("blob"), std::string(300'000, 'x'));
  EXPECT_TRUE(HistoryFile(directory.file("blob")).lines().empty());
}

}  // namespace
}  // namespace trackalert::console
