-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "velocity",
  severity = "high",
  attack = "T1078",
  cause = "account",
  text = "{login} logged in from {country} {duration} from a login in {from}, {distance_km} km away: nobody travels so fast.",
  parameters = {
    min_distance_km = 500,
    max_speed_kmh = 900,
    usual_days = 3,
    severity_usual_device = "low",
    spared_networks = { "anonymiser", "mobile" },
  },
}
