"""The content of sysfs attributes that hold one number or one word, such as cpu/cpu0/topology/core_id."""

from __future__ import annotations

import re

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

# A NUL byte behind the newline is what some kernels and recorders leave; white space is what people add.
_AROUND = b" \t\r\n\0"
# 64 bits have up to 20 digits.
_NUMBER = re.compile(rb"-?[0-9]{1,20}")
_WORD_LIMIT = 64


def parse_number(text: bytes) -> int:
    """Return the decimal number of an attribute, from -2^63 to 2^64 - 1."""
    digits = text.strip(_AROUND)
    if not _NUMBER.fullmatch(digits):
        raise ParseError("not a decimal number", text=text)
    number = int(digits)
    if not -(1 << 63) <= number < 1 << 64:
        raise ParseError("a number that does not fit into 64 bits", text=text)
    return number


def parse_count(text: bytes) -> int:
    """Return the decimal number of an attribute that counts something: 0 to 2^64 - 1."""
    number = parse_number(text)
    if number < 0:
        raise ParseError("a negative number of something that is counted", text=text)
    return number


def parse_id(text: bytes) -> int | None:
    """Return the number that a topology/*_id attribute gives, None where it is -1.

    The kernel's default for an id that its architecture does not define is -1 (include/linux/topology.h).
    """
    number = parse_number(text)
    if number < -1:
        raise ParseError("a negative number where only -1, for unknown, may be", text=text)
    return None if number == -1 else number


def parse_word(text: bytes) -> str:
    """Return the text of an attribute that holds one short word, such as a cache's type; untrusted."""
    word = decoded(text.strip(_AROUND))
    if not word or len(word) > _WORD_LIMIT or not word.isprintable() or " " in word:
        raise ParseError(f"not one printable word of at most {_WORD_LIMIT} characters", text=text)
    return word
