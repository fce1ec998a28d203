"""Reading[T]: what came of looking at one place, with the place.

A reading is one of ``Present`` (a value), ``Absent`` (nothing there, and why), ``Denied`` (there, but not for us)
and ``Malformed`` (there, but not understood).  Absence is never 0, -1, "" or None.
"""

from __future__ import annotations

import errno as errno_names
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

# So much of a text that was not understood is shown.
_SHOWN_LIMIT = 60

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Source(NamedTuple):
    """Where a reading comes from."""

    path: str
    """The file's path below its root, such as /sys/devices/system/cpu/isolated; of several, the first."""
    span: tuple[int, int] | None = None
    """The first byte and the one behind the last, where the value is a part of the file."""
    raw: bytes | None = None
    """The text as it was read, where it was asked for."""
    namespace: str | None = None
    """The namespace that the value belongs to, such as net:[4026531840], where it belongs to one."""


@dataclass(frozen=True, slots=True)
class Present(Generic[T_co]):
    """A value that was read."""

    value: T_co
    source: Source


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is there; ``reason`` says why, where it can be known."""

    source: Source
    reason: str
    certain: bool = True
    """False where a partial capture lacks the file: the host that it was recorded on may well have it."""


@dataclass(frozen=True, slots=True)
class Denied:
    """It is there, but may not be read; ``needs`` names the capability or the permission that would help."""

    source: Source
    errno: int
    needs: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """It was read and not understood: ``text`` is what was there, ``error`` what is wrong with it."""

    source: Source
    text: bytes
    error: str
    part: bytes | str | None = None
    """The part of ``text`` that is wrong, where it is known."""

    @property
    def found(self) -> str:
        """The text that is wrong, or its beginning; empty where nothing could be read.  Not yet escaped."""
        return shown_text(self.text if self.part is None else self.part)


Missing: TypeAlias = Absent | Denied | Malformed
Reading: TypeAlias = Present[T] | Missing


def value_of(reading: Reading[T]) -> T | None:
    """Return the value of a reading, None for every kind that has none."""
    return reading.value if isinstance(reading, Present) else None


def why_missing(reading: Missing) -> str:
    """Return one sentence part that says why there is no value, such as ``/proc/x: permission denied (EACCES)``."""
    return f"{reading.source.path}: {why_all([reading])}"


def fault_of(reading: Missing) -> str:
    """Return why there is no value, without the path and the text: what the files of many devices share."""
    match reading:
        case Absent():
            return reading.reason
        case Denied():
            return f"permission denied ({errno_name(reading.errno)}), needs {reading.needs}"
        case Malformed():
            return reading.error


def why_all(alike: Sequence[Missing]) -> str:
    """Return the fault that readings share, with the text that was not understood where that is one text."""
    texts = {reading.found if isinstance(reading, Malformed) else "" for reading in alike}
    return fault_of(alike[0]) + (quoted(texts.pop()) if len(texts) == 1 else "")


def shown_text(text: bytes | str) -> str:
    """Return the beginning of a text, decoded and without the white space around it; it is not yet escaped."""
    start = text[: 8 * _SHOWN_LIMIT]
    stripped = (decoded(start) if isinstance(start, bytes) else start).strip("\n\0 ")
    return stripped if len(stripped) <= _SHOWN_LIMIT else f"{stripped[:_SHOWN_LIMIT]}…"


def quoted(found: str) -> str:
    """Return what comes behind a message that is about a text: nothing where that is empty."""
    return f": “{found}”" if found else ""


def errno_name(number: int) -> str:
    """Return the C name of an errno, such as ENOENT."""
    return errno_names.errorcode.get(number, f"errno {number}")
