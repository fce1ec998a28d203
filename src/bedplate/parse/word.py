"""Files of one line that hold a word, a few words, a number, or 0 or 1."""

from __future__ import annotations

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_AROUND = b" \t\r\n\0"


def parse_word(data: bytes) -> str:
    """Return the text of a file without what surrounds it; ParseError where there is none."""
    text = decoded(data.strip(_AROUND))
    if not text:
        raise ParseError("an empty file")
    return text


def parse_words(data: bytes) -> tuple[str, ...]:
    """Return the words of a file, in order; there may be none."""
    return tuple(decoded(data.strip(_AROUND)).split())


def parse_number(data: bytes) -> int:
    """Return the decimal number that a file holds, 0 to 2^63 or so; ParseError where it is none."""
    text = data.strip(_AROUND)
    if not text.isdigit() or len(text) > 19:
        raise ParseError("not a number", text=data)
    return int(text)


def parse_truth(data: bytes) -> bool:
    """Return whether a file reads 1; ParseError where it reads neither 0 nor 1."""
    text = data.strip(_AROUND)
    if text not in (b"0", b"1"):
        raise ParseError("neither 0 nor 1", text=data)
    return text == b"1"
