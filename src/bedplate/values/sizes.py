"""Sizes in bytes and the units that the kernel and people write them with."""

from __future__ import annotations

import re

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

KIB = 1024
_SUFFIXES = "KMGTPE"
# memparse() of the kernel (lib/cmdline.c): decimal, octal or hexadecimal digits and one of K M G T P E, either case.
_SIZE = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)([kKmMgGtTpPeE]?)", re.ASCII)
_LIMIT_BYTES = 1 << 64
_AROUND = " \t\r\n\0"


def parse_size(text: bytes | str) -> int:
    """Return the bytes that ``text`` such as ``2M``, ``1g`` or ``0x200000`` names, 0 to 2^64 - 1.

    The grammar is that of the kernel's memparse(): powers of 1024, digits in C notation (a leading 0 is octal).
    """
    whole = (decoded(text) if isinstance(text, bytes) else text).strip(_AROUND)
    match = _SIZE.fullmatch(whole) if len(whole) <= 32 else None
    if match is None:
        raise ParseError("not a size such as 2M or 1G", text=text)
    digits, suffix = match.groups()
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
    try:
        number = int(digits, 8 if octal else 0)
    except ValueError as error:
        raise ParseError("not a size such as 2M or 1G", text=text) from error
    size = number << 10 * (_SUFFIXES.index(suffix.upper()) + 1) if suffix else number
    if size >= _LIMIT_BYTES:
        raise ParseError("a size of 2^64 bytes or more", text=text)
    return size


def parse_kib(text: bytes | str) -> int:
    """Return bytes from what sysfs and procfs write as ``32K``, ``2048kB`` or ``16318480 kB``."""
    whole = (decoded(text) if isinstance(text, bytes) else text).strip(_AROUND)
    digits = re.fullmatch(r"(\d{1,18})(?: ?kB|K)", whole, re.ASCII)
    if digits is None:
        raise ParseError("not a number of kB", text=text)
    return int(digits[1]) * KIB


def format_size(size_bytes: int) -> str:
    """Return the shortest exact spelling: ``2M``, ``1G``, ``48K``, ``1000``."""
    power = 0
    while power < len(_SUFFIXES) and size_bytes and size_bytes % KIB == 0:
        size_bytes //= KIB
        power += 1
    return f"{size_bytes}{_SUFFIXES[power - 1] if power else ''}"
