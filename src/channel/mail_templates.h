// SPDX-License-Identifier: Apache-2.0
// The templates of mails and pages, read from files: KIND.LANGUAGE.txt, whose first line is "Subject: ..." and its
// second empty, and KIND.LANGUAGE.html beside it; of pages the HTML alone. A file in the operator's own folder stands
// in place of ours of that name, and a language is there as soon as its files are.
//
// Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "channel/mail_template.h"

namespace trackalert::channel {

struct RenderedMail {
  std::string subject;
  std::string text;
  std::string html;
};

/// Where templates are looked for: first to last.
using TemplateFolders = std::vector<std::string>;

class MailTemplates {
 public:
  /// Of one kind ("owner") in all languages that there are; an error names the file. At most max_languages.
  static base::Result<MailTemplates> load(const TemplateFolders& folders, const std::string& kind,
                                          const Vocabulary& vocabulary);
  static constexpr std::size_t max_languages = 100;

  [[nodiscard]] bool has(std::string_view language) const { return by_language_.contains(language); }
  /// There must be such a language.
  [[nodiscard]] RenderedMail render(std::string_view language, const Fillings& values) const;

 private:
  struct Set {
    Template subject;
    Template text;
    Template html;
  };
  std::map<std::string, Set, std::less<>> by_language_;
};

/// Pages of one kind in all languages; an error names the file.
[[nodiscard]] base::Result<std::map<std::string, Template, std::less<>>> load_pages(const TemplateFolders& folders,
                                                                                    const std::string& kind,
                                                                                    const Vocabulary& vocabulary);

/// The file of that name in the first folder that has it; empty: none has.
[[nodiscard]] std::string template_file(const TemplateFolders& folders, const std::string& name);

}  // namespace trackalert::channel
