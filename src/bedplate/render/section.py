"""A title with rows below it, for plain output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.line import Line, Span, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INDENT = "  "
PROBLEM = "bold yellow"


def section(title: str, rows: Iterable[str], style: str = "bold") -> Iterator[Line]:
    """Yield a title and its rows, which are printable already; nothing where there are none."""
    held = list(rows)
    if held:
        yield line((title, style))
        yield from (Line((Span(INDENT + row),)) for row in held)
