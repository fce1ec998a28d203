"""What a profile wants of a number, against the number that is there.

A wish is a number, for the comparison that its rule makes, or a text of numbers and ranges of which one is to fit:
``"0,600.."`` is 0 or at least 600, ``"..60"`` at most 60, ``"10..60"`` both ends included, ``"-1"`` a number.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from bedplate.errors import ParseError
from bedplate.rules.rule import Expected

Op: TypeAlias = Literal["equal", "at-least", "at-most", "bits-within"]
"""What a rule makes of a wish that is one number."""

_WORDS = {"equal": "", "at-least": "at least ", "at-most": "at most ", "bits-within": "no bits but those of "}


def fits(op: str, wish: object, value: int) -> bool:
    """Return whether a value is what is wanted; ParseError where the wish is no number and no text of ranges."""
    if isinstance(wish, str):
        return any((low is None or low <= value) and (high is None or value <= high) for low, high in ranges(wish))
    if not isinstance(wish, int):
        raise ParseError("not a number", field="value", text=str(wish))
    match op:
        case "at-least":
            return value >= wish
        case "at-most":
            return value <= wish
        case "bits-within":
            return value >= 0 and not value & ~wish
        case _:
            return value == wish


def phrase(op: str, wish: object) -> str:
    """Return a wish in words, such as ``at least 5`` or ``0 or at least 600``."""
    if not isinstance(wish, str):
        return f"{_WORDS[op]}{int(wish) if isinstance(wish, bool) else wish}"
    return " or ".join(map(_range_phrase, wish.split(",")))


def expected(op: str, wish: object) -> Expected:
    """Return a wish as a finding holds it."""
    return Expected("one-of" if isinstance(wish, str) else op, wish)


def ranges(text: str) -> list[tuple[int | None, int | None]]:
    """Return the ends of every range of a text, None for an open one; ParseError where it is something else."""
    return [_range(part.strip(), text) for part in text.split(",")]


def _range(part: str, text: str) -> tuple[int | None, int | None]:
    low, dots, high = part.partition("..")
    try:
        if not dots:
            return int(low), int(low)
        return (int(low) if low else None), (int(high) if high else None)
    except ValueError:
        raise ParseError("not numbers and ranges such as 0,600..", field="value", text=text) from None


def _range_phrase(part: str) -> str:
    low, dots, high = part.strip().partition("..")
    if not dots or (low and high):
        return f"{low} to {high}" if dots else low
    return f"at least {low}" if low else f"at most {high}"
