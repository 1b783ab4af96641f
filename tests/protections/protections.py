# SPDX-License-Identifier: Apache-2.0
"""What holds each fault off, and the tests that notice when it is gone. `run` beside this file takes them out one by one.

The code must be in its file exactly once (a test of the house looks), so who changes a protection finds it here."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Protection:
    name: str
    file: str
    code: str
    without: str  # what stands in its place when it is taken out
    tests: tuple  # of pytest; or "PROGRAM FILTER", a unit test


HISTORY = "src/history/rocksdb"
DISK = "tests/functional/test_faults_disk.py"
PLACE = "tests/functional/test_faults_history_place.py"
CLOCK = "tests/functional/test_faults_clock.py"
NETWORK = "tests/functional/test_faults_network.py"
CONNECTIONS = "tests/functional/test_faults_connections.py"
GARBAGE = "tests/functional/test_faults_garbage.py"
LIMITS = "tests/functional/test_limits.py"
HTTP = "tests/functional/test_http_protocol.py"
LUA = "tests/functional/test_lua_limits.py"
POLICY = "tests/functional/test_faults_policy.py"


def at(file, *tests):
    return tuple(f"{file}::{test}" for test in tests)


PROTECTIONS = [
    # --- SIGKILL at any point of start, run and stop ---
    Protection(
        "killed: a report is in the log of writes before it is acknowledged",
        f"{HISTORY}/local_history.cc",
        "  auto done = store_->write(batch, setup_.options.sync == Sync::always);",
        "  base::Result<void> done;",
        at("tests/functional/test_history_crash.py", "test_kills_lose_nothing"),
    ),
    Protection(
        "killed: what was not yet written of profiles and trends is counted again",
        f"{HISTORY}/local_history.cc",
        "  if (auto counted = count_again(active->pages()); !counted) return counted;",
        "",
        at("tests/functional/test_history_crash.py", "test_kills_lose_nothing"),
    ),
    Protection(
        "killed while sealing: what is in a segment is in the tail no more",
        f"{HISTORY}/local_history.cc",
        "  batch.remove_range(Family::tail, tail_key(0), tail_key(sealed_to + 1));",
        "",
        ("history_rocksdb_test LocalHistory.AKillAmidASealCountsNothingTwice",),
    ),
    Protection(
        "killed while sealing: files that were not taken over are no longer there",
        f"{HISTORY}/store.cc",
        "  return options_.read_only ? base::Result<void>{} : remove_bulk_files(options_.folder);",
        "  return options_.read_only || database_ ? base::Result<void>{} : remove_bulk_files(options_.folder);",
        ("history_rocksdb_test LocalHistory.FilesThatAKilledProcessLeftAreNotWrittenThrough",),
    ),
    Protection(
        "killed: an alert is in its file before it counts as saved",
        "src/alert/sqlite.cc",
        '  if (auto done = database_->execute("COMMIT"); !done) return done;',
        '  if (auto done = database_->execute("ROLLBACK"); !done) return done;',
        ("alert_test AlertStoreCrash.*",),
    ),
    # --- disk full ---
    Protection(
        "full disk: who cannot write a report refuses it",
        f"{HISTORY}/local_history.cc",
        "    refuse_from_now(done.error());\n    return done;",
        "    refuse_from_now(done.error());",
        ("history_rocksdb_test FullDisk.RefusesReportsUntilThereIsSpace",),
    ),
    Protection(
        "full disk: the database is opened anew when there is space",
        f"{HISTORY}/local_history_upkeep.cc",
        "  if (!accepting_) try_again();",
        "",
        at(DISK, "test_files_that_may_not_grow") + at(PLACE, "test_a_directory_that_becomes_read_only"),
    ),
    Protection(
        "full disk: what was refused and came into the database all the same goes from it",
        f"{HISTORY}/local_history_upkeep.cc",
        "  if (clear_tail_first_) batch.remove_range(Family::tail, tail_key(next_), tail_key(UINT64_MAX));",
        "",
        ("history_rocksdb_test FullDisk.WhatWasRefusedAndIsKeptAllTheSameDoesNotComeBack",),
    ),
    Protection(
        "full disk: a log that has lost writes is not gone on with",
        f"{HISTORY}/store.cc",
        "  if (database_->GetLatestSequenceNumber() >= wanted) return {};",
        "  if (wanted != UINT64_MAX) return {};",
        ("history_rocksdb_test FullDisk.DoesNotGoOnWithoutWhatItHadWritten",),
    ),
    Protection(
        "full disk: a file that may not grow is no signal",
        "src/app/signals.cc",
        "{SIGPIPE, SIGXFSZ}",
        "{SIGPIPE}",
        at(DISK, "test_files_that_may_not_grow"),
    ),
    # --- read-only directory ---
    Protection(
        "read-only: a directory that cannot be made is named",
        f"{HISTORY}/local_history.cc",
        "  if (auto made = make_folder(folder); !made) return std::unexpected(made.error());",
        "  static_cast<void>(make_folder(folder));",
        at(PLACE, "test_no_directory_can_be_made"),
    ),
    # --- torn last write ---
    Protection(
        "torn write: the log of writes ends there",
        f"{HISTORY}/store_options.cc",
        "WALRecoveryMode::kPointInTimeRecovery",
        "WALRecoveryMode::kAbsoluteConsistency",
        at(DISK, "test_a_torn_last_write"),
    ),
    Protection(
        "torn write: one that was on the disk is damage",
        f"{HISTORY}/local_history.cc",
        "  if (synced_.sequence() > last_) {",
        "  if (synced_.sequence() > last_ + UINT32_MAX) {",
        at(DISK, "test_a_write_that_was_synced_and_is_torn_is_damage"),
    ),
    # --- the clock ---
    Protection(
        "clock set back: a retry does not wait for the old time",
        "src/channel/courier.cc",
        "  return when <= now || when > now + longest;",
        "  return when <= now || longest < 0;",
        at(CLOCK, "test_a_retry_does_not_wait_for_the_old_time"),
    ),
    Protection(
        "clock ahead: a report of tomorrow has come by now",
        "src/history/event.cc",
        "  moved = !(us >= 0) || us > static_cast<double>(now + max_ahead);",
        "  moved = !(us >= 0) || us > static_cast<double>(now + 365 * day);",
        at(CLOCK, "test_a_report_of_tomorrow_has_come_by_its_time"),
    ),
    Protection(
        "summer time: quiet hours go by the clock on the wall",
        "src/channel/hours.cc",
        "when.time_since_epoch() + zone.offset_at(when)",
        "when.time_since_epoch() + zone.offset_at(when - std::chrono::days(1))",
        at(CLOCK, "test_quiet_hours_go_by_the_clock_on_the_wall"),
    ),
    Protection(
        "summer time: what runs at an hour runs once where that hour comes twice",
        "src/schedule/cron.cc",
        "    shown = std::max(shown, reading(std::min(stretch.end - seconds{1}, after), stretch.offset));",
        "    shown = reading(std::min(stretch.end - seconds{1}, after), stretch.offset);",
        ("schedule_test CronNext.RunsOnceInARepeatedHour",),
    ),
    # --- DNS and SMTP that hang, a webhook without end ---
    Protection(
        "hanging name server: nobody waits for the look-up of another",
        "src/net/curl_set_up.cc",
        "CURLOPT_QUICK_EXIT, 1L",
        "CURLOPT_QUICK_EXIT, 0L",
        at(NETWORK, "test_a_look_up_that_hangs"),
    ),
    Protection(
        "hanging receiver: a transfer has a time limit",
        "src/net/http_client.cc",
        "  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));",
        "",
        at(NETWORK, "test_a_channel_whose_receiver_hangs"),
    ),
    Protection(
        "hanging mail server: the end of the daemon does not wait for it",
        "src/net/smtp_client.cc",
        "  return static_cast<const Upload*>(user)->aborted.load() ? 1 : 0;",
        "  return user == nullptr ? 1 : 0;",
        at(NETWORK, "test_a_mail_server_that_hangs"),
    ),
    Protection(
        "endless answer: it ends at its limit",
        "src/net/http_client.cc",
        "  return !transfer.too_long;",
        "  return true;",
        at(NETWORK, "test_an_answer_without_end"),
    ),
    # --- certificates that expire ---
    Protection(
        "a receiver's certificate: expired is not good",
        "src/net/curl_set_up.cc",
        "CURLOPT_SSL_VERIFYPEER, tls.verify_peer ? 1L : 0L",
        "CURLOPT_SSL_VERIFYPEER, 0L",
        at(CLOCK, "test_a_receivers_certificate_expires"),
    ),
    Protection(
        "our own certificate: its end is told",
        "src/app/daemon.cc",
        "  if (certificates_) certificates_->look();",
        "",
        at(CLOCK, "test_our_own_certificate_expires"),
    ),
    # --- slow connections ---
    Protection(
        "slow connections: the oldest unknown one makes room",
        "src/net/event_loop.cc",
        "    if (!stranger.is_served()) {",
        "    if (false) {",
        at(CONNECTIONS, "test_twenty_thousand_slow_connections"),
    ),
    Protection(
        "slow connections: few wait for room at once",
        "src/net/acceptor.cc",
        "  return limit > 0 && state_.active_connections.load() >= limit + most_beyond_limit(limit);",
        "  return limit > SIZE_MAX / 2;",
        ("net_test HttpServerLimitsTest.FewWaitForRoomAtOnce",),
    ),
    Protection(
        "slow connections: a body from somebody unknown has one time limit",
        "src/net/connection_io.cc",
        "  if (state_ == State::body && admission_.vouched) arm(loop_.state().idle_timeout);",
        "  if (state_ == State::body) arm(loop_.state().idle_timeout);",
        at(CONNECTIONS, "test_slow_ones_are_closed_in_time"),
    ),
    # --- sizes and depth ---
    Protection(
        "bodies: one that is announced too long is refused",
        "src/net/connection.cc",
        "  return head_.framing == BodyFraming::length && head_.content_length > bytes;",
        "  return head_.framing == BodyFraming::length && head_.content_length > SIZE_MAX / 2 + bytes / 2;",
        at(LIMITS, "test_larger_ones_are_refused", "test_a_huge_length_is_refused_before_the_body"),
    ),
    Protection(
        "bodies: chunks end at the limit",
        "src/net/chunk_decoder.cc",
        "    if (state_ == State::data && remaining_ > limit - std::min(limit, body.size())) outcome = Outcome::too_large;",
        "    if (state_ == State::data && remaining_ > limit) outcome = Outcome::too_large;",
        at(LIMITS, "test_a_chunked_body_beyond_the_limit"),
    ),
    Protection(
        "bodies: what a compressed one becomes has a limit",
        "src/net/content_coding.cc",
        "      if (got > limit - std::min(limit, out.size())) return Inflated::too_large;",
        "      if (got > limit) return Inflated::too_large;",
        at(LIMITS, "test_a_gzip_bomb_is_refused"),
    ),
    Protection(
        "deep JSON: refused at a depth",
        "src/base/json_value.cc",
        "    if (depth > max_json_depth)",
        "    if (depth == UINT32_MAX)",
        at(LIMITS, "test_depth_in_custom_endpoints") + at(GARBAGE, "test_huge_json"),
    ),
    Protection(
        "console garbage: a connection ends at its first frame that is none",
        "src/console/session.cc",
        "    if (!command) return {Kind::undecryptable, command.error().message};",
        "    if (!command) continue;",
        at(GARBAGE, "test_a_hundred_megabytes_of_console_garbage"),
    ),
    # --- a policy that loops, allocates, throws, or keeps what it was lent ---
    Protection(
        "Lua that loops: every call has a time limit",
        "src/policy/lua_state.cc",
        "  if (!state.running_ || std::chrono::steady_clock::now() < state.deadline_) return;",
        "  if (!state.timed_out_) return;",
        at(LUA, "test_an_endless_loop_is_ended", "test_an_endless_report_function"),
    ),
    Protection(
        "Lua that loops: the compiler cannot be switched on again",
        "src/policy/lua_state.cc",
        '    "jit.on = function() end\\n"',
        "",
        at(LUA, "test_an_endless_loop_is_ended"),
    ),
    Protection(
        "Lua that allocates: every state has a limit of memory",
        "src/policy/lua_state.cc",
        "  if (grows && state.memory_limit_ != 0 && kept + new_size + state.external_ > state.memory_limit_) return nullptr;",
        "  if (grows && kept + new_size > SIZE_MAX / 2) return nullptr;",
        at(LUA, "test_a_memory_hog_is_ended"),
    ),
    Protection(
        "Lua that throws: every call is protected",
        "src/policy/lua_state.cc",
        "  const int status = lua_pcall(lua_, arguments, results, handler);",
        "  const int status = (lua_call(lua_, arguments, results), 0 * handler);",
        at(POLICY, "test_a_report_function_that_throws"),
    ),
    Protection(
        "Lua that keeps: a report is its own, for as long as Lua has it",
        "src/policy/object.h",
        "  new (memory) T(std::move(value));",
        "  __builtin_memcpy(memory, static_cast<const void*>(&value), sizeof value);",
        at(POLICY, "test_a_report_function_that_keeps_what_it_was_lent"),
    ),
    # --- descriptors ---
    Protection(
        "descriptors: connections leave some to the history",
        "src/app/process_limits.cc",
        "  return std::min(wanted, std::max<std::size_t>(most, 1));",
        "  return std::max<std::size_t>(wanted, std::min<std::size_t>(most, 1));",
        at(CONNECTIONS, "test_connections_leave_descriptors_for_the_history"),
    ),
    Protection(
        "descriptors: without any, accepting waits",
        "src/net/acceptor.cc",
        "errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM",
        "errno == ENOMEM",
        at(CONNECTIONS, "test_no_descriptors_left"),
    ),
    # --- the history's directory ---
    Protection(
        "directory deleted: nothing is written into nowhere",
        "src/base/placed_file.h",
        '      return fail("{} was removed or moved while it was in use", path_);',
        "      return {};",
        at(PLACE, "test_a_directory_that_is_removed_takes_nothing_more", "test_alerts_are_not_kept_in_a_file_that_is_gone"),
    ),
    # --- what others may not do ---
    Protection(
        "smuggling: a length and chunks at once are refused",
        "src/net/request_head.cc",
        "    if (has_length_ && out.framing == BodyFraming::chunked) return 400;",
        "",
        at(HTTP, "test_ambiguous_framing_is_refused"),
    ),
    Protection(
        "smuggling: two lengths are refused",
        "src/net/request_head.cc",
        "    if (has_length_ || digits.empty()) return 400;",
        "    if (digits.empty()) return 400;",
        at(HTTP, "test_ambiguous_framing_is_refused"),
    ),
    Protection(
        "cross-site: a page of another site changes nothing",
        "src/api/service.cc",
        "  if (is_cross_site(head)) return cross_site();",
        "",
        at("tests/functional/test_cross_site.py", "test_another_site_changes_nothing"),
    ),
    Protection(
        "guesses: slowed down for their source",
        "src/api/service.cc",
        "  if (guesses && !head.vouched && backend_.guesses.holds(head.peer)) return too_many_guesses();",
        "",
        at("tests/functional/test_guessing.py", "test_guesses_are_slowed_down_for_their_source"),
    ),
    Protection(
        "secrets: no core is written",
        "src/app/process_limits.cc",
        "  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);",
        "",
        at("tests/functional/test_secrets.py", "test_no_core_is_written", "test_nobody_of_the_same_user_attaches"),
    ),
]
