# SPDX-License-Identifier: Apache-2.0
"""Many connections that send a byte a second each, from a process of their own. One that is closed is opened again.

As a program: HOST PORT COUNT; says "open" on a line once all were, goes on until its standard input ends."""

import resource
import select
import socket
import subprocess
import sys
import time

HEAD = b"POST /?command=report HTTP/1.1\r\nHost: x\r\nX-Pad: " + b"y" * 1000
SOURCES = 16  # addresses, since one has too few ports
EACH = 5000


class SlowClients:
    """Programs of 5000 connections each as a context manager. `opened()` waits until all were open once."""

    def __init__(self, address, count):
        self._command = [sys.executable, __file__, address[0], str(address[1]), str(EACH)]
        self._programs = count // EACH
        self._running = []

    def __enter__(self):
        for _ in range(self._programs):
            self._running.append(subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return self

    def opened(self):
        for process in self._running:
            assert process.stdout.readline() == b"open\n"

    def __exit__(self, *_):
        for process in self._running:
            process.stdin.close()
            process.wait()
            process.stdout.close()


def most_descriptors():
    """What a process of ours can have; this one does, from now on."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def opened(address, number):
    connection = socket.socket()
    connection.setblocking(False)
    connection.bind((f"127.0.1.{1 + number % SOURCES}", 0))
    connection.connect_ex(address)
    return connection


def main():
    address, count = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3])
    most_descriptors()
    connections, sent, told = [], [0] * count, False
    while True:
        begin = time.monotonic()
        for _ in range(min(2000, count - len(connections))):
            connections.append(opened(address, len(connections)))
        for number, connection in enumerate(connections):
            try:
                connection.send(HEAD[sent[number] : sent[number] + 1])
                sent[number] += 1
            except BlockingIOError:
                pass
            except OSError:
                connection.close()
                connections[number], sent[number] = opened(address, number), 0
        if len(connections) == count and not told:
            print("open", flush=True)
            told = True
        left = max(0.0, begin + 1 - time.monotonic()) if told else 0.0
        if select.select([sys.stdin], [], [], left)[0]:
            return


if __name__ == "__main__":
    main()
