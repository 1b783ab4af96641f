// SPDX-License-Identifier: Apache-2.0
#include "bench/generator.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "bench/message.h"

namespace trackalert::bench {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::uint64_t max_broken = 100;
constexpr auto max_silence = 10s;

base::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

nanoseconds to_ns(double seconds) {
  return nanoseconds(static_cast<nanoseconds::rep>(seconds * 1e9));
}

}  // namespace

void Tally::add(const Tally& other) {
  answers += other.answers;
  broken += other.broken;
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i] += other.statuses[i];
  latency.add(other.latency);
  lateness.add(other.lateness);
  elapsed = std::max(elapsed, other.elapsed);
}

Generator::Generator(std::span<const std::string> requests, base::Endpoint target, std::size_t first)
    : requests_(requests),
      target_(std::move(target)),
      next_request_(first % requests.size()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      random_(first + 1) {}

base::Result<void> Generator::connect(unsigned connections) {
  for (unsigned i = 0; i < connections; ++i) {
    if (auto opened = open_connection(); !opened) return opened;
  }
  return {};
}

base::Result<void> Generator::open_connection() {
  auto socket = connect_to(target_);
  if (!socket) return std::unexpected(socket.error());
  const int number = socket->get();
  if (!watch(epoll_, EPOLL_CTL_ADD, number, EPOLLIN)) {
    return base::fail("cannot watch a connection: {}", std::generic_category().message(errno));
  }
  if (connections_.size() <= static_cast<std::size_t>(number)) connections_.resize(number + 1);
  connections_[number].socket = std::move(*socket);
  connections_[number].free_since = steady_now();
  free_.push_back(number);
  return {};
}

/// A new connection for one that broke. What was in flight on that one is lost, and not sent again.
base::Result<void> Generator::replace(int socket) {
  if (++tally_.broken > max_broken) return base::fail("more than {} connections broke", max_broken);
  if (connections_[socket].busy) {
    --in_flight_;
  } else {
    std::erase(free_, socket);
  }
  connections_[socket] = Connection{};
  return open_connection();
}

void Generator::make_plan(const Traffic& traffic, base::SteadyTime now) {
  plan_ = Plan{.next_due = now, .left = traffic.requests, .paced = traffic.rate > 0};
  if (plan_.paced) plan_.gap_seconds = std::exponential_distribution<double>(traffic.rate);
  if (traffic.requests > 0) return;
  if (plan_.paced) {
    // a number and not an end, so that a slow server cannot shorten the list of those who had to wait
    plan_.left = static_cast<std::uint64_t>(traffic.rate * std::chrono::duration<double>(traffic.duration).count());
  } else {
    plan_.left = UINT64_MAX;
    plan_.end = now + traffic.duration;
  }
}

base::Result<Tally> Generator::run(const Traffic& traffic) {
  const auto start = steady_now();
  make_plan(traffic, start);
  tally_ = Tally{};
  last_answer_ = start;
  std::array<epoll_event, 512> events;
  while (true) {
    const auto now = steady_now();
    if (auto sent = send_due(now); !sent) return std::unexpected(sent.error());
    if (in_flight_ == 0 && !more_to_send(now)) break;
    const auto wait = patience(now);
    const timespec timeout{.tv_sec = wait / 1s, .tv_nsec = (wait % 1s).count()};
    const int count = epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
    if (count < 0 && errno != EINTR) return base::fail("epoll: {}", std::generic_category().message(errno));
    if (count <= 0 && in_flight_ > 0 && steady_now() - last_answer_ > max_silence) {
      return base::fail("no answer for {} s", max_silence.count());
    }
    for (int i = 0; i < count; ++i) {
      if (auto received = receive(events[i].data.fd); !received) return std::unexpected(received.error());
    }
  }
  tally_.elapsed = last_answer_ - start;
  return std::move(tally_);
}

/// How long the loop may sleep: to the next request that is due and could be sent.
nanoseconds Generator::patience(base::SteadyTime now) const {
  if (!plan_.paced || free_.empty() || !more_to_send(now)) return 1s;
  return std::clamp<nanoseconds>(plan_.next_due - now, 0s, 1s);
}

base::Result<void> Generator::send_due(base::SteadyTime now) {
  while (!free_.empty() && more_to_send(now) && (!plan_.paced || plan_.next_due <= now)) {
    const int socket = free_.front();
    const auto& request = requests_[next_request_];
    const auto sent = send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) {  // an idle connection has room for a request, if it lives
      if (auto replaced = replace(socket); !replaced) return replaced;
      continue;
    }
    free_.pop_front();
    auto& connection = connections_[socket];
    connection.busy = true;
    connection.due = plan_.paced ? plan_.next_due : now;
    if (plan_.paced) {
      tally_.lateness.add(now - std::max(connection.due, connection.free_since));
      plan_.next_due += to_ns(plan_.gap_seconds(random_));
    }
    if (++next_request_ == requests_.size()) next_request_ = 0;
    ++in_flight_;
    --plan_.left;
  }
  return {};
}

base::Result<void> Generator::receive(int socket) {
  auto& connection = connections_[socket];
  if (connection.socket.get() < 0) return {};  // replaced since the event was reported
  std::array<char, 16 * 1024> buffer;
  const auto got = recv(socket, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got <= 0 || !connection.busy) return replace(socket);
  std::string_view answer(buffer.data(), got);
  if (!connection.partial.empty()) answer = connection.partial.append(answer);
  const auto frame = frame_message(answer);
  if (frame.state == Frame::State::partial) {
    if (connection.partial.empty()) connection.partial = answer;
    return {};
  }
  // more than the one answer asked for is as wrong as none
  if (frame.state == Frame::State::bad || frame.length != answer.size()) return replace(socket);
  const auto now = steady_now();
  finish(socket, answer, now);
  return send_due(now);
}

void Generator::finish(int socket, std::string_view answer, base::SteadyTime now) {
  auto& connection = connections_[socket];
  ++tally_.answers;
  ++tally_.statuses[status_of(answer)];
  tally_.latency.add(now - connection.due);
  connection.partial.clear();
  connection.busy = false;
  connection.free_since = now;
  last_answer_ = now;
  --in_flight_;
  free_.push_back(socket);
}

}  // namespace trackalert::bench
