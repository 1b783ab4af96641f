// SPDX-License-Identifier: Apache-2.0
#include "channel/mail_templates.h"

#include <fmt/format.h>

#include <filesystem>

#include "alert/signed_link.h"

namespace trackalert::channel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view subject_mark = "Subject: ";

/// The languages of files KIND.LANGUAGE.html, sorted.
base::Result<std::set<std::string>> languages_of(const TemplateFolders& folders, const std::string& kind) {
  std::set<std::string> out;
  for (const auto& folder : folders) {
    std::error_code error;
    fs::directory_iterator files(folder, error);
    if (error) return base::fail("templates: cannot read {}: {}", folder, error.message());
    for (const auto& entry : files) {
      const auto name = entry.path().filename().string();
      if (!name.starts_with(kind + ".") || !name.ends_with(".html")) continue;
      const auto begin = kind.size() + 1;
      const auto language = name.substr(begin, name.size() - begin - 5);
      if (alert::is_language(language)) out.insert(language);
    }
  }
  if (out.empty()) return base::fail("templates: there is no {}.LANGUAGE.html in {}", kind, folders.front());
  if (out.size() > MailTemplates::max_languages) {
    return base::fail("templates: more than {} languages of {}", MailTemplates::max_languages, kind);
  }
  return out;
}

}  // namespace

std::string template_file(const TemplateFolders& folders, const std::string& name) {
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (auto file = fmt::format("{}/{}", folder, name); fs::is_regular_file(file, ignored)) return file;
  }
  return {};
}

base::Result<MailTemplates> MailTemplates::load(const TemplateFolders& folders, const std::string& kind,
                                                const Vocabulary& vocabulary) {
  const auto languages = languages_of(folders, kind);
  if (!languages) return std::unexpected(languages.error());
  MailTemplates out;
  for (const auto& language : *languages) {
    const auto name = fmt::format("{}.{}", kind, language);
    const auto text_file = template_file(folders, name + ".txt");
    if (text_file.empty()) return base::fail("templates: {}.html has no {}.txt beside it", name, name);
    const auto content = Template::read(text_file);
    if (!content) return std::unexpected(content.error());
    const auto end = content->find("\n\n");
    if (!content->starts_with(subject_mark) || end == content->npos || content->find('\n') != end) {
      return base::fail("{}: begins with a line \"Subject: ...\" and an empty one", text_file);
    }
    const auto whole = std::string_view(*content);
    auto subject =
        Template::parse(whole.substr(subject_mark.size(), end - subject_mark.size()), Context::text, vocabulary);
    if (!subject) return base::fail("{}: {}", text_file, subject.error().message);
    auto text = Template::parse(whole.substr(end + 2), Context::text, vocabulary);
    if (!text) return base::fail("{}, behind the subject: {}", text_file, text.error().message);
    auto html = Template::load(template_file(folders, name + ".html"), Context::html, vocabulary);
    if (!html) return std::unexpected(html.error());
    out.by_language_.emplace(language, Set{std::move(*subject), std::move(*text), std::move(*html)});
  }
  return out;
}

RenderedMail MailTemplates::render(std::string_view language, const Fillings& values) const {
  const auto& set = by_language_.find(language)->second;
  return {.subject = set.subject.render(values), .text = set.text.render(values), .html = set.html.render(values)};
}

base::Result<std::map<std::string, Template, std::less<>>> load_pages(const TemplateFolders& folders,
                                                                      const std::string& kind,
                                                                      const Vocabulary& vocabulary) {
  const auto languages = languages_of(folders, kind);
  if (!languages) return std::unexpected(languages.error());
  std::map<std::string, Template, std::less<>> out;
  for (const auto& language : *languages) {
    auto page =
        Template::load(template_file(folders, fmt::format("{}.{}.html", kind, language)), Context::html, vocabulary);
    if (!page) return std::unexpected(page.error());
    out.emplace(language, std::move(*page));
  }
  return out;
}

}  // namespace trackalert::channel
