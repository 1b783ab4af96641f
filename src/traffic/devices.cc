// SPDX-License-Identifier: Apache-2.0
#include "traffic/devices.h"

#include <array>

namespace trackalert::traffic {
namespace {

using enum DeviceUse;

constexpr std::array<DeviceRow, 25> rows{{
    {desktop_mail, 30, 102, 28, "imap", R"x("name" "Thunderbird" "version" "#.5.1")x",
     R"x({"imapc.family": "Thunderbird", "imapc.major": "#", "imapc.minor": "5", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {desktop_mail, 20, 12, 3, "imap",
     R"x("name" "Mac OS X Mail" "version" "16.0 (3774.500)" "os" "Mac OS X" "os-version" "#.4 (23E214)" "vendor" "Apple Inc.")x",
     R"x({"imapc.family": "Mac OS X Mail", "imapc.major": "16", "imapc.minor": "0", "os.family": "Mac OS X", "os.major": "#", "os.minor": "4"})x"},
    {desktop_mail, 5, 46, 6, "imap", R"x("name" "Evolution" "version" "3.#.2")x",
     R"x({"imapc.family": "Evolution", "imapc.major": "3", "imapc.minor": "#", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {desktop_mail, 25, 0, 1, "imap", R"x()x",
     R"x({"imapc.family": "", "imapc.major": "", "imapc.minor": "", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {desktop_mail, 10, 0, 1, "pop3", R"x()x", R"x({})x"},
    {phone_mail, 40, 15, 4, "imap",
     R"x("name" "iPhone Mail" "version" "21.1 (21E236)" "os" "iOS" "os-version" "#.4 (21E236)")x",
     R"x({"imapc.family": "iPhone Mail", "imapc.major": "21", "imapc.minor": "1", "os.family": "iOS", "os.major": "#", "os.minor": "4"})x"},
    {phone_mail, 25, 10, 6, "imap",
     R"x("name" "com.samsung.android.email" "version" "6.1" "os" "android" "os-version" "#.0" "vendor" "samsung")x",
     R"x({"imapc.family": "com.samsung.android.email", "imapc.major": "6", "imapc.minor": "1", "os.family": "android", "os.major": "#", "os.minor": "0"})x"},
    {phone_mail, 10, 4, 8, "imap", R"x("name" "K-9 Mail" "version" "6.#")x",
     R"x({"imapc.family": "K-9 Mail", "imapc.major": "6", "imapc.minor": "#", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {phone_mail, 5, 2100, 80, "imap", R"x("name" "FairEmail" "version" "1.#")x",
     R"x({"imapc.family": "FairEmail", "imapc.major": "1", "imapc.minor": "#", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {phone_mail, 10, 40, 10, "mobileapi", R"x(OpenXchange.iOS.Mail/1.#.3 (OS: 17.4; device: iPhone 15))x",
     R"x({"app.brand": "OpenXchange", "app.major": "1", "app.minor": "#", "app.name": "Mail", "device.family": "iPhone 15", "os.family": "iOS", "os.major": "17", "os.minor": "4"})x"},
    {phone_mail, 10, 60, 10, "mobileapi", R"x(OpenXchange.Android.Mail/2.#.1 (OS: 14.0; device: SM-S911B))x",
     R"x({"app.brand": "OpenXchange", "app.major": "2", "app.minor": "#", "app.name": "Mail", "device.family": "SM-S911B", "os.family": "Android", "os.major": "14", "os.minor": "0"})x"},
    {desktop_browser, 45, 110, 20, "http",
     R"x(Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36)x",
     R"x({"browser.family": "Chrome", "browser.major": "#", "browser.minor": "0", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Windows", "os.major": "10", "os.minor": ""})x"},
    {desktop_browser, 20, 110, 20, "http",
     R"x(Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:#.0) Gecko/20100101 Firefox/#.0)x",
     R"x({"browser.family": "Firefox", "browser.major": "#", "browser.minor": "0", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Windows", "os.major": "10", "os.minor": ""})x"},
    {desktop_browser, 15, 110, 20, "http",
     R"x(Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36 Edg/#.0.0.0)x",
     R"x({"browser.family": "Edge", "browser.major": "#", "browser.minor": "0", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Windows", "os.major": "10", "os.minor": ""})x"},
    {desktop_browser, 12, 15, 4, "http",
     R"x(Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/#.1 Safari/605.1.15)x",
     R"x({"browser.family": "Safari", "browser.major": "#", "browser.minor": "1", "device.brand": "Apple", "device.family": "Mac", "device.model": "Mac", "os.family": "Mac OS X", "os.major": "10", "os.minor": "15"})x"},
    {desktop_browser, 4, 110, 20, "http",
     R"x(Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:#.0) Gecko/20100101 Firefox/#.0)x",
     R"x({"browser.family": "Firefox", "browser.major": "#", "browser.minor": "0", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Ubuntu", "os.major": "", "os.minor": ""})x"},
    {desktop_browser, 4, 110, 20, "http",
     R"x(Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36)x",
     R"x({"browser.family": "Chrome", "browser.major": "#", "browser.minor": "0", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Linux", "os.major": "", "os.minor": ""})x"},
    {phone_browser, 50, 15, 4, "http",
     R"x(Mozilla/5.0 (iPhone; CPU iPhone OS #_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/#.4 Mobile/15E148 Safari/604.1)x",
     R"x({"browser.family": "Mobile Safari", "browser.major": "#", "browser.minor": "4", "device.brand": "Apple", "device.family": "iPhone", "device.model": "iPhone", "os.family": "iOS", "os.major": "#", "os.minor": "4"})x"},
    {phone_browser, 50, 110, 20, "http",
     R"x(Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Mobile Safari/537.36)x",
     R"x({"browser.family": "Chrome Mobile", "browser.major": "#", "browser.minor": "0", "device.brand": "Generic_Android", "device.family": "K", "device.model": "K", "os.family": "Android", "os.major": "10", "os.minor": ""})x"},
    {proxy, 1, 4, 3, "imap", R"x("name" "Roundcube" "version" "1.#.6")x",
     R"x({"imapc.family": "Roundcube", "imapc.major": "1", "imapc.minor": "#", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {tool, 3, 28, 6, "http", R"x(python-requests/2.#.0)x",
     R"x({"browser.family": "Python Requests", "browser.major": "2", "browser.minor": "#", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Other", "os.major": "", "os.minor": ""})x"},
    {tool, 1, 1, 2, "http", R"x(Go-http-client/#.1)x",
     R"x({"browser.family": "Go-http-client", "browser.major": "#", "browser.minor": "1", "device.brand": "", "device.family": "Other", "device.model": "", "os.family": "Other", "os.major": "", "os.minor": ""})x"},
    {tool, 3, 0, 1, "imap", R"x()x",
     R"x({"imapc.family": "", "imapc.major": "", "imapc.minor": "", "os.family": "", "os.major": "", "os.minor": ""})x"},
    {tool, 2, 0, 1, "smtp", R"x()x", R"x({})x"},
    {tool, 1, 0, 1, "pop3", R"x()x", R"x({})x"},
}};

}  // namespace

std::span<const DeviceRow> device_rows() {
  return rows;
}

Device pick_device(DeviceUse use, Dice& dice) {
  unsigned sum = 0;
  for (const auto& row : rows) sum += row.use == use ? row.weight : 0;
  auto left = dice.below(sum);
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const auto& row = rows[index];
    if (row.use != use) continue;
    if (left < row.weight) {
      return {static_cast<std::uint8_t>(index), static_cast<std::uint8_t>(dice.below((row.versions + 1U) / 2))};
    }
    left -= row.weight;
  }
  return {};
}

std::string with_version(std::string_view text, const Device& device) {
  const auto version = std::to_string(rows[device.row].first_version + device.version);
  std::string out;
  for (const char c : text) {
    if (c == '#') {
      out += version;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace trackalert::traffic
