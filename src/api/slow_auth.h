// SPDX-License-Identifier: Apache-2.0
// Checks passwords against an Argon2id hash, which takes tens of milliseconds and so must not happen on an I/O thread.
// One thread, one check at a time, a bounded queue: a flood of wrong passwords costs one core at most and is answered
// 503. Passwords that were right once are remembered by crypto::PasswordCheck and do not come here again.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "api/handler.h"
#include "base/guarded.h"

namespace trackalert::api {

class SlowAuth {
 public:
  explicit SlowAuth(const Backend& backend);
  ~SlowAuth();

  struct Request {
    Route route;
    std::shared_ptr<const Access> access;
    std::string authorization;
    std::string target;
    base::Endpoint peer;
    std::string body;
  };
  /// Answers it later; at once with 503 when too many wait.
  void submit(Request request, net::Reply reply);

 private:
  static constexpr std::size_t limit = 64;
  struct Queue {
    std::deque<std::pair<Request, net::Reply>> waiting;
    bool stopping = false;
  };
  void work();

  const Backend& backend_;
  Handler handler_;
  base::Guarded<Queue> queue_;
  std::condition_variable more_;
  std::thread thread_;
};

}  // namespace trackalert::api
