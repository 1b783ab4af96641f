// SPDX-License-Identifier: Apache-2.0
#include "logs/format.h"

#include <algorithm>
#include <array>

#include "logs/access_format.h"
#include "logs/keycloak_format.h"
#include "logs/report_format.h"
#include "logs/syslog_format.h"

namespace trackalert::logs {
namespace {

/// Where two find the same, the first is taken.
constexpr std::array<FormatRow, 8> rows{
    {{"reports", "JSON lines as clients report them, as wforce's webhook sends them, or of trackalert export",
      make_reports},
     {"elasticsearch", "weakforced's reports out of Elasticsearch or OpenSearch: lines with _source, or the bulk form",
      make_elasticsearch},
     {"syslog", "syslog, classic or with exact times, or journalctl -o json: Dovecot, Postfix and sshd at once",
      make_syslog},
     {"dovecot", "the same and Dovecot's own log, only Dovecot", make_dovecot},
     {"postfix", "the same, only Postfix's SASL", make_postfix},
     {"sshd", "the same, only sshd", make_sshd},
     {"keycloak", "Keycloak's events as JSON lines, or its log", make_keycloak},
     {"access", "the access log of nginx or Apache with basic authentication, common or combined", make_access}}};

}  // namespace

std::span<const FormatRow> formats() {
  return rows;
}

const FormatRow* format_by_name(std::string_view name) {
  const auto* const at = std::ranges::find(rows, name, &FormatRow::name);
  return at == rows.end() ? nullptr : at;
}

const FormatRow* detect_format(std::span<const std::string> lines, const Context& context) {
  const FormatRow* best = nullptr;
  std::pair<std::size_t, std::size_t> most;
  std::vector<login::Report> found;
  for (const auto& row : rows) {
    const auto format = row.make(context);
    // One that lets any line pass knows none of them.
    const bool strict = format->read("?", found).kind == Reading::Kind::bad;
    std::size_t attempts = 0;
    std::size_t others = 0;
    for (const auto& line : lines) {
      found.clear();
      const auto kind = format->read(line, found).kind;
      if (kind == Reading::Kind::attempts) ++attempts;
      if (kind == Reading::Kind::other && strict) ++others;
    }
    if (attempts == 0 && 2 * others <= lines.size()) continue;
    if (const std::pair finds{attempts, others};
        best == nullptr || finds.first > most.first || (most.first == 0 && finds.second > most.second)) {
      most = finds;
      best = &row;
    }
  }
  return best;
}

}  // namespace trackalert::logs
