-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "sequence",
  severity = "critical",
  attack = "T1078",
  cause = "account",
  text = "{login} was entered from {remote}, which is known for guessing ({because_of}).",
  parameters = {
    first = "alert",
  },
}
