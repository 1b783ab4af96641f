-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "baseline",
  severity = "medium",
  attack = "T1110",
  cause = "surge",
  text = "There were {guesses} guesses within 10 minutes, where {usual} are usual at this hour, and no other alert explains them.",
  parameters = {
    min_guesses = 50,
    min_deviations = 6,
    min_observed_hours = 24,
  },
}
