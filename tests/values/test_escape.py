"""Escape: nothing of the input acts on a terminal or forges a line, and what is shown can be turned back."""

from __future__ import annotations

import codecs
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.values.escape import decoded, printable

# Everything that a terminal, a pager or an editor may act on: controls, formats (bidi), separators, surrogates …
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
everything = st.one_of(st.text(), st.text(alphabet=st.characters(codec=None, exclude_categories=())))


def turned_back(shown: str) -> str:
    """Return the text that was shown; bytes that were not UTF-8 as surrogateescape has them."""
    return re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", one_back, shown)


def one_back(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] in "uU" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape[0] == "x" and len(escape) > 1:
        byte = int(escape[1:], 16)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
    return {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[escape]


@given(everything)
def test_what_is_shown_is_inert_and_can_be_turned_back(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not {unicodedata.category(character) for character in shown} & ACTING
    assert turned_back(shown) == text
    shown.encode()  # no lone surrogate is left


@given(st.binary())
def test_bytes_can_be_turned_back(raw: bytes) -> None:
    shown = printable(raw)
    assert shown.isprintable()
    assert turned_back(shown).encode("utf-8", "surrogateescape") == raw
    assert decoded(raw).encode("utf-8", "surrogateescape") == raw


def test_every_character_alone() -> None:
    for code in range(sys.maxunicode + 1):
        shown = printable(chr(code))
        assert shown.isprintable()
        assert shown == chr(code) or shown.startswith("\\")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "plain [bold]text[/] with: 'quotes', <tags> & €, ü, 漢字",
            "plain [bold]text[/] with: 'quotes', <tags> & €, ü, 漢字",
        ),
        ("", ""),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x1b]8;;x\x07", r"\x1b]8;;x\x07"),
        ("\0\x7f", r"\x00\x7f"),
        ("\u0085\u009b31m\u00a0\u00ad", r"\u0085\u009b31m\u00a0\u00ad"),
        ("\u202eabc\u2066\u200b\ufeff", r"\u202eabc\u2066\u200b\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\U000e0041", r"\U000e0041"),
        (b"\xff\x9b31m\xc2\x9b", r"\xff\x9b31m\u009b"),
        (b"\xed\xb2\x80", r"\xed\xb2\x80"),
        ("\udcff\ud800", r"\xff\ud800"),
        (r"C:\x1b", r"C:\\x1b"),
    ],
)
def test_how_it_looks(text: bytes | str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text().filter(lambda text: text.isprintable() and "\\" not in text))
def test_plain_text_is_left_alone(text: str) -> None:
    assert printable(text) is text
    assert printable(text.encode()) == text


@given(everything, everything)
def test_no_two_texts_look_alike(one: str, other: str) -> None:
    assert (printable(one) == printable(other)) == (one == other)


def test_a_terminal_gets_no_escape_from_a_hostile_comm() -> None:
    hostile = b"sh\x1b[2J\x1b]0;owned\x07\n0 failures"
    assert codecs.encode(printable(hostile), "ascii")
    assert "\n" not in printable(hostile)
