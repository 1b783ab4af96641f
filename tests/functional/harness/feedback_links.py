# SPDX-License-Identifier: Apache-2.0
"""Tokens of feedback links, made independently of the program from the key in its history directory."""

import base64
import hashlib
import hmac
import struct
import time


class Signer:
    def __init__(self, daemon):
        self.key = base64.b64decode((daemon.directory / "history" / "feedback.key").read_text().strip())

    def _mac(self, data):
        return hmac.new(self.key, data, hashlib.sha256).digest()

    def token(self, alert, login, lasts=3600, language="en", verdict=0, link=b"12345678"):
        content = (
            b"\x01" + bytes.fromhex(alert) + self._mac(b"login\0" + login.encode())[:8]
            + struct.pack(">Q", int(time.time() + lasts)) + language.encode() + bytes([verdict]) + link
        )
        return base64.urlsafe_b64encode(content + self._mac(content)).decode().rstrip("=")
