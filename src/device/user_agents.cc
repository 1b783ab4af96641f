// SPDX-License-Identifier: Apache-2.0
#include "device/user_agents.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace trackalert::device {
namespace {

using base::fail;
using base::Result;

/// Each refused pattern is named up to this number, then only counted.
constexpr std::size_t max_warnings = 10;

Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail("cannot open {}: {}", file, base::error_text(errno));
  std::string text(UserAgents::max_file_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail("cannot read {}", file);
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > UserAgents::max_file_bytes) {
    return fail("{} is larger than {} bytes", file, UserAgents::max_file_bytes);
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The replacement with $1 up to $`last_group` filled in.
std::string substituted(std::string_view replacement, const PatternList::Match& match, int last_group) {
  std::string result;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const int group = replacement[i] == '$' && i + 1 < replacement.size() ? replacement[i + 1] - '0' : 0;
    if (group >= 1 && group <= last_group) {
      result += match.groups[static_cast<std::size_t>(group)];
      ++i;
    } else {
      result += replacement[i];
    }
  }
  return result;
}

std::string version(std::string_view replacement, const PatternList::Match& match, std::size_t group) {
  if (replacement.empty()) return std::string(match.groups[group]);
  return substituted(replacement, match, PatternList::max_groups);
}

}  // namespace

/// Turns the YAML tree into rules. Lives for one load.
class UserAgents::Loader {
 public:
  struct Keys {
    const char* list;
    const char* first;
    const char* second;
    const char* third;
    bool flags;  ///< whether the list knows regex_flag
  };

  Loader(const std::string& file, const YAML::Node& root, base::Log& log) : file_(file), root_(root), log_(log) {}

  /// One of the file's lists. yaml-cpp's exceptions pass through.
  [[nodiscard]] Result<Rules> rules(const Keys& keys) {
    const YAML::Node list = root_[keys.list];
    if (!list.IsDefined()) return fail("{}: has no list {}", file_, keys.list);
    if (!list.IsSequence()) return fail("{}:{}: {} is not a list", file_, line(list), keys.list);
    Rules rules;
    std::size_t index = 0;
    for (const YAML::Node& entry : list) {
      if (auto added = add(rules, keys, entry, index++); !added) return std::unexpected(added.error());
    }
    if (auto compiled = rules.patterns.compile(); !compiled) {
      return fail("{}: {}: {}", file_, keys.list, compiled.error().message);
    }
    return rules;
  }

  void report_refused() {
    if (refused_ > max_warnings) log_.warning("{}: {} more rules ignored", file_, refused_ - max_warnings);
  }

 private:
  [[nodiscard]] Result<void> add(Rules& rules, const Keys& keys, const YAML::Node& entry, std::size_t index) {
    if (!entry.IsMap()) return fail("{}:{}: {}[{}] is not a map", file_, line(entry), keys.list, index);
    const auto text = [&](const char* key) -> Result<std::string> {
      const YAML::Node value = entry[key];
      if (!value.IsDefined() || value.IsNull()) return std::string();
      if (value.IsScalar()) return value.Scalar();
      return fail("{}:{}: {}[{}].{} is not a string", file_, line(value), keys.list, index, key);
    };
    const auto regex = text("regex");
    const auto flag = keys.flags ? text("regex_flag") : std::string();
    const auto first = text(keys.first);
    const auto second = text(keys.second);
    const auto third = text(keys.third);
    for (const auto* value : {&regex, &flag, &first, &second, &third}) {
      if (!*value) return std::unexpected(value->error());
    }
    if (regex->empty()) return fail("{}:{}: {}[{}] has no regex", file_, line(entry), keys.list, index);

    if (auto added = rules.patterns.add(*regex, *flag == "i"); !added) {
      if (++refused_ <= max_warnings) {
        log_.warning("{}:{}: {}[{}] ignored, its regex is not understood: {}", file_, line(entry), keys.list, index,
                     base::escape_control(added.error().message));
      }
      return {};
    }
    rules.replacements.push_back({*first, *second, *third});
    return {};
  }

  static int line(const YAML::Node& node) { return node.Mark().line + 1; }

  const std::string& file_;
  const YAML::Node& root_;
  base::Log& log_;
  std::size_t refused_ = 0;
};

base::Result<UserAgents> UserAgents::load(const std::string& file, base::Log& log) {
  constexpr Loader::Keys browser_keys{"user_agent_parsers", "family_replacement", "v1_replacement", "v2_replacement",
                                      false};
  constexpr Loader::Keys os_keys{"os_parsers", "os_replacement", "os_v1_replacement", "os_v2_replacement", false};
  constexpr Loader::Keys device_keys{"device_parsers", "device_replacement", "brand_replacement", "model_replacement",
                                     true};
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  try {
    const YAML::Node root = YAML::Load(*text);
    if (!root.IsMap()) return fail("{}: is not a map of uap-core's lists", file);
    Loader loader(file, root, log);
    UserAgents agents;
    for (auto [keys, rules] : {std::pair{&browser_keys, &agents.browsers_},
                               {&os_keys, &agents.systems_},
                               {&device_keys, &agents.devices_}}) {
      auto loaded = loader.rules(*keys);
      if (!loaded) return std::unexpected(loaded.error());
      *rules = std::move(*loaded);
    }
    loader.report_refused();
    return agents;
  } catch (const YAML::Exception& e) {
    return fail("{}:{}: {}", file, e.mark.line + 1, e.msg);
  }
}

UserAgent::Versioned UserAgents::versioned(const Rules& rules, std::string_view text) {
  UserAgent::Versioned result;
  const auto match = rules.patterns.first_match(text);
  if (!match) return result;
  const Replacements& replacements = rules.replacements[match->index];
  if (!replacements.first.empty()) {
    result.family = trimmed(substituted(replacements.first, *match, 1));
  } else {
    result.family = trimmed(match->groups[match->group_count > 0 ? 1 : 0]);
  }
  result.major = version(replacements.second, *match, 2);
  result.minor = version(replacements.third, *match, 3);
  return result;
}

UserAgent::Hardware UserAgents::hardware(const Rules& rules, std::string_view text) {
  UserAgent::Hardware result;
  const auto match = rules.patterns.first_match(text);
  if (!match) return result;
  const Replacements& replacements = rules.replacements[match->index];
  const auto filled = [&](const std::string& replacement) {
    return std::string(trimmed(substituted(replacement, *match, PatternList::max_groups)));
  };
  result.family = replacements.first.empty() ? std::string(match->groups[1]) : filled(replacements.first);
  result.brand = filled(replacements.second);
  result.model = replacements.third.empty() ? std::string(match->groups[1]) : filled(replacements.third);
  return result;
}

UserAgent UserAgents::parse(std::string_view text) const {
  text = text.substr(0, max_text_bytes);
  return {versioned(browsers_, text), versioned(systems_, text), hardware(devices_, text)};
}

std::size_t UserAgents::size() const {
  return browsers_.patterns.size() + systems_.patterns.size() + devices_.patterns.size();
}

}  // namespace trackalert::device
