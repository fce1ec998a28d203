"""Text that is safe to show: no byte of the input may act on a terminal or forge a line of a report."""

from __future__ import annotations


def decoded(raw: bytes) -> str:
    """Return ``raw`` as text; bytes that are not UTF-8 become lone surrogates and come back unchanged."""
    return raw.decode("utf-8", "surrogateescape")


def printable(text: bytes | str) -> str:
    r"""Return ``text`` on one line with everything that is not printable written as an escape.

    Control characters (C0 and C1), line and paragraph separators, bidirectional overrides and lone surrogates
    become ``\n``, ``\x1b``, ``\u0085``, ``\u202e`` and the like, a backslash becomes two, and a byte that is not
    UTF-8 ``\xff``.  No two texts look alike: ``\x80`` to ``\xff`` are always such bytes, and what is shown can be
    turned back.  Text of printable characters comes back as it is; that is not so of what was escaped before.
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
    if 0x80 <= code <= 0xFF:  # as \xNN it would look like a byte that is not UTF-8
        return f"\\u{code:04x}"
    return character.encode("unicode_escape").decode("ascii")
