from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.table import columns, folded, wrapped


def test_columns_line_up_and_nothing_acts_on_a_terminal() -> None:
    rows = [["node", "size"], ["0", "1024"], ["\x1b[m", "8"]]
    assert list(columns(rows, "<>")) == ["node    size", "0       1024", "\\x1b[m     8"]
    assert list(columns([], "<")) == []


def test_a_long_list_goes_on_below() -> None:
    rows = [["0", "0,2,4,6,8,10"], ["1", "1"], ["2", ""]]
    assert folded(rows, 7) == [["0", "0,2,4,"], ["", "6,8,10"], ["1", "1"], ["2", ""]]


@given(st.lists(st.integers(0, 9999), min_size=1), st.integers(5, 40))
def test_folding_loses_nothing(numbers: list[int], width: int) -> None:
    text = ",".join(map(str, numbers))
    pieces = [row[-1] for row in folded([["x", text]], width)]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= width


@given(st.lists(st.text("0123456789-,", min_size=1, max_size=9)), st.integers(9, 40))
def test_wrapping_loses_nothing(words: list[str], width: int) -> None:
    lines = wrapped(words, width)
    assert " ".join(lines).split() == words
    assert all(len(line) <= width for line in lines)
