// SPDX-License-Identifier: Apache-2.0
// Any text as an expression, and when it fires in a zone with a change of any size at any time.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "schedule/cron.h"

namespace {

using namespace std::chrono_literals;
using trackalert::base::WallTime;

class OneChange final : public trackalert::schedule::Zone {
 public:
  OneChange(std::chrono::sys_seconds change, std::chrono::minutes before, std::chrono::minutes after)
      : change_(change), before_(before), after_(after) {}
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds when) const override {
    return when < change_ ? before_ : after_;
  }

 private:
  std::chrono::sys_seconds change_;
  std::chrono::minutes before_;
  std::chrono::minutes after_;
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  struct Header {
    std::uint32_t time;
    std::int32_t change_after;
    std::int8_t offset_before;
    std::int8_t offset_after;
  } header{};
  if (size < sizeof(header)) return 0;
  std::memcpy(&header, data, sizeof(header));
  const std::string_view text(reinterpret_cast<const char*>(data) + sizeof(header), size - sizeof(header));
  const auto cron = trackalert::schedule::CronExpression::parse(text);
  if (!cron) return 0;

  const WallTime time{std::chrono::seconds{header.time}};
  const OneChange zone(
      std::chrono::sys_seconds{std::chrono::seconds{header.time}} + std::chrono::minutes{header.change_after % 10'000},
      std::chrono::minutes{header.offset_before * 10}, std::chrono::minutes{header.offset_after * 10});
  const auto next = cron->next_after(time, zone);
  require(next.has_value());
  require(*next > time);
  require(cron->next_after(*next - 1us, zone) == next);
  const auto second = cron->next_after(*next, zone);
  require(second && *second > *next);
  return 0;
}
