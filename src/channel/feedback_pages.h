// SPDX-License-Identifier: Apache-2.0
// What the owner of an account sees behind a link: the question with two buttons, the thanks, and one page for every
// link that is of no use, whatever the reason. No scripts, nothing from elsewhere; one style, which the policy knows by
// its hash. Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel/mail_templates.h"

namespace trackalert::channel {

class FeedbackPages {
 public:
  /// question.LANGUAGE.html, answered.LANGUAGE.html and refused.html; an error names the file.
  static base::Result<FeedbackPages> load(const TemplateFolders& folders);

  /// In English, or in the first language that there is, where there is no page in that one.
  [[nodiscard]] std::string question(std::string_view language, Fillings values) const;
  [[nodiscard]] std::string answered(std::string_view language, bool good) const;
  [[nodiscard]] const std::string& refused() const { return refused_; }
  /// Headers of every page.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }

 private:
  using Pages = std::map<std::string, Template, std::less<>>;
  Pages questions_;
  Pages answers_;
  std::string refused_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace trackalert::channel
