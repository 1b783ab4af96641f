# SPDX-License-Identifier: Apache-2.0
"""Writes small MaxMind DB files: an IPv6 tree with IPv4 at ::/96, 24-bit records."""

import ipaddress
import struct


class U16(int):
    """An integer stored as uint16."""


class U32(int):
    """An integer stored as uint32."""


class U64(int):
    """An integer stored as uint64."""


class Float32(float):
    """A number stored in 32 bits."""


_UNSIGNED = {U16: 5, U32: 6, U64: 9}


def _control(kind, size):
    first, extension = (kind << 5, b"") if kind <= 7 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([first | size]) + extension
    if size < 285:
        return bytes([first | 29]) + extension + bytes([size - 29])
    return bytes([first | 30]) + extension + struct.pack(">H", size - 285)


def _encode(value):
    if isinstance(value, bool):
        return _control(14, int(value))
    if type(value) in _UNSIGNED:
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(_UNSIGNED[type(value)], len(data)) + data
    if isinstance(value, Float32):
        return _control(15, 4) + struct.pack(">f", value)
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return _control(2, len(data)) + data
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encode, value))
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_encode(k) + _encode(v) for k, v in value.items())
    raise TypeError(value)


def write(path, networks):
    """`networks` maps "192.0.2.0/24" to its record, a dict; they must not overlap."""
    nodes, data = [[None, None]], b""
    for network, record in networks.items():
        net = ipaddress.ip_network(network)
        bits, length = int(net.network_address), net.prefixlen + (96 if net.version == 4 else 0)
        leaf, data = ("data", len(data)), data + _encode(record)
        at = 0
        for depth in range(length - 1):
            side = bits >> (127 - depth) & 1
            if nodes[at][side] is None:
                nodes.append([None, None])
                nodes[at][side] = len(nodes) - 1
            at = nodes[at][side]
        nodes[at][bits >> (128 - length) & 1] = leaf
    path.write_bytes(_tree(nodes) + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encode(_metadata(len(nodes))))


def _tree(nodes):
    out = b""
    for node in nodes:
        for target in node:
            if target is None:
                record = len(nodes)
            elif isinstance(target, int):
                record = target
            else:
                record = len(nodes) + 16 + target[1]
            out += record.to_bytes(3, "big")
    return out


def _metadata(node_count):
    return {
        "binary_format_major_version": U16(2),
        "binary_format_minor_version": U16(0),
        "build_epoch": U64(1700000000),
        "database_type": "Test-City",
        "description": {"en": "for tests"},
        "ip_version": U16(6),
        "languages": ["en"],
        "node_count": U32(node_count),
        "record_size": U16(24),
    }
