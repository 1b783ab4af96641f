-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "distinct",
  severity = "high",
  attack = "T1110.004",
  cause = "source",
  text = "{source} is trying stolen passwords: {logins} accounts within {window}, one or two passwords each.",
  parameters = {
    subject = "source",
    window_minutes = 60,
    min_logins = 25,
    min_guesses = 25,
    max_guesses_per_login = 2,
    min_narrow_share = 0.8,
    min_stranger_share = 0.8,
  },
}
