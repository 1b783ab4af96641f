// SPDX-License-Identifier: Apache-2.0
#include "device/literal_set.h"

#include "base/ascii.h"

namespace trackalert::device {
namespace {

unsigned char folded(char c) {
  return static_cast<unsigned char>(base::to_lower(c));
}

}  // namespace

base::Result<LiteralSet> LiteralSet::build(const std::vector<std::string>& literals) {
  LiteralSet set;
  set.classify(literals);
  set.next_.assign(set.classes_, none);
  set.chains_.emplace_back();
  set.same_.assign(literals.size(), none);
  for (std::size_t i = 0; i < literals.size(); ++i) {
    if (literals[i].empty()) continue;
    std::uint32_t state = 0;
    for (const char c : literals[i]) {
      if (set.child(state, folded(c)) == none) {
        if (set.chains_.size() == max_states) return base::fail("more than {} states for its literals", max_states);
        set.child(state, folded(c)) = static_cast<std::uint32_t>(set.chains_.size());
        set.next_.resize(set.next_.size() + set.classes_, none);
        set.chains_.emplace_back();
      }
      state = set.child(state, folded(c));
    }
    set.same_[i] = set.chains_[state].literal;
    set.chains_[state].literal = static_cast<std::uint32_t>(i);
  }
  set.link();
  return set;
}

void LiteralSet::classify(const std::vector<std::string>& literals) {
  std::array<bool, 256> used{};
  for (const std::string& literal : literals) {
    for (const char c : literal) used[folded(c)] = true;
  }
  // Upper case letters are never used: they take the class of their lower case. All 230 others fit a byte.
  for (std::size_t byte = 0; byte < used.size(); ++byte) {
    if (used[byte]) class_of_[byte] = static_cast<std::uint8_t>(classes_++);
  }
  for (unsigned char c = 'A'; c <= 'Z'; ++c) class_of_[c] = class_of_[folded(static_cast<char>(c))];
}

std::uint32_t& LiteralSet::child(std::size_t state, unsigned char byte) {
  return next_[state * classes_ + class_of_[byte]];
}

/// Breadth first, so that a state's longest proper suffix, which is shorter, is complete before it: that suffix gives
/// the transitions that the trie lacks.
void LiteralSet::link() {
  std::vector<std::uint32_t> suffix(chains_.size(), 0);
  std::vector<std::uint32_t> queue;
  queue.reserve(chains_.size());
  for (std::size_t c = 0; c < classes_; ++c) {
    std::uint32_t& to = next_[c];
    if (to == none) {
      to = 0;
    } else {
      queue.push_back(to);
    }
  }
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::uint32_t state = queue[head];
    const std::uint32_t shorter = suffix[state];
    chains_[state].next = chains_[shorter].literal != none ? shorter : chains_[shorter].next;
    for (std::size_t c = 0; c < classes_; ++c) {
      std::uint32_t& to = next_[state * classes_ + c];
      const std::uint32_t fallback = next_[shorter * classes_ + c];
      if (to == none) {
        to = fallback;
      } else {
        suffix[to] = fallback;
        queue.push_back(to);
      }
    }
  }
}

std::vector<int> LiteralSet::contained_in(std::string_view text) const {
  std::vector<int> found;
  if (chains_.empty()) return found;
  std::vector<bool> seen(same_.size());
  std::uint32_t state = 0;
  for (const char byte : text) {
    state = next_[state * classes_ + class_of_[static_cast<unsigned char>(byte)]];
    for (std::uint32_t end = state; end != 0; end = chains_[end].next) {
      std::uint32_t literal = chains_[end].literal;
      if (literal == none) continue;  // only the first of the chain can be without
      // Whoever saw this literal saw the shorter ones behind it too.
      if (seen[literal]) break;
      for (; literal != none; literal = same_[literal]) {
        seen[literal] = true;
        found.push_back(static_cast<int>(literal));
      }
    }
  }
  return found;
}

}  // namespace trackalert::device
