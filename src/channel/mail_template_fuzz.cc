// SPDX-License-Identifier: Apache-2.0
// Any bytes as a template: a refusal says why; what is taken renders, and hostile values stay values.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "channel/mail_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trackalert::channel;  // NOLINT(google-build-using-namespace)
  static const Vocabulary vocabulary{.texts = {"login"}, .lists = {{"a", {"x"}}}};
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = Template::parse(text, Context::html, vocabulary);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  Fillings values;
  values.texts["login"] = text;
  values.lists["a"] = {Fillings{.texts = {{"x", "\x02<"}}, .lists = {}}, Fillings{}};
  const auto out = parsed->render(values);
  // What stands outside gaps is the template's; a text that holds no such mark has none behind it either.
  if (text.find('<') == text.npos && out.find('<') != out.npos) std::abort();
  return 0;
}
