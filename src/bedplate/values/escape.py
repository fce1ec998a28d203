"""Text that is safe to show: no byte of the input may act on a terminal or forge a line of a report."""

from __future__ import annotations


def decoded(raw: bytes) -> str:
    """Return ``raw`` as text; bytes that are not UTF-8 become lone surrogates and come back unchanged."""
    return raw.decode("utf-8", "surrogateescape")


def printable(text: bytes | str) -> str:
    r"""Return ``text`` on one line with everything that is not printable written as an escape.

    Control characters (C0 and C1), line and paragraph separators, bidirectional overrides and lone surrogates
    become ``\n``, ``\x1b``, ``\u202e`` and the like; a byte that is not UTF-8 becomes ``\xff``.
    """
    if isinstance(text, bytes):
        text = decoded(text)
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return "\\\\" if character == "\\" else character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
