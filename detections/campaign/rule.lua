-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "campaign",
  severity = "high",
  attack = "T1110.003",
  cause = "campaign",
  text = "{sources} addresses have been guessing at {logins} accounts for days, each so seldom that no other rule sees it. They have in common: {shared}.",
  parameters = {
    window_days = 7,
    long_window_days = 30,
    min_sources = 20,
    max_guesses_per_source = 10,
    min_logins = 50,
    min_excess = 5,
    min_observed_hours = 24,
    min_stranger_share = 0.95,
    traits = { "asn", "attrs", "country", "device", "net", "protocol", "protocol_country" },
  },
}
