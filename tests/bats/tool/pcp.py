# SPDX-License-Identifier: GPL-2.0
"""Port control by hand: every byte of a request (RFC 6887, RFC 6886) written here
and every byte of an answer looked at, without a library in between."""
import socket
import struct

PORT = 5351
SERVER = "192.168.0.1"
ANNOUNCE, MAP, PEER = 0, 1, 2
THIRD_PARTY, PREFER_FAILURE, FILTER = 1, 2, 3
PROTOCOLS = {"all": 0, "tcp": 6, "udp": 17, "dccp": 33, "gre": 47, "icmp": 1, "sctp": 132,
             "udplite": 136}
RESULTS = ["success", "unsupp-version", "not-authorized", "malformed-request", "unsupp-opcode",
           "unsupp-option", "malformed-option", "network-failure", "no-resources",
           "unsupp-protocol", "user-ex-quota", "cannot-provide-external", "address-mismatch",
           "excessive-remote-peers"]
NONCE = b"twelve bytes"


class Wrong(Exception):
    pass


def sixteen(text):
    """An address as PCP has it."""
    if ":" in text:
        return socket.inet_pton(socket.AF_INET6, text)
    return b"\0" * 10 + b"\xff\xff" + socket.inet_pton(socket.AF_INET, text)


def written(data):
    if data[:12] == b"\0" * 10 + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, data[12:])
    return socket.inet_ntop(socket.AF_INET6, data)


def header(opcode, client, lifetime=0, version=2):
    return struct.pack("!BBHI", version, opcode, 0, lifetime) + sixteen(client)


def map_part(proto, internal, external=0, address="0.0.0.0", nonce=NONCE):
    return nonce + struct.pack("!B3xHH", proto, internal, external) + sixteen(address)


def peer_part(remote, port):
    return struct.pack("!HH", port, 0) + sixteen(remote)


def option(code, data=b"", length=None):
    head = struct.pack("!BBH", code, 0, len(data) if length is None else length)
    return head + data + b"\0" * (-len(data) % 4)


def exchange(request, server=SERVER, bind=None, seconds=2, sock=None):
    """The answer, or None."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    own = sock or socket.socket(family, socket.SOCK_DGRAM)
    if bind:
        own.bind((bind, 0))
    own.settimeout(seconds)
    own.sendto(request, (server, PORT))
    try:
        data, where = own.recvfrom(2048)
    except (TimeoutError, socket.timeout):
        return None
    finally:
        if not sock:
            own.close()
    if where[:2] != (server, PORT):
        raise Wrong("the answer came from %s port %d" % where[:2])
    return data


class Answer:
    """A response of PCP, all of it checked against its request."""

    def __init__(self, data, request):
        if len(data) < 24 or len(data) % 4 or len(data) > 1100:
            raise Wrong("%d bytes" % len(data))
        version, opcode, reserved, result, self.lifetime, self.epoch = struct.unpack_from(
            "!BBBBII", data)
        if version != 2 or opcode != request[1] | 0x80 or reserved or any(data[12:24]):
            raise Wrong("header %s" % data[:24].hex())
        self.result = RESULTS[result]
        self.body = data[24:]
        self.external = self.address = None
        if result:
            self.error(request, data)
        elif request[1] != ANNOUNCE:
            size = 36 if request[1] == MAP else 56
            if len(self.body) < size:
                raise Wrong("body of %d bytes" % len(self.body))
            sent = request[24:]
            # Nonce, protocol, internal port and remote come back as sent.
            if self.body[:18] != sent[:18] or self.body[36:size] != sent[36:size]:
                raise Wrong("body %s for %s" % (self.body.hex(), sent.hex()))
            self.external, = struct.unpack_from("!H", self.body, 18)
            self.address = written(self.body[20:36])

    def error(self, request, data):
        """An error repeats the request, in whole words, and says how long it holds."""
        if self.lifetime not in (30, 1800):
            raise Wrong("error lifetime %d" % self.lifetime)
        sent = request[24:1100]
        if self.body[:len(sent)] != sent or len(data) > max(24, (len(request) + 3) & ~3):
            raise Wrong("error body %s" % self.body.hex())
