// SPDX-License-Identifier: Apache-2.0
// Texts with gaps, which operators may write themselves. The language is small on purpose: nothing in it can run, loop
// without end or reach what it was not given, and what fills a gap is always made fit for where it stands.
//
//   {{name}}                 the text of that name
//   {{#name}} ... {{/name}}  what is between, for each element of the list of that name, whose own names come first;
//   for
//                            a text: once, if it is not empty
//   {{^name}} ... {{/name}}  what is between, if the list or the text is empty
//
// Bounds: a template of max_template_bytes, nested max_depth deep, no list within a list; a text of max_value_bytes,
// cut.
//
// Immutable; any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace trackalert::channel {

/// Where a template's output goes.
enum class Context { text, html };

/// The names that a template may use.
struct Vocabulary {
  std::set<std::string, std::less<>> texts;
  /// Of each list the names of its elements.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> lists;
};

/// What fills the gaps: raw, as clients sent it.
struct Fillings {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, std::vector<Fillings>, std::less<>> lists;
};

class Template {
 public:
  static constexpr std::size_t max_template_bytes = std::size_t{64} << 10;
  static constexpr std::size_t max_value_bytes = 1024;
  static constexpr unsigned max_depth = 4;

  /// An error names the line and, for a name that is not in the vocabulary, those that are.
  static base::Result<Template> parse(std::string_view text, Context context, const Vocabulary& vocabulary);
  /// The bytes of a file, of one that is too long those that show it to be. An error names it.
  static base::Result<std::string> read(const std::string& file);
  /// The file; an error names it.
  static base::Result<Template> load(const std::string& file, Context context, const Vocabulary& vocabulary);

  /// What `values` lacks is empty.
  [[nodiscard]] std::string render(const Fillings& values) const;

 private:
  struct Node {
    enum class Kind { literal, text, each, unless };
    Kind kind = Kind::literal;
    std::string content;  ///< the literal, or the name
    std::vector<Node> inner;
  };
  class Parser;
  struct Scope;
  void render(const std::vector<Node>& nodes, const Scope& scope, std::string& out) const;

  Context context_ = Context::text;
  std::vector<Node> nodes_;
};

}  // namespace trackalert::channel
