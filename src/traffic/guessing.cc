// SPDX-License-Identifier: Apache-2.0
#include "traffic/guessing.h"

#include <algorithm>
#include <array>

namespace trackalert::traffic {
namespace {

using enum Family;
using enum Intensity;
using enum Origin;

constexpr std::array<GuessingSpec, (static_cast<unsigned>(last_guessing_family) + 1) * intensity_count> specs{{
    // family, intensity, origin, sources, /24s, logins, tries, length, takes, unknown %
    {password_spray, low, one_hosting, 1, 1, 22, 30, 45 * minute, 1, 0},
    {password_spray, middle, one_hosting, 12, 1, 150, 210, 50 * minute, 2, 10},
    {password_spray, high, hosting, 1, 1, 600, 1200, 55 * minute, 3, 10},
    {credential_stuffing, low, one_hosting, 1, 1, 45, 50, 40 * minute, 1, 20},
    {credential_stuffing, middle, hosting, 1, 1, 400, 420, 55 * minute, 4, 30},
    {credential_stuffing, high, one_hosting, 8, 1, 3000, 3200, 2 * hour, 20, 30},
    {brute_force, low, one_hosting, 1, 1, 1, 15, 8 * minute, 1, 0},
    {brute_force, middle, botnet, 1, 1, 1, 80, 15 * minute, 1, 0},
    {brute_force, high, hosting, 1, 1, 1, 600, 40 * minute, 1, 0},
    {distributed_guessing, low, hosting, 14, 12, 1, 24, 45 * minute, 1, 0},
    {distributed_guessing, middle, botnet, 40, 35, 1, 60, 55 * minute, 1, 0},
    {distributed_guessing, high, botnet, 300, 250, 1, 400, hour, 1, 0},
    {slow_guessing, low, hosting, 25, 20, 1, 45, 14 * day, 1, 0},
    {slow_guessing, middle, botnet, 60, 50, 1, 70, 28 * day, 1, 0},
    {slow_guessing, high, botnet, 150, 120, 1, 150, 28 * day, 1, 0},
    {slow_source, low, one_hosting, 1, 1, 30, 48, 8 * day, 1, 0},
    {slow_source, middle, hosting, 1, 1, 120, 200, 14 * day, 1, 10},
    {slow_source, high, one_hosting, 1, 1, 500, 900, 28 * day, 2, 10},
    {distributed_spray, low, one_hosting, 45, 35, 80, 130, 45 * minute, 1, 0},
    {distributed_spray, middle, botnet, 300, 250, 500, 800, 55 * minute, 3, 10},
    {distributed_spray, high, hosting, 1000, 180, 1500, 2500, hour, 5, 10},
    {campaign, low, one_hosting, 60, 15, 150, 1500, 10 * day, 2, 0},
    {campaign, middle, botnet, 200, 150, 700, 8400, 12 * day, 4, 0},
    {campaign, high, hosting, 500, 40, 2000, 28'000, 14 * day, 8, 0},
    {success_after_guessing, low, hosting, 2, 2, 1, 8, 8 * hour, 1, 0},
    {success_after_guessing, middle, botnet, 10, 8, 1, 16, 18 * hour, 1, 0},
    {success_after_guessing, high, botnet, 30, 25, 1, 40, 22 * hour, 1, 0},
    {failure_surge, low, botnet, 150, 140, 150, 200, 8 * minute, 0, 0},
    {failure_surge, middle, botnet, 400, 350, 400, 700, 10 * minute, 0, 0},
    {failure_surge, high, botnet, 1000, 700, 1500, 3000, 12 * minute, 0, 0},
}};

/// Steps through logins and sources: no divisor in common with any number that is not a multiple of it.
constexpr std::uint64_t stride = 999'983;
constexpr unsigned most_used_passwords = 10'000;

bool is_slow(const GuessingSpec& spec) {
  return spec.length > day;
}

}  // namespace

const GuessingSpec& guessing_spec(Family family, Intensity intensity) {
  return specs[static_cast<unsigned>(family) * intensity_count + static_cast<unsigned>(intensity)];
}

GuessingCampaign::GuessingCampaign(const Population& population, const Label& label, const GuessingSpec& spec,
                                   Time begin, LoginIndex first_login, Dice dice)
    : Campaign(population, label, dice), spec_(spec), begin_(begin), first_login_(first_login), seed_(dice_.roll()) {
  const unsigned most = std::max(1U, population.size() / 2);
  if (spec_.victims > most) {
    spec_.tries = std::max<unsigned>(1, static_cast<unsigned>(std::uint64_t{spec_.tries} * most / spec_.victims));
    spec_.victims = most;
  }
  // One more, that has guessed nothing: from there the password is used.
  const bool enters_from_elsewhere = spec_.family == success_after_guessing;
  sources_ = choose_sources(population.world(), spec_.origin, spec_.sources + (enters_from_elsewhere ? 1 : 0),
                            spec_.nets + (enters_from_elsewhere ? 1 : 0), dice_);
  device_ = choose_tool(dice_);
  choose_takes();
}

/// Where one login is attacked, the last guess is right.
void GuessingCampaign::choose_takes() {
  const unsigned rounds = std::max(1U, spec_.tries / spec_.victims);
  if (spec_.takes == 0) return;
  if (spec_.victims == 1) {
    takes_.push_back({0, spec_.tries - 1});
    return;
  }
  for (unsigned tries = 0; tries < 100 * spec_.takes && takes_.size() < spec_.takes; ++tries) {
    const auto slot = static_cast<unsigned>(dice_.below(spec_.victims));
    const bool chosen = std::ranges::find(takes_, slot, &Take::slot) != takes_.end();
    // Not in the first round of many: who is let in at once has guessed nothing.
    const unsigned first = rounds > 2 ? 2 : 0;
    const auto round = static_cast<unsigned>(dice_.between(first, std::max(first, rounds - 1)));
    if (!chosen && is_known(slot)) takes_.push_back({slot, round});
  }
}

Time GuessingCampaign::time_of(unsigned index) const {
  const Time step = std::max<Time>(1, spec_.length / spec_.tries);
  return begin_ + step * index + static_cast<Time>(mix(seed_, index) % static_cast<std::uint64_t>(step));
}

bool GuessingCampaign::is_known(unsigned slot) const {
  return mix(seed_ + 1, slot) % 100 >= spec_.unknown_percent;
}

LoginIndex GuessingCampaign::login_of(unsigned slot) const {
  if (!is_known(slot)) return static_cast<LoginIndex>(population_.size() + mix(seed_ + 2, slot) % 1'000'000'000);
  // Slots are fewer than logins, and the stride is a prime beyond what they count: all different.
  const std::uint64_t size = population_.size();
  return static_cast<LoginIndex>((first_login_ + slot * (size % stride == 0 ? 1 : stride)) % size);
}

/// A flood has nothing in common; all others have one program.
Device GuessingCampaign::device_of(unsigned source) const {
  if (spec_.family != failure_surge) return device_;
  Dice dice(mix(seed_ + 3, source));
  return choose_tool(dice);
}

Secret GuessingCampaign::secret_of(unsigned slot, unsigned round) {
  // Lists of stolen passwords have another for every login.
  if (spec_.family == credential_stuffing)
    return first_typo_secret + mix(seed_ + 4, slot * 64 + round % 64) % first_typo_secret;
  return first_common_secret + (seed_ + round) % most_used_passwords;
}

std::optional<Time> GuessingCampaign::next_time() const {
  const auto session = sessions_.next_time();
  if (next_ >= spec_.tries) return session;
  const Time guess = time_of(next_);
  return session ? std::min(*session, guess) : guess;
}

std::optional<Attempt> GuessingCampaign::step(Time now) {
  if (const auto session = sessions_.next_time(); session && *session <= now) {
    const auto due = sessions_.take();
    return enter(now, due.login, due.remote, due.device);
  }
  return next_ < spec_.tries ? guess(now) : std::nullopt;
}

std::optional<Attempt> GuessingCampaign::guess(Time now) {
  const unsigned index = next_++;
  const unsigned round = index / spec_.victims;
  const auto slot = static_cast<unsigned>((index % spec_.victims * stride + round * std::uint64_t{13}) % spec_.victims);
  const auto login = login_of(slot);
  if (std::ranges::find(taken_, login) != taken_.end()) return std::nullopt;  // it is in, and guesses no more
  const auto source = static_cast<unsigned>((index * stride + index / spec_.sources) % spec_.sources);
  if (std::ranges::any_of(takes_, [&](const Take& take) { return take.slot == slot && take.round == round; })) {
    const auto& remote = spec_.family == success_after_guessing ? sources_.back() : sources_[source];
    use_account(now, login, remote);
    return enter(now, login, remote, device_of(source));
  }
  auto out = attempt(now, login, sources_[source], device_of(source));
  out.secret = secret_of(slot, round);
  out.outcome = is_known(slot) ? Outcome::wrong_password : Outcome::unknown_account;
  return out;
}

/// Some logins later, from the same address.
void GuessingCampaign::use_account(Time now, LoginIndex login, const base::Address& remote) {
  Time at = now;
  const auto device = choose_strange_device(population_, login, dice_);
  for (auto left = dice_.between(1, 4); left > 0; --left) {
    at += dice_.between(minute, is_slow(spec_) ? 12 * hour : 2 * hour);
    sessions_.add({at, login, remote, device});
  }
}

}  // namespace trackalert::traffic
