-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "distinct",
  severity = "medium",
  attack = "T1110.003",
  cause = "source",
  text = "{source} has been guessing on {days} of the last 7 days, at {logins} accounts that never logged in from there.",
  parameters = {
    subject = "source",
    window_days = 7,
    min_days = 4,
    min_logins = 20,
    min_guesses = 20,
    min_stranger_share = 0.95,
  },
}
