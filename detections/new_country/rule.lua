-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "novelty",
  severity = "low",
  attack = "T1078",
  text = "{login} logged in from {country}, where the account has not been used in the last 90 days, on a device that it knows.",
  parameters = {
    new_all = { "country" },
    usual_any = { "device" },
    max_age_days = 90,
  },
}
