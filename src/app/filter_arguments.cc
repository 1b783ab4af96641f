// SPDX-License-Identifier: Apache-2.0
#include "app/filter_arguments.h"

#include <array>
#include <charconv>

#include "base/json_writer.h"

namespace trackalert::app {
namespace {

constexpr std::array<ArgumentRow, 14> rows{{{"--login"},
                                            {"--remote"},
                                            {"--net"},
                                            {"--asn"},
                                            {"--country"},
                                            {"--device"},
                                            {"--protocol"},
                                            {"--fail-type"},
                                            {"--pwhash"},
                                            {"--attr"},
                                            {"--since"},
                                            {"--until"},
                                            {"--success", false},
                                            {"--failure", false}}};

/// Options whose value is a text of the filter.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> texts{{{"--login", "login"},
                                                                               {"--remote", "remote"},
                                                                               {"--net", "net"},
                                                                               {"--country", "country"},
                                                                               {"--device", "device"},
                                                                               {"--protocol", "protocol"},
                                                                               {"--fail-type", "fail_type"},
                                                                               {"--pwhash", "pwhash"},
                                                                               {"--since", "since"},
                                                                               {"--until", "until"}}};

}  // namespace

std::span<const ArgumentRow> filter_rows() {
  return rows;
}

base::Result<std::string> filter_json(const Arguments& arguments) {
  base::JsonWriter json;
  json.begin_object();
  for (const auto& [option, member] : texts) {
    if (const auto value = arguments.value(option)) json.key(member).value(*value);
  }
  if (const auto asn = arguments.value("--asn")) {
    std::uint32_t number = 0;
    const auto* end = asn->data() + asn->size();
    if (const auto read = std::from_chars(asn->data(), end, number); read.ec != std::errc{} || read.ptr != end) {
      return base::fail("--asn wants a number, not {}", *asn);
    }
    json.key("asn").value(number);
  }
  if (arguments.has("--success") && arguments.has("--failure"))
    return base::fail("--success and --failure exclude each other");
  if (arguments.has("--success") || arguments.has("--failure")) json.key("success").value(arguments.has("--success"));
  if (arguments.has("--attr")) {
    json.key("attrs").begin_object();
    for (const auto& pair : arguments.values("--attr")) {
      const auto equals = pair.find('=');
      if (equals == std::string::npos) return base::fail("--attr wants NAME=VALUE, not {}", pair);
      json.key(pair.substr(0, equals)).value(std::string_view(pair).substr(equals + 1));
    }
    json.end_object();
  }
  json.end_object();
  return std::move(json).text();
}

}  // namespace trackalert::app
