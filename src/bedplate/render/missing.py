"""What could not be read, for the documents and texts of ``show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.values import Json, plain
from bedplate.values.reading import Absent, Denied, Malformed, Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.values.reading import Missing, Reading


def missing_of(readings: Iterable[Reading[object]]) -> list[Missing]:
    """Return the readings without a value, each file once."""
    found: dict[str, Missing] = {}
    for reading in readings:
        if not isinstance(reading, Present):
            found.setdefault(reading.source.path, reading)
    return list(found.values())


def missing_documents(missing: Iterable[Missing]) -> list[Json]:
    """Return them for a document: the file, the kind, and why."""
    return [
        {"path": plain(one.source.path), "state": state_name(one), "reason": plain(why_missing(one))} for one in missing
    ]


def missing_texts(missing: Iterable[Missing]) -> Iterator[str]:
    """Yield a sentence part for each that a person should hear of: what the host lacks by its nature is left out."""
    for one in missing:
        if not (isinstance(one, Absent) and one.certain):
            yield why_missing(one)


def state_name(missing: Missing) -> str:
    """Return ``absent``, ``denied`` or ``malformed``."""
    match missing:
        case Absent():
            return "absent"
        case Denied():
            return "denied"
        case Malformed():
            return "malformed"
