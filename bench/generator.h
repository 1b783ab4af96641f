// SPDX-License-Identifier: Apache-2.0
// Sends ready requests over keep-alive connections, one at a time on each, and times the answers.
//
// Closed loop: a connection sends again as soon as it has its answer, so the server is as busy as it can be. Paced:
// requests fall due at random moments of a given mean rate, whatever the server does; one that finds every connection
// busy waits, and its latency counts from the moment it fell due. So a stall costs all whom it would have cost in life
// ("coordinated omission" is when it does not).
//
// A Generator belongs to one thread; several may share one list of requests.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bench/histogram.h"
#include "bench/socket.h"

namespace trackalert::bench {

struct Traffic {
  std::uint64_t requests = 0;           ///< how many; 0: until `duration` is over
  std::chrono::nanoseconds duration{};  ///< used without `requests`
  double rate = 0;                      ///< requests due per second; 0: closed loop
};

struct Tally {
  std::uint64_t answers = 0;  ///< complete ones
  std::uint64_t broken = 0;   ///< connections closed, reset, or answering what is no HTTP
  std::array<std::uint64_t, 1000> statuses{};
  Histogram latency;   ///< from due to answered
  Histogram lateness;  ///< paced: from due, or from the moment a connection was free, to sent: our own fault
  std::chrono::nanoseconds elapsed{};

  void add(const Tally& other);
};

class Generator {
 public:
  /// `requests` must outlive it. `first` is the place in it to start from.
  Generator(std::span<const std::string> requests, base::Endpoint target, std::size_t first);

  /// Opens so many connections, all to be used.
  [[nodiscard]] base::Result<void> connect(unsigned connections);
  /// Returns when every request sent has its answer. Fails if a connection cannot be opened again, too many break, or
  /// nothing is answered for 10 s.
  [[nodiscard]] base::Result<Tally> run(const Traffic& traffic);

 private:
  struct Connection {
    base::Descriptor socket;  ///< none: this place of the table is empty
    std::string partial;      ///< the answer so far, if it comes in pieces
    base::SteadyTime due;     ///< of the request in flight
    base::SteadyTime free_since;
    bool busy = false;
  };
  /// What a run still has to do.
  struct Plan {
    base::SteadyTime next_due;  ///< paced
    base::SteadyTime end = base::SteadyTime::max();
    std::uint64_t left = 0;
    std::exponential_distribution<double> gap_seconds;
    bool paced = false;
  };

  void make_plan(const Traffic& traffic, base::SteadyTime now);
  base::Result<void> open_connection();
  base::Result<void> replace(int socket);
  base::Result<void> send_due(base::SteadyTime now);
  base::Result<void> receive(int socket);
  void finish(int socket, std::string_view answer, base::SteadyTime now);
  [[nodiscard]] bool more_to_send(base::SteadyTime now) const { return plan_.left > 0 && now < plan_.end; }
  [[nodiscard]] std::chrono::nanoseconds patience(base::SteadyTime now) const;

  std::span<const std::string> requests_;
  base::Endpoint target_;
  std::size_t next_request_;
  base::Descriptor epoll_;
  std::vector<Connection> connections_;  ///< by the number of the socket
  std::deque<int> free_;                 ///< the longest free first, so that all take part
  std::uint64_t in_flight_ = 0;
  base::SteadyTime last_answer_;
  std::mt19937_64 random_;
  Plan plan_;
  Tally tally_;
};

}  // namespace trackalert::bench
