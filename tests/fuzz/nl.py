# SPDX-License-Identifier: GPL-2.0
"""Netlink by hand: messages that no library would build. The numbers come from
the contract itself (include/uapi/linux/portico.h)."""
import errno
import os
import re
import socket
import struct

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 10, 11, 12
NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE = 1, 2, 3
F_REQUEST, F_ACK, F_DUMP, F_CAPPED, F_ACK_TLVS = 1, 4, 0x300, 0x100, 0x200
F_NESTED = 0x8000
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
NLMSGERR_ATTR_MSG = 1


def contract():
    """Every enumerator of the contract, by name without its prefix."""
    here = os.path.dirname(os.path.abspath(__file__))
    text = open(os.path.join(here, "../../include/uapi/linux/portico.h"), encoding="ascii").read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    numbers = {}
    for body in re.findall(r"enum \w+ \{(.*?)\}", text, re.S):
        value = 0
        for item in body.split(","):
            name, _, given = (part.strip() for part in item.partition("="))
            if not name or given:
                continue
            numbers[name.removeprefix("PORTICO_")] = value
            value += 1
    return numbers


C = contract()


def cmd(name):
    return C["CMD_" + name]


def attr(kind, data=b"", length=None):
    """One attribute; @kind a number, or a name with its set: "UPLINK_IFNAME"."""
    if isinstance(kind, str):
        kind = C["A_" + kind]
    head = struct.pack("HH", 4 + len(data) if length is None else length, kind)
    return head + data + b"\0" * (-len(data) % 4)


def nest(kind, *attrs, flag=F_NESTED):
    if isinstance(kind, str):
        kind = C["A_" + kind]
    return attr(kind | flag, b"".join(attrs))


def u8(kind, value):
    return attr(kind, struct.pack("B", value))


def u16(kind, value):
    return attr(kind, struct.pack("H", value))


def be16(kind, value):
    return attr(kind, struct.pack("!H", value))


def u32(kind, value):
    return attr(kind, struct.pack("I", value))


def flag(kind):
    return attr(kind)


def text(kind, value):
    return attr(kind, value.encode() + b"\0")


def ip(kind, value):
    family = socket.AF_INET6 if ":" in value else socket.AF_INET
    return attr(kind, socket.inet_pton(family, value))


def endpoint(kind, address=None, port=None, plen=None):
    parts = []
    if address is not None:
        parts.append(ip("ENDPOINT_ADDR", address))
    if port is not None:
        parts.append(be16("ENDPOINT_PORT", port))
    if plen is not None:
        parts.append(u8("ENDPOINT_PREFIXLEN", plen))
    return nest(kind, *parts)


class Socket:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK):
            self.sock.setsockopt(SOL_NETLINK, option, 1)
        self.sock.bind((0, 0))
        self.seq = 0
        self.family = None

    def resolve(self):
        self.send(struct.pack("BBH", CTRL_CMD_GETFAMILY, 1, 0) +
                  attr(CTRL_ATTR_FAMILY_NAME, b"portico\0"), GENL_ID_CTRL)
        data = self.sock.recv(65536)
        kind = struct.unpack_from("H", data, 4)[0]
        if kind == NLMSG_ERROR:
            raise OSError(-struct.unpack_from("i", data, 16)[0], "no family portico")
        at = 20
        while at + 4 <= len(data):
            length, kind = struct.unpack_from("HH", data, at)
            if kind == CTRL_ATTR_FAMILY_ID:
                self.family = struct.unpack_from("H", data, at + 4)[0]
            at += max(4, (length + 3) & ~3)
        self.drain()
        return self

    def send(self, payload, family=None, flags=F_REQUEST | F_ACK, length=None):
        self.seq += 1
        family = self.family if family is None else family
        length = 16 + len(payload) if length is None else length
        self.sock.send(struct.pack("IHHII", length, family, flags, self.seq, 0) + payload)

    def drain(self):
        self.sock.setblocking(False)
        try:
            while self.sock.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        self.sock.setblocking(True)

    def answer(self, seconds=5.0):
        """(errno, text, replies): what the kernel says to the last message. No
        answer at all: errno None."""
        self.sock.settimeout(seconds)
        replies = []
        while True:
            try:
                data = self.sock.recv(1 << 20)
            except (TimeoutError, socket.timeout):
                return None, None, replies
            at = 0
            while at + 16 <= len(data):
                length, kind, flags, seq, _ = struct.unpack_from("IHHII", data, at)
                if seq == self.seq:
                    if kind in (NLMSG_ERROR, NLMSG_DONE):
                        error = -struct.unpack_from("i", data, at + 16)[0]
                        return error, self.words(data[at:at + length], kind, flags), replies
                    replies.append(data[at:at + length])
                at += (length + 3) & ~3

    @staticmethod
    def words(msg, kind, flags):
        """The extended-ack text, or None."""
        if not flags & F_ACK_TLVS:
            return None
        at = 20 if kind == NLMSG_DONE else 36
        while at + 4 <= len(msg):
            length, number = struct.unpack_from("HH", msg, at)
            if number & 0x3fff == NLMSGERR_ATTR_MSG:
                return msg[at + 4:at + length].rstrip(b"\0").decode()
            at += max(4, (length + 3) & ~3)
        return None

    def ask(self, number, attrs=b"", dump=False, flags=None):
        if flags is None:
            flags = F_REQUEST | (F_DUMP if dump else F_ACK)
        self.send(struct.pack("BBH", number, 1, 0) + attrs, flags=flags)
        return self.answer()


def name_of(error):
    if error is None:
        return "no answer"
    if error == errno.EOPNOTSUPP:
        return "EOPNOTSUPP"	# Python knows it by its other name
    return errno.errorcode.get(error, str(error)) if error else "ok"
