"""No text of the input acts on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.line import line


@given(st.text(), st.binary())
def test_a_line_is_one_line_of_printable_text(text: str, raw: bytes) -> None:
    shown = line(text, (raw.decode("utf-8", "surrogateescape"), "bold")).plain()
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
