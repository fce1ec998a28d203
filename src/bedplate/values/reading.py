"""Reading[T]: what came of looking at one place, with the place.

A reading is one of ``Present`` (a value), ``Absent`` (nothing there, and why), ``Denied`` (there, but not for us)
and ``Malformed`` (there, but not understood).  Absence is never 0, -1, "" or None.
"""

from __future__ import annotations

import errno as errno_names
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeAlias, TypeVar

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


Missing: TypeAlias = Absent | Denied | Malformed
Reading: TypeAlias = Present[T] | Missing


def value_of(reading: Reading[T]) -> T | None:
    """Return the value of a reading, None for every kind that has none."""
    return reading.value if isinstance(reading, Present) else None


def why_missing(reading: Missing) -> str:
    """Return one sentence part that says why there is no value, such as ``/proc/x: permission denied (EACCES)``."""
    path = reading.source.path
    match reading:
        case Absent():
            return f"{path}: {reading.reason}"
        case Denied():
            return f"{path}: permission denied ({errno_name(reading.errno)}), needs {reading.needs}"
        case Malformed():
            return f"{path}: {reading.error}"


def errno_name(number: int) -> str:
    """Return the C name of an errno, such as ENOENT."""
    return errno_names.errorcode.get(number, f"errno {number}")
