// SPDX-License-Identifier: Apache-2.0
#include "api/report_line.h"

#include <gtest/gtest.h>

namespace trackalert::api {
namespace {

TEST(ReportLine, IsWhatLogParsersKnow) {
  login::Report report;
  report.remote = *base::parse_address("::1");
  report.login = "a";
  report.success = report.policy_reject = true;
  report.pwhash = "ab12";
  report.protocol = "imap";
  report.device_id = "d";
  report.device_attrs = {{"os.family", "X"}, {"os.major", "1"}};
  report.attrs = {{"a", "1"}, {"b", "2"}};
  report.attrs_mv = {{"m", {"x", "y"}}, {"n", {"z"}}};
  EXPECT_EQ(report_line(report),
            "reportLog: remote=\"::1\" login=\"a\" success=\"1\" policy_reject=\"1\" pwhash=\"ab12\" protocol=\"imap\" "
            "device_id=\"d\" device_attrs={os.family=\"X\", os.major=\"1\"} attrs={a=\"1\", b=\"2\", m=[\"x\", \"y\"], "
            "n=[\"z\"]} ");
}

TEST(ReportLine, HasNoStrayCommaAndNoForgedLines) {
  login::Report report;
  report.login = "a\nforged";
  report.attrs_mv = {{"m", {"x"}}};
  const auto line = report_line(report);
  EXPECT_NE(line.find("attrs={m=[\"x\"]} "), std::string::npos);
  EXPECT_NE(line.find("login=\"a\\nforged\""), std::string::npos);
}

}  // namespace
}  // namespace trackalert::api
