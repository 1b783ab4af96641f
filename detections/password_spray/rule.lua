-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "distinct",
  severity = "high",
  attack = "T1110.003",
  cause = "source",
  text = "{source} is trying a few passwords on many accounts: {guesses} guesses at {logins} accounts within {window}.",
  parameters = {
    subject = "source",
    window_minutes = 60,
    min_logins = 10,
    min_guesses = 15,
    max_guesses_per_login = 3,
    min_narrow_share = 0.8,
    min_stranger_share = 0.8,
  },
}
