// SPDX-License-Identifier: Apache-2.0
#include "app/log_form.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace trackalert::app {

base::Result<LogForm> LogForm::wanted(const Arguments& arguments) {
  LogForm form;
  const auto name = arguments.value("--format");
  const auto script = arguments.value("--lua");
  if (name && script) return base::fail("--format and --lua exclude each other");
  if (name) {
    form.name = *name;
    form.row = logs::format_by_name(*name);
    if (form.row == nullptr) return base::fail("there is no format {}; `trackalert import --help` lists them", *name);
  }
  if (script) {
    std::ifstream file(*script, std::ios::binary);
    std::ostringstream code;
    if (!file || !(code << file.rdbuf())) return base::fail("cannot read {}", *script);
    form.name = std::filesystem::path(*script).filename().string();
    form.code = std::move(code).str();
  }
  return form;
}

base::Result<LogInput::MakeFormat> LogForm::maker(const policy::LuaLimits& limits, const logs::Context& trial) const {
  if (name.empty()) return LogInput::MakeFormat();
  if (row != nullptr) return LogInput::MakeFormat(row->make);
  const policy::LineScript script{name, code, limits};
  if (auto tried = policy::make_line_script(script, trial); !tried) return std::unexpected(tried.error());
  return [script](const logs::Context& context) { return policy::make_line_script(script, context).value_or(nullptr); };
}

}  // namespace trackalert::app
