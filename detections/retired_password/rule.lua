-- SPDX-License-Identifier: Apache-2.0
return {
  kind = "sequence",
  severity = "medium",
  attack = "T1110.004",
  cause = "retired_password",
  text = "Somebody at {remote} ({network}) tries an old password of {login}: it was right until it was changed.",
  parameters = {
    first = "retired_password",
  },
}
