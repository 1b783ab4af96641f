# SPDX-License-Identifier: Apache-2.0
"""Free TCP ports that two test runs on one machine never share."""

import random
import socket

# Below the range that the kernel hands out to outgoing connections.
_FIRST, _LAST = 10_000, 32_000
# Abstract Unix sockets as locks between processes; the kernel drops them with the process.
_held = []


def free_port():
    """A port that nobody listens on, kept for this process until its end."""
    while True:
        port = random.randint(_FIRST, _LAST)
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0trackalert-test-port-{port}")
        except OSError:
            lock.close()
            continue
        if _bindable(port):
            _held.append(lock)
            return port
        lock.close()


def accepts(port):
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _bindable(port):
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((host, port))
        except OSError:
            if family == socket.AF_INET6 and not has_ipv6():
                continue
            return False
    return True


def has_ipv6():
    """Whether ::1 can be used here."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False
