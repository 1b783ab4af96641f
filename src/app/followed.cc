// SPDX-License-Identifier: Apache-2.0
#include "app/followed.h"

#include <fmt/format.h>

#include <charconv>

#include "app/journal.h"
#include "logs/tail_file.h"

namespace trackalert::app {
namespace {

constexpr std::string_view journal_name = "journal";

std::string text_in(const base::JsonValue& object, std::string_view name) {
  const auto* member = object.find(name);
  const auto* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? std::string() : *text;
}

/// Numbers are texts here: JSON's would lose the end of a large one.
std::optional<std::uint64_t> number_in(const base::JsonValue& object, std::string_view name) {
  const auto text = text_in(object, name);
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

class FollowedFile final : public Followed {
 public:
  FollowedFile(const std::string& name, const FollowStart& start)
      : tail_(name, {.place = place_in(start.place), .at_begin = start.at_begin}) {}

  base::Result<std::optional<std::string_view>> next() override { return tail_.next(); }
  bool write_place(base::JsonWriter& json) override {
    const auto place = tail_.place();
    if (!place) return false;
    json.key("inode").value(std::to_string(place->inode)).key("offset").value(std::to_string(place->offset));
    json.key("head_bytes").value(std::to_string(place->head_bytes)).key("head").value(place->head);
    return true;
  }
  std::string take_notice() override { return tail_.take_notice(); }

 private:
  static std::optional<logs::FilePlace> place_in(const base::JsonValue* value) {
    if (value == nullptr) return std::nullopt;
    const auto inode = number_in(*value, "inode");
    const auto offset = number_in(*value, "offset");
    if (!inode || !offset) return std::nullopt;
    return logs::FilePlace{*inode, *offset, number_in(*value, "head_bytes").value_or(0), text_in(*value, "head")};
  }

  logs::TailFile tail_;
};

class FollowedJournal final : public Followed {
 public:
  FollowedJournal(std::string unit, const FollowStart& start)
      : journal_({.unit = std::move(unit),
                  .cursor = start.place == nullptr ? std::string() : text_in(*start.place, "cursor"),
                  .at_begin = start.at_begin}) {}

  base::Result<std::optional<std::string_view>> next() override { return journal_.next(); }
  bool write_place(base::JsonWriter& json) override {
    if (journal_.cursor().empty()) return false;
    json.key("cursor").value(journal_.cursor());
    return true;
  }
  std::string take_notice() override { return {}; }
  [[nodiscard]] int descriptor() const override { return journal_.descriptor(); }

 private:
  Journal journal_;
};

}  // namespace

bool is_journal(std::string_view input) {
  return input == journal_name || input.starts_with("journal:");
}

std::unique_ptr<Followed> follow(const std::string& input, const FollowStart& start) {
  if (!is_journal(input)) return std::make_unique<FollowedFile>(input, start);
  const auto unit = input.size() > journal_name.size() ? input.substr(journal_name.size() + 1) : std::string();
  return std::make_unique<FollowedJournal>(unit, start);
}

}  // namespace trackalert::app
