// SPDX-License-Identifier: Apache-2.0
#include "net/mailbox.h"

#include <algorithm>
#include <iterator>

namespace trackalert::net {

template <class Item>
bool Mailbox::put_in(std::vector<Item> Contents::* box, Item item) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return false;
  const bool was_empty = contents_.empty();
  (contents_.*box).push_back(std::move(item));
  // With something in the box already, the loop has been woken and not looked yet.
  if (was_empty) wake_();
  return true;
}

void Mailbox::put(Answer answer) {
  put_in(&Contents::answers, std::move(answer));
}

void Mailbox::put(std::vector<Answer> answers) {
  if (answers.empty()) return;
  const std::scoped_lock lock(mutex_);
  if (closed_) return;
  const bool was_empty = contents_.empty();
  if (contents_.answers.empty()) {
    std::swap(contents_.answers, answers);
  } else {
    std::ranges::move(answers, std::back_inserter(contents_.answers));
  }
  if (was_empty) wake_();
}

bool Mailbox::put(AcceptedSocket socket) {
  return put_in(&Contents::sockets, std::move(socket));
}

void Mailbox::put(std::function<void()> work) {
  put_in(&Contents::work, std::move(work));
}

void Mailbox::take(Contents& emptied) {
  const std::scoped_lock lock(mutex_);
  std::swap(emptied, contents_);
}

void Mailbox::close() {
  Contents dropped;
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  std::swap(dropped, contents_);
}

}  // namespace trackalert::net
