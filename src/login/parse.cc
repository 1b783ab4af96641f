// SPDX-License-Identifier: Apache-2.0
// Two readers stand behind one set of functions: simdjson's tree for nearly every body, and base::JsonValue for those
// that simdjson will not take (invalid UTF-8, lone surrogates, numbers beyond its range) but that clients of the
// original may send, and for the reason when nothing will take them.
#include "login/parse.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "base/json_value.h"

namespace trackalert::login {
namespace {

namespace dom = simdjson::dom;
using base::JsonValue;

// One vocabulary over both trees.

std::optional<std::string_view> text_of(const dom::element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}
std::optional<std::string_view> text_of(const JsonValue& value) {
  const auto* text = value.as_string();
  return text != nullptr ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::optional<double> number_of(const dom::element& value) {
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}
std::optional<double> number_of(const JsonValue& value) {
  const auto* number = value.as_number();
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

bool is_true(const dom::element& value) {
  bool flag = false;
  return value.get(flag) == simdjson::SUCCESS && flag;
}
bool is_true(const JsonValue& value) {
  return value.as_bool() != nullptr && *value.as_bool();
}

bool is_object(const dom::element& value) {
  return value.is_object();
}
bool is_object(const JsonValue& value) {
  return value.as_object() != nullptr;
}

bool is_array(const dom::element& value) {
  return value.is_array();
}
bool is_array(const JsonValue& value) {
  return value.as_array() != nullptr;
}

bool is_null(const dom::element& value) {
  return value.is_null();
}
bool is_null(const JsonValue& value) {
  return value.is_null();
}

// To keep a member for later: simdjson's element is a handle already, a JsonValue would be copied whole.
template <class Value>
using Handle = std::conditional_t<std::is_same_v<Value, dom::element>, dom::element, const Value*>;
Handle<dom::element> handle_of(const dom::element& value) {
  return value;
}
Handle<JsonValue> handle_of(const JsonValue& value) {
  return &value;
}
dom::element value_of(const dom::element& handle) {
  return handle;
}
const JsonValue& value_of(const JsonValue* handle) {
  return *handle;
}

template <class Visit>
void each_member(const dom::element& object, Visit visit) {
  for (const auto member : dom::object(object)) visit(member.key, member.value);
}
template <class Visit>
void each_member(const JsonValue& object, Visit visit) {
  for (const auto& [key, value] : *object.as_object()) visit(std::string_view(key), value);
}

Scalar scalar_of(const dom::element& value) {
  if (const auto text = text_of(value)) return *text;
  if (bool flag = false; value.get(flag) == simdjson::SUCCESS) return flag;
  if (const auto number = number_of(value)) return *number;
  return {};
}
Scalar scalar_of(const JsonValue& value) {
  if (const auto text = text_of(value)) return *text;
  if (const auto* flag = value.as_bool()) return *flag;
  if (const auto number = number_of(value)) return *number;
  return {};
}

/// To make room for; not exact beyond 16 million.
std::size_t member_count(const dom::element& object) {
  return dom::object(object).size();
}
std::size_t member_count(const JsonValue& object) {
  return object.as_object()->size();
}

template <class Visit>
void each_element(const dom::element& array, Visit visit) {
  for (const auto element : dom::array(array)) visit(element);
}
template <class Visit>
void each_element(const JsonValue& array, Visit visit) {
  for (const auto& element : *array.as_array()) visit(element);
}

/// Room is made for so many at once: what a client announces and we drop is not to hold memory.
constexpr std::size_t usual_attributes = 16;

/// Strings to `attrs`, arrays to `attrs_mv` (elements that are no strings as ""), all else dropped. Both sorted by
/// name; of equal names the last counts.
template <class Value>
void read_attributes(const Value& object, Attributes& attrs, MultiAttributes& attrs_mv) {
  std::vector<std::pair<std::string_view, Handle<Value>>> members;
  members.reserve(member_count(object));
  each_member(object, [&](std::string_view name, const Value& value) { members.emplace_back(name, handle_of(value)); });
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (!std::is_sorted(members.begin(), members.end(), by_name)) {  // wforce sends them sorted
    std::stable_sort(members.begin(), members.end(), by_name);
  }
  attrs.reserve(std::min(members.size(), usual_attributes));
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [name, handle] = members[i];
    if (i + 1 < members.size() && members[i + 1].first == name) continue;
    const Value& value = value_of(handle);
    if (const auto text = text_of(value)) {
      attrs.emplace_back(name, *text);
    } else if (is_array(value)) {
      auto& list = attrs_mv.emplace_back(name, std::vector<std::string>()).second;
      each_element(value, [&](const Value& element) { list.emplace_back(text_of(element).value_or("")); });
    }
  }
}

/// What a report's members say, before the whole is judged.
struct Draft {
  Report report;
  std::optional<std::string> remote;
};

/// Whether it belongs to a report.
template <class Value>
bool read_member(Draft& draft, std::string_view name, const Value& value) {
  Report& report = draft.report;
  const auto text_into = [&](std::string& field) { field = text_of(value).value_or(""); };
  if (name == "login") {
    text_into(report.login);
  } else if (name == "remote") {
    const auto text = text_of(value);
    draft.remote = text ? std::optional<std::string>(*text) : std::nullopt;
  } else if (name == "success") {
    report.success = is_true(value);
  } else if (name == "pwhash") {
    text_into(report.pwhash);
  } else if (name == "protocol") {
    text_into(report.protocol);
  } else if (name == "t") {
    report.t = number_of(value).value_or(0);
  } else if (name == "tls") {
    report.tls = is_true(value);
  } else if (name == "policy_reject") {
    report.policy_reject = is_true(value);
  } else if (name == "fail_type") {
    text_into(report.fail_type);
  } else if (name == "device_id") {
    text_into(report.device_id);
  } else if (name == "session_id") {
    text_into(report.session_id);
  } else if (name == "attrs") {
    report.attrs.clear();
    report.attrs_mv.clear();
    if (is_object(value)) read_attributes(value, report.attrs, report.attrs_mv);
  } else if (name == "device_attrs") {
    MultiAttributes dropped;
    report.device_attrs.clear();
    report.has_device_attrs = is_object(value);
    if (report.has_device_attrs) read_attributes(value, report.device_attrs, dropped);
  } else {
    return false;
  }
  return true;
}

template <class Value>
void tell_members(std::string_view name, const Value& value, const Beside& beside) {
  if (!is_object(value)) return;
  each_member(value, [&](std::string_view member, const Value& inner) {
    if (is_object(inner) || is_array(inner)) return;
    beside(name, member, scalar_of(inner));
  });
}

std::unexpected<Refused> refuse(Refusal why, std::string reason) {
  return std::unexpected(Refused{why, std::move(reason)});
}

template <class Value>
std::expected<Report, Refused> read_report(const Value& root, double now, const Beside* beside) {
  if (!is_object(root)) return refuse(Refusal::not_an_object, "the body is not a JSON object");
  Draft draft;
  each_member(root, [&](std::string_view name, const Value& value) {
    if (!read_member(draft, name, value) && beside != nullptr) tell_members(name, value, *beside);
  });
  Report& report = draft.report;
  if (draft.remote) {
    const auto endpoint = base::parse_endpoint(*draft.remote);
    if (!endpoint) return refuse(Refusal::bad_remote, "remote: " + endpoint.error().message);
    report.remote = endpoint->address.unmapped();
  } else if (report.login.empty()) {
    return refuse(Refusal::no_subject, "login or remote is required");
  }
  if (report.t == 0) report.t = now;
  return std::move(report);
}

template <class Value>
std::expected<CustomArguments, Refused> read_custom_arguments(const Value& root) {
  if (is_null(root)) return refuse(Refusal::not_an_object, "the body is null");
  CustomArguments arguments;
  if (!is_object(root)) return arguments;
  each_member(root, [&](std::string_view name, const Value& value) {
    if (name != "attrs") return;
    arguments = {};
    if (is_object(value)) read_attributes(value, arguments.attrs, arguments.attrs_mv);
  });
  return arguments;
}

}  // namespace

struct Parser::Impl {
  /// simdjson's tree of `body`; it lives until the next call.
  simdjson::simdjson_result<dom::element> parse(std::string_view body) {
    const std::size_t needed = body.size() + simdjson::SIMDJSON_PADDING;
    if (padded.size() < needed || padded.size() > 64 * 1024 + needed) padded = std::vector<char>(needed);
    body.copy(padded.data(), body.size());
    // One level more than ours: the reader below says the reason for what is too deep.
    if (parser.capacity() < body.size() || parser.max_depth() != base::max_json_depth + 1) {
      if (const auto error = parser.allocate(body.size(), base::max_json_depth + 1)) return error;
    }
    return parser.parse(padded.data(), body.size(), false);
  }

  /// read(tree) with whichever tree takes the body.
  template <class Read>
  auto understand(std::string_view body, Read read) -> decltype(read(JsonValue())) {
    dom::element root;
    if (parse(body).get(root) == simdjson::SUCCESS) return read(root);
    const auto value = base::parse_json(body);
    if (!value) return refuse(Refusal::bad_json, value.error().message);
    return read(*value);
  }

  dom::parser parser;
  std::vector<char> padded;
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

std::expected<Report, Refused> Parser::report(std::string_view body, double now) {
  return impl_->understand(body, [now](const auto& root) { return read_report(root, now, nullptr); });
}

std::expected<Report, Refused> Parser::report(std::string_view body, double now, const Beside& beside) {
  return impl_->understand(body, [&](const auto& root) { return read_report(root, now, &beside); });
}

std::expected<CustomArguments, Refused> Parser::custom_arguments(std::string_view body) {
  return impl_->understand(body, [](const auto& root) { return read_custom_arguments(root); });
}

}  // namespace trackalert::login
