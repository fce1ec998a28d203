"""The text of one kernel setting, as a file of /proc/sys holds it."""

from __future__ import annotations

import re

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

# An unsigned long of 64 bits has 20 digits.
_INTEGER = re.compile(r"-?\d{1,20}", re.ASCII)
# lowmem_reserve_ratio has one number for each zone, of which there are at most 6.
_NUMBERS_LIMIT = 64
_TEXT_LIMIT = 4096


def parse_integer(text: bytes) -> int:
    """Return the integer of a file that holds one, from -(2^64) to 2^64 - 1."""
    return _number(_stripped(text), text)


def parse_numbers(text: bytes) -> tuple[int, ...]:
    """Return the integers of a file that holds several on one line, with tabs or spaces between them."""
    words = _stripped(text).split()
    if not 0 < len(words) <= _NUMBERS_LIMIT:
        raise ParseError("not one to 64 integers", text=text)
    return tuple(_number(word, text) for word in words)


def parse_text(text: bytes) -> str:
    """Return the text of a file that holds one line, without what ends it."""
    if len(text) > _TEXT_LIMIT:
        raise ParseError(f"a setting of more than {_TEXT_LIMIT} bytes", text=text)
    return decoded(text).rstrip("\n\0")


def _stripped(text: bytes) -> str:
    return decoded(text[:_TEXT_LIMIT]).strip(" \t\r\n\0")


def _number(word: str, whole: bytes) -> int:
    if not _INTEGER.fullmatch(word) or abs(number := int(word)) >= 1 << 64:
        raise ParseError("not an integer of 64 bits", text=whole)
    return number
