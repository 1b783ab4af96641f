// SPDX-License-Identifier: Apache-2.0
#include "api/slow_auth.h"

#include <pthread.h>

#include "api/answers.h"

namespace trackalert::api {

SlowAuth::SlowAuth(const Backend& backend) : backend_(backend), handler_(backend), thread_([this] { work(); }) {}

SlowAuth::~SlowAuth() {
  queue_.lock()->stopping = true;
  more_.notify_all();
  thread_.join();
}

void SlowAuth::submit(Request request, net::Reply reply) {
  {
    auto queue = queue_.lock();
    if (queue->waiting.size() < limit) {
      queue->waiting.emplace_back(std::move(request), std::move(reply));
      more_.notify_one();
      return;
    }
  }
  reply.send(busy("too many passwords wait to be checked"));
}

void SlowAuth::work() {
  pthread_setname_np(pthread_self(), "password");
  while (true) {
    std::pair<Request, net::Reply> next;
    {
      auto queue = queue_.lock();
      more_.wait(queue.lock(), [&] { return queue->stopping || !queue->waiting.empty(); });
      if (queue->stopping) return;
      next = std::move(queue->waiting.front());
      queue->waiting.pop_front();
    }
    auto& [request, reply] = next;
    if (backend_.guesses.holds(request.peer.address)) {
      reply.send(too_many_guesses());
      continue;
    }
    if (!request.access->matches(request.authorization)) {
      if (!request.authorization.empty()) backend_.guesses.note_wrong(request.peer.address);
      backend_.auth_log.failed(request.target, request.peer);
      reply.send(unauthorized());
      continue;
    }
    reply.vouch();
    handler_.handle(request.route, *request.access, request.peer, request.body, std::move(reply));
    handler_.end_of_turn();
  }
}

}  // namespace trackalert::api
