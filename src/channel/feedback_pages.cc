// SPDX-License-Identifier: Apache-2.0
#include "channel/feedback_pages.h"

#include <fmt/format.h>

#include "channel/alert_words.h"
#include "crypto/base64.h"
#include "crypto/hmac.h"

namespace trackalert::channel {
namespace {

/// One line without a character that HTML would escape: what a page has of it is what was hashed.
constexpr std::string_view style =
    "body{font-family:sans-serif;font-size:18px;line-height:1.5;color:#222;background:#f2f2f2;margin:0}"
    "main{max-width:34em;margin:6vh auto;padding:1.5em 2em;background:#fff;border-radius:8px}"
    "h1{font-size:1.5em;margin:0 0 .5em}dl{background:#f2f2f2;border-radius:6px;padding:.8em 1em}dt{font-weight:bold}"
    "dd{margin:0 0 .6em}button{font:inherit;font-weight:bold;color:#fff;border:0;border-radius:6px;padding:.8em 1.4em;"
    "margin:.3em .6em .3em 0;cursor:pointer}.yes{background:#1b6e3c}.no{background:#a3231b}";
static_assert(style.size() <= Template::max_value_bytes);

std::string policy() {
  const auto hash = crypto::sha256(style);
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      crypto::base64_encode(hash));
}

template <class Pages>
const Template& page_in(const Pages& pages, std::string_view language) {
  auto at = pages.find(language);
  if (at == pages.end()) at = pages.find("en");
  return at == pages.end() ? pages.begin()->second : at->second;
}

}  // namespace

base::Result<FeedbackPages> FeedbackPages::load(const TemplateFolders& folders) {
  FeedbackPages out;
  for (const auto& [kind, pages] : {std::pair("question", &out.questions_), std::pair("answered", &out.answers_)}) {
    auto loaded = load_pages(folders, kind, page_vocabulary());
    if (!loaded) return std::unexpected(loaded.error());
    *pages = std::move(*loaded);
  }
  const auto file = template_file(folders, "refused.html");
  if (file.empty()) return base::fail("templates: there is no refused.html in {}", folders.front());
  const auto refused = Template::load(file, Context::html, page_vocabulary());
  if (!refused) return std::unexpected(refused.error());
  out.refused_ = refused->render({.texts = {{"style", std::string(style)}}, .lists = {}});
  out.headers_ = {{"content-security-policy", policy()},
                  {"referrer-policy", "no-referrer"},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"},
                  {"x-robots-tag", "noindex, nofollow"}};
  return out;
}

std::string FeedbackPages::question(std::string_view language, Fillings values) const {
  values.texts["style"] = style;
  return page_in(questions_, language).render(values);
}

std::string FeedbackPages::answered(std::string_view language, bool good) const {
  const Fillings values{.texts = {{"style", std::string(style)}, {good ? "good" : "bad", "yes"}}, .lists = {}};
  return page_in(answers_, language).render(values);
}

}  // namespace trackalert::channel
