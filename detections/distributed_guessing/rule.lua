-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "threshold",
  severity = "high",
  attack = "T1110.001",
  cause = "guessed_account",
  text = "{login} is being guessed from {nets} networks: {guesses} different passwords within {window}.",
  parameters = {
    subject = "login",
    window_minutes = 60,
    min_guesses = 15,
    min_nets = 8,
  },
}
