-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "threshold",
  severity = "high",
  attack = "T1110.001",
  cause = "guessed_account",
  text = "{login} has been guessed on {days} days from {sources} addresses that never belonged to it: {guesses} different passwords.",
  parameters = {
    subject = "login",
    window_days = 30,
    min_guesses = 30,
    min_days = 7,
    min_nets = 1,
  },
}
