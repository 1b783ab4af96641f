// SPDX-License-Identifier: Apache-2.0
#include "login/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static trackalert::login::Parser parser;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto report = parser.report(body, 1);
  if (!report && report.error().reason.empty()) __builtin_trap();  // a refusal always says why
  (void)parser.custom_arguments(body);
  return 0;
}
