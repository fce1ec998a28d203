"""Columns of text that line up, for plain output of whatever a host holds."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from bedplate.values.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "


def columns(rows: Sequence[Sequence[str]], align: str) -> Iterator[str]:
    """Yield a line for each row, its cells aligned as ``align`` says of each column: ``<`` left or ``>`` right.

    Every row has as many cells as ``align`` has signs.  What is not printable in a cell is escaped.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            cell.rjust(width) if sign == ">" else cell.ljust(width)
            for cell, width, sign in zip(row, widths, align, strict=True)
        )
        yield GAP.join(padded).rstrip()


def folded(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Return rows of which the last cell, a list of numbers, is continued below where it is longer than ``width``.

    It is broken behind commas; the other cells of a continuing row are empty.
    """
    continued: list[list[str]] = []
    for *cells, last in rows:
        for at, piece in enumerate(_pieces(last, width)):
            continued.append([*(cell if at == 0 else "" for cell in cells), piece])
    return continued


def _pieces(text: str, width: int) -> list[str]:
    pieces = [""]
    for number in text.split(","):
        if pieces[-1] and len(pieces[-1]) + len(number) >= width:
            pieces.append("")
        pieces[-1] += f"{number},"
    return [*pieces[:-1], pieces[-1].removesuffix(",")]


def wrapped(words: Sequence[str], width: int) -> list[str]:
    """Return lines of at most ``width`` characters (more where one word is longer) with all the words in order."""
    return textwrap.wrap(" ".join(map(printable, words)), width, break_long_words=False, break_on_hyphens=False)
