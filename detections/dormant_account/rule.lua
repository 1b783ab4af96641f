-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "novelty",
  severity = "medium",
  attack = "T1078",
  cause = "account",
  text = "{login} was used again after {silence} of silence, from {country} ({network}), where it had not been used before.",
  parameters = {
    new_any = { "country", "network" },
    min_dormant_days = 90,
    min_success_days = 3,
    max_age_days = 400,
  },
}
