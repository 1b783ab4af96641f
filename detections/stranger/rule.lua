-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "novelty",
  severity = "medium",
  attack = "T1078",
  cause = "account",
  text = "Somebody logged in as {login} from a place ({country}, {network}) and with a device ({device}) that are both new for the account; {signs}.",
  parameters = {
    new_all = { "device" },
    new_any = { "network", "country" },
    severity_with_sign = "high",
    max_age_days = 90,
  },
}
