-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "distinct",
  severity = "high",
  attack = "T1078",
  cause = "account",
  text = "{login} was used from {count} countries within a day ({countries}), none of them usual for the account.",
  parameters = {
    subject = "login",
    window_minutes = 1440,
    min_countries = 3,
    usual_days = 3,
  },
}
