"""Decimal numbers as the kernel writes them into /proc: ASCII digits, at most 64 bits wide.

int() takes more than that: underscores, a plus sign, white space within, numbers of thousands of digits.
"""

from __future__ import annotations

import re

from bedplate.errors import ParseError

U64_LIMIT = 1 << 64
S64_LEAST = -(1 << 63)
_DIGITS_LIMIT = 20
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{1,16}", re.ASCII)


def unsigned(text: bytes, field: str, limit: int = U64_LIMIT) -> int:
    """Return the number from 0 to ``limit`` - 1 that ``text`` is; ParseError where it is none."""
    # bytes.isdigit() knows the ten ASCII digits alone.
    if not text.isdigit() or len(text) > _DIGITS_LIMIT:
        raise ParseError("not a decimal number", field=field, text=text)
    number = int(text)
    if number >= limit:
        raise ParseError(f"a number of {limit} or more", field=field, text=text)
    return number


def signed(text: bytes, field: str, least: int = S64_LEAST, limit: int = U64_LIMIT) -> int:
    """Return the number from ``least`` to ``limit`` - 1 that ``text`` is; ParseError where it is none."""
    number = -unsigned(text[1:], field, 1 - least) if text[:1] == b"-" else unsigned(text, field, limit)
    if number < least:
        raise ParseError(f"a number below {least}", field=field, text=text)
    return number


def hexadecimal(text: bytes, field: str) -> int:
    """Return the number of at most 16 hexadecimal digits that ``text`` is; ParseError where it is none."""
    if not _HEXADECIMAL.fullmatch(text):
        raise ParseError("not a hexadecimal number of 64 bits", field=field, text=text)
    return int(text, 16)
