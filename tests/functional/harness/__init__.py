# SPDX-License-Identifier: Apache-2.0
"""What the functional tests stand on: the daemon under test, its peers, and byte-exact clients."""
