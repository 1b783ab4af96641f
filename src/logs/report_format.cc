// SPDX-License-Identifier: Apache-2.0
#include "logs/report_format.h"

#include "base/json_writer.h"
#include "logs/json_text.h"

namespace trackalert::logs {

Reading put_report(login::Parser& parser, std::string_view body, std::optional<history::Time> time,
                   std::vector<login::Report>& out) {
  auto report = parser.report(body, 0);
  using enum Reading::Kind;
  if (!report) {
    switch (report.error().why) {
      case login::Refusal::bad_json:
        return {bad, "no JSON"};
      case login::Refusal::not_an_object:
        return {bad, "no JSON object"};
      case login::Refusal::bad_remote:
        return {bad, "no address where one should be"};
      case login::Refusal::no_subject:
        return {other, "neither login nor remote"};
    }
  }
  if (report->login.size() > max_login_bytes) return {bad, "a login that is too long"};
  if (!(report->t > 0) && time) report->t = static_cast<double>(*time) / static_cast<double>(history::second);
  if (!(report->t > 0)) return {bad, "no time"};
  out.push_back(std::move(*report));
  return {attempts};
}

namespace {

class ReportFormat final : public Format {
 public:
  Reading read(std::string_view line, std::vector<login::Report>& out) override {
    return put_report(parser_, line, std::nullopt, out);
  }

 private:
  login::Parser parser_;
};

/// JSON text of a value, for the parser of reports.
void write_value(base::JsonWriter& json, const base::JsonValue& value) {
  if (const auto* text = value.as_string()) {
    json.value(*text);
  } else if (const auto* number = value.as_number()) {
    json.value(*number);
  } else if (const auto* flag = value.as_bool()) {
    json.value(*flag);
  } else if (const auto* array = value.as_array()) {
    json.begin_array();
    for (const auto& element : *array) write_value(json, element);
    json.end_array();
  } else if (const auto* object = value.as_object()) {
    json.begin_object();
    for (const auto& [name, member] : *object) write_value(json.key(name), member);
    json.end_object();
  } else {
    json.raw("null");
  }
}

class ElasticsearchFormat final : public Format {
 public:
  Reading read(std::string_view line, std::vector<login::Report>& out) override {
    const auto value = base::parse_json(line);
    if (!value) return {Reading::Kind::bad, "no JSON"};
    const auto* source = value->find("_source");
    if (source == nullptr) source = &*value;
    if (source->as_object() == nullptr) return {Reading::Kind::bad, "no JSON object"};
    for (const std::string_view action : {"index", "create", "update", "delete"}) {
      const auto* member = source->find(action);
      if (member != nullptr && member->as_object() != nullptr && source->as_object()->size() == 1) return {};
    }
    return put_report(parser_, body_of(*source), time_in(*source), out);
  }

 private:
  static std::optional<history::Time> time_in(const base::JsonValue& source) {
    const auto* time = source.find("@timestamp");
    return time == nullptr ? std::nullopt : time_of_value(*time);
  }

  /// As the daemon takes it: what an index has made texts becomes what it was.
  static std::string body_of(const base::JsonValue& source) {
    base::JsonWriter json;
    json.begin_object();
    for (const auto& [name, member] : *source.as_object()) {
      json.key(name);
      const auto text = member.as_string() == nullptr ? std::string_view() : std::string_view(*member.as_string());
      const bool is_flag = name == "success" || name == "policy_reject" || name == "tls";
      if (is_flag && (text == "true" || text == "false")) {
        json.value(text == "true");
      } else if (name == "t") {
        const auto time = time_of_value(member);
        json.value(time ? static_cast<double>(*time) / static_cast<double>(history::second) : 0.0);
      } else {
        write_value(json, member);
      }
    }
    return std::move(json.end_object()).text();
  }

  login::Parser parser_;
};

}  // namespace

std::unique_ptr<Format> make_reports(const Context& /*context*/) {
  return std::make_unique<ReportFormat>();
}
std::unique_ptr<Format> make_elasticsearch(const Context& /*context*/) {
  return std::make_unique<ElasticsearchFormat>();
}

}  // namespace trackalert::logs
