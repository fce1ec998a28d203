"""Line: one line of text output as spans with styles, for plain pipes and coloured terminals alike."""

from __future__ import annotations

from typing import NamedTuple

from bedplate.values.escape import printable


class Span(NamedTuple):
    """A piece of a line; the style is one of rich's, such as ``bold red``, and empty for plain text."""

    text: str
    style: str = ""


class Line(NamedTuple):
    """One line; no span holds a line break or a control character."""

    spans: tuple[Span, ...]

    def plain(self) -> str:
        """Return the line without its styles."""
        return "".join(span.text for span in self.spans)


def line(*parts: str | tuple[str, str]) -> Line:
    """Return a line of texts and (text, style) pairs, with whatever is not printable in them escaped."""
    return Line(
        tuple(Span(printable(part)) if isinstance(part, str) else Span(printable(part[0]), part[1]) for part in parts)
    )
