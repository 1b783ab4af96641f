-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "campaign",
  severity = "high",
  attack = "T1110.003",
  cause = "campaign",
  text = "{sources} addresses together are trying {logins} accounts within {window}, a few guesses each. They have in common: {shared}.",
  parameters = {
    window_minutes = 60,
    min_sources = 30,
    max_guesses_per_source = 5,
    min_logins = 50,
    min_excess = 5,
    min_observed_hours = 24,
    min_stranger_share = 0.9,
    traits = { "asn", "attrs", "country", "device", "protocol" },
  },
}
