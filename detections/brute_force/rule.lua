-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "threshold",
  severity = "medium",
  attack = "T1110.001",
  cause = "source",
  text = "{remote} tried {guesses} different passwords for {login} within {window}.",
  parameters = {
    subject = "source_login",
    window_minutes = 10,
    min_guesses = 10,
  },
}
