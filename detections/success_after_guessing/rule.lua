-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "sequence",
  severity = "high",
  attack = "T1110.001",
  cause = "account",
  text = "Somebody tried {guesses} different passwords for {login} from {nets} networks within {window} and then got in from {remote}, where the account had never been used.",
  parameters = {
    first = "guesses",
    window_minutes = 1440,
    min_guesses = 5,
  },
}
