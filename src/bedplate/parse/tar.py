"""Parses the headers of tar archives: POSIX ustar and pax, GNU, and the old ones.

Sources: POSIX pax (ustar and pax interchange formats), the GNU tar manual ("Basic Tar Format"), tar(5) of libarchive.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from bedplate.errors import ParseError

BLOCK_BYTES = 512
_DIGITS = frozenset(b"01234567")
_LENGTH_DIGITS = 7


class Header(NamedTuple):
    """One header block."""

    name: bytes
    size_bytes: int
    """Of the data that follows, padded to whole blocks; 0 of a type that has none."""
    type: bytes
    """One byte: ``0`` file, ``1`` hard link, ``2`` link, ``3``-``4`` device, ``5`` folder, ``6`` fifo, ``x`` pax …"""
    target: bytes
    """Where a link points to."""


def parse_header(block: bytes) -> Header | None:
    """Return what a block of 512 bytes says; None for one of zeros, of which two end an archive.

    ParseError where the block is no header: its checksum is not that of its bytes, or a number is none.
    """
    if len(block) != BLOCK_BYTES:
        raise ParseError(f"a header of {len(block)} bytes, not {BLOCK_BYTES}")
    if block[0] == 0 and not block.strip(b"\0"):
        return None
    _check_sum(block)
    name = _text(block[:100])
    # GNU archives ("ustar  ") keep times where POSIX ones ("ustar\0") have the prefix.
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else b""
    kind = block[156:157]
    if kind in b"\0007":  # the old mark of a file, and a contiguous file
        kind = b"5" if kind == b"\0" and name.endswith(b"/") else b"0"
    size = 0 if kind in b"123456" else _number(block[124:136], "size")
    return Header(prefix + b"/" + name if prefix else name, size, kind, _text(block[157:257]))


def parse_pax(data: bytes) -> dict[bytes, bytes]:
    """Return the records of a pax header, such as ``25 path=very/long/name\\n``; ParseError where they are none."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + _LENGTH_DIGITS + 1)
        digits = data[at:blank] if blank > 0 else b""
        if not digits.isdigit():
            raise ParseError("a pax record without a length", text=data[at : at + 80])
        end = at + int(digits)
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if end > len(data) or end <= blank + 1 or not equals or data[end - 1 : end] != b"\n":
            raise ParseError("a pax record of another length than it says", text=data[at : at + 80])
        records[key] = value
        at = end
    return records


def parse_size(text: bytes) -> int:
    """Return the decimal size of a pax record."""
    if not text.isdigit() or len(text) > 19:
        raise ParseError("not a size", field="size", text=text)
    return int(text)


def _check_sum(block: bytes) -> None:
    """Raise ParseError unless the block's checksum is that of its bytes, with blanks for the checksum itself.

    Some old archives sum signed bytes; no other difference is known.
    """
    wanted = _number(block[148:156], "checksum")
    summed = block[:148] + b"        " + block[156:]
    # The low half of Adler-32 is 1 + the sum of the bytes, modulo 65521, and costs a tenth of sum().
    if zlib.adler32(summed) & 0xFFFF == (1 + wanted) % 65521:
        return
    if wanted != sum(summed) - 256 * sum(byte > 127 for byte in summed):
        raise ParseError("not a tar header: its checksum is wrong", field="checksum")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes, name: str) -> int:
    """Return an octal number, ended by blanks or NULs; or GNU's binary one, marked by its first byte."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ")
    if not _DIGITS.issuperset(digits):
        raise ParseError("not an octal number", field=name, text=field)
    return int(digits, 8) if digits else 0
