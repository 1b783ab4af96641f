// SPDX-License-Identifier: Apache-2.0
#include "channel/mail_template.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/ascii.h"
#include "base/log.h"
#include "channel/clean_text.h"

namespace trackalert::channel {
namespace {

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return base::is_lower(c) || base::is_digit(c) || c == '_'; });
}

}  // namespace

class Template::Parser {
 public:
  Parser(std::string_view text, const Vocabulary& vocabulary) : text_(text), vocabulary_(vocabulary) {}

  base::Result<std::vector<Node>> parse() {
    auto nodes = nodes_until({}, 0, nullptr);
    return nodes;
  }

 private:
  using Names = std::set<std::string, std::less<>>;

  [[nodiscard]] std::size_t line() const {
    return 1 + static_cast<std::size_t>(std::ranges::count(text_.substr(0, at_), '\n'));
  }
  template <class... Args>
  std::unexpected<base::Error> fail(fmt::format_string<Args...> format, Args&&... args) {
    return base::fail("line {}: {}", line(), fmt::format(format, std::forward<Args>(args)...));
  }
  [[nodiscard]] bool is_text(std::string_view name, const Names* own) const {
    return vocabulary_.texts.contains(name) || (own != nullptr && own->contains(name));
  }
  std::unexpected<base::Error> unknown(std::string_view name, const Names* own) {
    std::vector<std::string> names(vocabulary_.texts.begin(), vocabulary_.texts.end());
    for (const auto& [list, inner] : vocabulary_.lists) names.push_back(list);
    if (own != nullptr) names.insert(names.end(), own->begin(), own->end());
    std::ranges::sort(names);
    return fail("there is no {{{{{}}}}} here, only {}", base::escape_control(name), fmt::join(names, ", "));
  }

  /// Up to the end of the section `name`, or of the text.
  base::Result<std::vector<Node>> nodes_until(std::string_view section, unsigned depth, const Names* own) {
    if (depth > max_depth) return fail("nested deeper than {}", max_depth);
    std::vector<Node> out;
    while (true) {
      const auto begin = text_.find(opening, at_);
      const auto literal = text_.substr(at_, begin - at_);
      if (!literal.empty()) out.push_back({Node::Kind::literal, std::string(literal), {}});
      if (begin == text_.npos) {
        at_ = text_.size();
        if (!section.empty()) return fail("{{{{#{}}}}} has no end", section);
        return out;
      }
      at_ = begin;
      const auto end = text_.find(closing, begin);
      if (end == text_.npos) return fail("{{{{ has no end");
      auto name = text_.substr(begin + opening.size(), end - begin - opening.size());
      const char mark = name.empty() ? ' ' : name.front();
      if (mark == '#' || mark == '^' || mark == '/') name.remove_prefix(1);
      if (!is_name(name)) return fail("a name has small letters, digits and _: {{{{{}}}}}", base::escape_control(name));
      if (mark == '/') {
        if (name != section) return fail("{{{{/{}}}}} ends what has not begun", name);
        at_ = end + closing.size();
        return out;
      }
      auto node = node_of(mark, name, end + closing.size(), depth, own);
      if (!node) return std::unexpected(node.error());
      out.push_back(std::move(*node));
    }
  }

  base::Result<Node> node_of(char mark, std::string_view name, std::size_t behind, unsigned depth, const Names* own) {
    const auto list = vocabulary_.lists.find(name);
    const bool known = is_text(name, own);
    if (mark != '#' && mark != '^') {
      if (!known) return unknown(name, own);
      at_ = behind;
      return Node{Node::Kind::text, std::string(name), {}};
    }
    if (!known && list == vocabulary_.lists.end()) return unknown(name, own);
    // Nobody's list of lists grows without bound.
    if (!known && mark == '#' && own != nullptr) return fail("a list within a list: {{{{#{}}}}}", name);
    at_ = behind;
    const auto* inner_names = !known && mark == '#' ? &list->second : own;
    auto inner = nodes_until(name, depth + 1, inner_names);
    if (!inner) return std::unexpected(inner.error());
    return Node{mark == '#' ? Node::Kind::each : Node::Kind::unless, std::string(name), std::move(*inner)};
  }

  const std::string_view text_;
  const Vocabulary& vocabulary_;
  std::size_t at_ = 0;
};

/// Fillings, and those around them.
struct Template::Scope {
  const Fillings& values;
  const Scope* outer = nullptr;

  [[nodiscard]] const std::string* text(const std::string& name) const {
    if (const auto at = values.texts.find(name); at != values.texts.end()) return &at->second;
    return outer == nullptr ? nullptr : outer->text(name);
  }
  [[nodiscard]] const std::vector<Fillings>* list(const std::string& name) const {
    if (const auto at = values.lists.find(name); at != values.lists.end()) return &at->second;
    return outer == nullptr ? nullptr : outer->list(name);
  }
};

base::Result<Template> Template::parse(std::string_view text, Context context, const Vocabulary& vocabulary) {
  if (text.size() > max_template_bytes) return base::fail("has more than {} bytes", max_template_bytes);
  auto nodes = Parser(text, vocabulary).parse();
  if (!nodes) return std::unexpected(nodes.error());
  Template out;
  out.context_ = context;
  out.nodes_ = std::move(*nodes);
  return out;
}

base::Result<std::string> Template::read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(max_template_bytes + 1, '\0');
  if (stream) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || !stream.is_open()) return base::fail("cannot read {}", file);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

base::Result<Template> Template::load(const std::string& file, Context context, const Vocabulary& vocabulary) {
  const auto text = read(file);
  if (!text) return std::unexpected(text.error());
  auto out = parse(*text, context, vocabulary);
  if (!out) return base::fail("{}: {}", file, out.error().message);
  return out;
}

void Template::render(const std::vector<Node>& nodes, const Scope& scope, std::string& out) const {
  for (const auto& node : nodes) {
    if (node.kind == Node::Kind::literal) {
      out += node.content;
      continue;
    }
    const auto* text = scope.text(node.content);
    if (node.kind == Node::Kind::text) {
      if (text == nullptr) continue;
      const auto clean = clean_text(*text, max_value_bytes);
      out += context_ == Context::html ? html_escaped(clean) : clean;
      continue;
    }
    const auto* list = scope.list(node.content);
    const bool empty = (text == nullptr || text->empty()) && (list == nullptr || list->empty());
    if (node.kind == Node::Kind::unless) {
      if (empty) render(node.inner, scope, out);
    } else if (list != nullptr) {
      for (const auto& element : *list) render(node.inner, Scope{element, &scope}, out);
    } else if (!empty) {
      render(node.inner, scope, out);
    }
  }
}

std::string Template::render(const Fillings& values) const {
  std::string out;
  render(nodes_, Scope{values, nullptr}, out);
  return out;
}

}  // namespace trackalert::channel
