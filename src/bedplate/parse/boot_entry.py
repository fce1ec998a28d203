"""Entries of the Boot Loader Specification (UAPI.1), ``loader/entries/*.conf``, and loader.conf of systemd-boot."""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_LIMIT_BYTES = 1 << 18
_BLANKS = re.compile(r"[ \t]+")


class BootEntry(NamedTuple):
    """One entry; keys that are not of interest here are left out."""

    title: str
    version: str
    linux: str
    """The path of the kernel image on its partition."""
    options: str
    """The arguments of the kernel; several lines are joined by spaces.  Variables of GRUB stand as they are."""
    options_line: int
    """The line of the first ``options``, from 1; 0 where there is none."""


def parse_boot_entry(data: bytes) -> BootEntry:
    """Return what an entry holds; ParseError where it names no kernel (``linux`` or ``efi``)."""
    if len(data) > _LIMIT_BYTES:
        raise ParseError(f"a boot entry of more than {_LIMIT_BYTES} bytes")
    first: dict[str, str] = {}
    options: list[str] = []
    options_line = 0
    for number, key, value in settings(data):
        if key == "options":
            options.append(value)
            options_line = options_line or number
        else:
            first.setdefault(key, value)
    image = first.get("linux") or first.get("efi")
    if not image:
        raise ParseError("a boot entry that names no kernel", field="linux")
    return BootEntry(first.get("title", ""), first.get("version", ""), image, " ".join(options), options_line)


def settings(data: bytes) -> list[tuple[int, str, str]]:
    """Return line number, key and value of every line ``key value``; comments and empty lines are left out."""
    found: list[tuple[int, str, str]] = []
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = decoded(raw).strip(" \t\r\0")
        if line and not line.startswith("#"):
            key, *rest = _BLANKS.split(line, 1)
            found.append((number, key, rest[0] if rest else ""))
    return found
