"""What a capture does not tell of the host that it is of: a table, and what makes pseudonyms of it.

A pseudonym has the form of what it stands for, and the same thing has the same pseudonym wherever it occurs in one
capture, file names included: so what referred to one another still does, what differed differs, and whatever reads
the files reads them as before.  What looks like a pseudonym already is left, so that a capture of a capture changes
no more.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.host.manifest import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable


def _word(number: int) -> bytes:
    return b"redacted-%d" % number


def _file_system_id(number: int) -> bytes:
    return b"%08x-01" % number


def _mac(number: int) -> bytes:
    return b"02:00:00:%02x:%02x:%02x" % (number >> 16 & 255, number >> 8 & 255, number & 255)


def _bare_mac(number: int) -> bytes:
    return b"020000%06x" % (number & 0xFFFFFF)


def _ipv4(number: int) -> bytes:
    """Return an address of RFC 791's "this network", which no host has."""
    return b"0.%d.%d.%d" % (number >> 16 & 255, number >> 8 & 255, number & 255)


def _ipv6(number: int) -> bytes:
    """Return an address of the discard prefix (RFC 6666), which no host has."""
    return b"100::%x:%x" % (number >> 16 & 0xFFFF, number & 0xFFFF)


def _nothing(_: int) -> bytes:
    """Return the pseudonym for which as many blanks are written as there were bytes."""
    return b""


def _machine_id(number: int) -> bytes:
    return b"%032x" % number


def _uuid(number: int) -> bytes:
    return b"00000000-0000-4000-8000-%012x" % number


class Row(NamedTuple):
    """One kind of thing that is not told."""

    what: str
    paths: re.Pattern[str] | None
    """The files that it occurs in; None for all, and their names."""
    found: re.Pattern[bytes] | None
    """What it looks like; its groups are what is replaced.  None where the file is left out."""
    pseudonym: Callable[[int], bytes] = _word
    kept: re.Pattern[bytes] = re.compile(rb"redacted-\d+")
    """What looks like it and tells nothing."""


_BOOT = re.compile(
    r"/proc/(1/)?cmdline|/(proc/device-tree|sys/firmware/devicetree/base)/chosen/bootargs|/dev/kmsg|/var/log/.*|/boot/.*|/efi/.*"
    r"|/etc/default/grub.*|/etc/kernel/.*|/etc/grub\.d/.*|/usr/lib/kernel/.*"
)
_SERIAL_FILES = re.compile(
    r"/(sys|proc/device-tree)/(.*/)?(\w*[_-])?(serial|serial[_-]num(ber)?|ppin|wwid|wwn|nguid|eui|uuid|asset_tag"
    r"|(sys_image|node|port)_guid|(node|port)_name)"
)
_SYSCTL_SECRET_FILES = re.compile(r"/proc/sys/net/(.*/stable_secret|ipv4/tcp_fastopen_key)")
_SYSCTL_FILES = re.compile(r"/.*/sysctl\.(conf|d/.*)")
_SYSCTL_SECRET = re.compile(rb"(?:stable_secret|tcp_fastopen_key)[ \t]*=[ \t]*(\S+)")
_WHOLE = re.compile(rb"\A\s*(\S.*?)[\s\0]*\Z", re.DOTALL)
_SERIAL_LINE = re.compile(rb"(?mi)^(?:serial|sequence code)[ \t]*:[ \t]*(\S.*)$")
_PASSWORD = re.compile(rb"(?m)^\s*password(?:_pbkdf2)?[ \t]+\S+[ \t]+(\S+)|://([^/\s:@\"']+:[^/\s@\"']+)@")
# A value may be in quotes, which a shell's file has behind backslashes.  Words in "key" are more than secrets, and no
# rule asks for one of them.
_SECRET = re.compile(
    rb"(?i)(?<![\w.-])(?:[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|luks\.key)[\w.-]*"
    rb"|[\w.-]*key(?:s|[_.-]?(?:id|data))?)"
    rb"=(\\\"[^\"]*\"|\"[^\"]*\"|'[^'\n]*'|[^\s\"']+)"
)
# The kernel's own list of the words that it did not know is without their quotes: "SSH_KEY=ssh-rsa AAAA...".
_SSH_KEY = re.compile(rb"(?<![\w+/])(AAAA[\w+/]{8,}={0,2})")
_CLOUD = re.compile(rb"(?<![\w.-])ds=[\"']?[\w-]+\\?;([^\s\"']+)")
_DISK = re.compile(
    rb"/dev/(?:disk/by-id/|mapper/(?=[0-9][0-9A-Fa-f]{16}))([^\s\"',;]+?)(?=(?:-part\d+)?(?:[\s\"',;]|\Z))"
)
_NETWORK = re.compile(
    rb"(?<![\w.-])(?:ip|BOOTIF|nfsroot|nfsaddrs|netroot|nameserver|ifname|rd\.route|rd\.zfcp|iscsi_\w+|rd\.iscsi\.\w+)="
    rb"([^\s\"']+)"
)
# Behind "-" it is a version: vmlinuz-2.6.32.27.
_IPV4 = re.compile(rb"(?<![\w.-])((?:\d{1,3}\.){3}\d{1,3})(?![\w.])")
_NO_IPV4 = re.compile(rb"(?:0|127)\.\d+\.\d+\.\d+|255\.255\.\d+\.\d+")
# Eight groups, or fewer around "::"; 0000:00:01.0 of PCI is neither.
_IPV6 = re.compile(
    rb"(?i)(?<![\w:.])((?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
    rb"|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?)(?![\w:]|\.\d)"
)
_NO_IPV6 = re.compile(rb"100::[0-9a-f]{1,4}:[0-9a-f]{1,4}|::1?")
_COMMENT = re.compile(rb"(?m)^[ \t\r\v\f\0]*[#;]([^\n]*[^\s][^\n]*)$")
_NO_ADDRESS = re.compile(rb"redacted-\d+|dhcp6?|auto6|either6|link6|ibft|on|any|off|none|both")
_SHORT_ID = re.compile(rb"UUID=\"?([0-9A-Fa-f]{8}-\d\d|[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4})\b")
# Behind "-", too: drivers name their interrupts by PCI address and MAC address, 0000:00:01.0-3c:ec:ef:12:34:56.
_MAC = re.compile(rb"(?<![0-9A-Za-z:.])((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})(?![0-9A-Za-z:])")
_NO_MAC = re.compile(rb"(?:00:){5}00|(?:[Ff]{2}:){5}[Ff]{2}|02:00:00(?::[0-9a-f]{2}){3}")
_UUID = re.compile(rb"(?<![0-9A-Fa-f])([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Fa-f])")
# Nil, pseudonyms, and the names of EFI variables that every firmware, boot loader and shim has.
_NO_UUID = re.compile(
    rb"(?i)00000000-0000-[04]000-[08]000-.*|8be4df61-93ca-11d2-aa0d-00e098032b8c"
    rb"|4a67b082-0a4c-41cf-b6c7-440b29bb8c4f|605dab50-e046-4300-abb6-3dd810dd8b23"
)

TABLE = (
    Row("environment and memory of a process", re.compile(r"/proc/\d+/(task/\d+/)?(environ|mem|auxv)"), None),
    Row(
        "arguments of a process",
        re.compile(r"/proc/\d+/(task/\d+/)?cmdline"),
        re.compile(rb"\A[^\0]*\0(.+?)\0?\Z", re.DOTALL),
    ),
    Row("vital product data", re.compile(r"/sys/.*/vpd(_pg\w+)?"), None),
    Row("serial number", _SERIAL_FILES, _WHOLE),
    Row("serial number", re.compile(r"/proc/(cpuinfo|sysinfo)"), _SERIAL_LINE),
    Row("machine or boot id", re.compile(r"/etc/machine-id|/proc/sys/kernel/random/(boot_id|uuid)"), _WHOLE),
    Row("secret of the network stack", _SYSCTL_SECRET_FILES, _WHOLE),
    # A line that was a comment stays one, and the others are where they were: persistence tells line and bytes.
    Row("comment", _SYSCTL_FILES, _COMMENT, _nothing),
    Row("secret of the network stack", _SYSCTL_FILES, _SYSCTL_SECRET),
    Row("password", _BOOT, _PASSWORD),
    Row("secret of the kernel command line", _BOOT, _SSH_KEY),
    Row("secret of the kernel command line", _BOOT, _SECRET),
    Row("identity of a cloud's instance", _BOOT, _CLOUD),
    Row("serial number", _BOOT, _DISK),
    Row("address of the kernel command line", _BOOT, _NETWORK, kept=_NO_ADDRESS),
    Row("address of the kernel command line", _BOOT, _IPV4, _ipv4, _NO_IPV4),
    Row("address of the kernel command line", _BOOT, _IPV6, _ipv6, _NO_IPV6),
    Row("file system id", _BOOT, _SHORT_ID, _file_system_id, re.compile(rb"0000[0-9a-f]{4}-01")),
    Row("MAC address", None, _MAC, _mac, _NO_MAC),
    Row("MAC address", None, re.compile(rb"\benx([0-9a-f]{12})"), _bare_mac, re.compile(rb"020000[0-9a-f]{6}")),
    Row("UUID", None, _UUID, _uuid, _NO_UUID),
)


class Redactor:
    """Replaces, in one capture, what the table names; ``machine_id`` is one more thing that is told nowhere."""

    def __init__(self, table: tuple[Row, ...] = TABLE, *, machine_id: bytes = b"") -> None:
        self._table = table if len(machine_id) < 32 else (*table, _machine_row(machine_id))
        self._numbers: dict[tuple[str, bytes], int] = {}
        self._rows: dict[tuple[str, str], Redaction] = {}
        self.pseudonyms: dict[bytes, bytes] = {}
        """What was replaced, and by what."""

    def content(self, path: str, data: bytes) -> bytes | None:
        """Return what the capture may hold of a file, None for nothing."""
        for row in self._table:
            if row.paths is not None and not row.paths.fullmatch(path):
                continue
            if row.found is None:
                return None
            data = self._replaced(row, path, data)
        return data

    def name(self, text: str) -> str:
        """Return what the capture may hold of a path or of a link's text."""
        raw = os.fsencode(text)
        for row in self._table:
            if row.paths is None:
                raw = self._replaced(row, text, raw)
        return os.fsdecode(raw)

    @property
    def redacted(self) -> list[Redaction]:
        """What was replaced where, sorted; paths as the capture has them."""
        rows = [Redaction(self.name(row.path), row.what) for row in list(self._rows.values())]
        return sorted(set(rows))

    def _replaced(self, row: Row, path: str, data: bytes) -> bytes:
        found = row.found
        if found is None:
            return data

        def swap(match: re.Match[bytes]) -> bytes:
            group = match.lastindex or 0
            secret = match[group]
            if row.kept.fullmatch(secret):
                return match[0]
            self._rows[path, row.what] = Redaction(path, row.what)
            begin, end = match.start(group) - match.start(), match.end(group) - match.start()
            return match[0][:begin] + (self._pseudonym(row, secret) or b" " * len(secret)) + match[0][end:]

        return found.sub(swap, data)

    def _pseudonym(self, row: Row, secret: bytes) -> bytes:
        """Return the same for the same thing, however it is written."""
        key = row.what, secret.lower().replace(b":", b"")
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        made = self.pseudonyms[secret] = row.pseudonym(number)
        return made


def _machine_row(machine_id: bytes) -> Row:
    return Row("machine or boot id", None, re.compile(b"(" + re.escape(machine_id) + b")"), _machine_id)
