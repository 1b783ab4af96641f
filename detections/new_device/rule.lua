-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "novelty",
  severity = "low",
  attack = "T1078",
  text = "{login} logged in with {device}, which the account has not used in the last 90 days, from a network that it knows.",
  parameters = {
    new_all = { "device" },
    usual_any = { "network" },
    not_new = { "country", "network" },
    max_age_days = 90,
  },
}
