"""Parses /proc/<pid>/limits: the resource limits of a process.

Sources: proc_pid_limits() of fs/proc/base.c (lnames), getrlimit(2).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, overload

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.raw_record import RawRecord, check_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMIT_BYTES = 1 << 16
_HEAD = b"Limit "
# "%-25s %-20s %-20s %-10s\n": 64 bits have 20 digits at most, so no column ever runs into the next.
_SOFT, _HARD, _UNITS = 26, 47, 68


def _key(name: str) -> bytes:
    return b"\n" + name.encode("ascii", "replace").ljust(_SOFT)


class Unlimited(Enum):
    """What stands for no limit; no number does."""

    UNLIMITED = "unlimited"


UNLIMITED: Final = Unlimited.UNLIMITED
Bound: TypeAlias = int | Unlimited


class Limit(NamedTuple):
    """One limit."""

    name: str
    """The kernel's words, such as ``Max locked memory``."""
    soft: Bound
    hard: Bound
    units: str
    """bytes, seconds, us …; nothing for the two priorities."""


class _Row:
    """One limit by its name; None where the kernel does not have it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._key = _key(name)

    @overload
    def __get__(self, limits: None, owner: object) -> _Row: ...
    @overload
    def __get__(self, limits: Limits, owner: object) -> Limit | None: ...
    def __get__(self, limits: Limits | None, owner: object) -> _Row | Limit | None:
        return self if limits is None else limits.by_key(self._key)


class Limits(RawRecord):
    """The limits of one process, each read when it is asked for."""

    __slots__ = ()

    cpu = _Row("Max cpu time")
    fsize = _Row("Max file size")
    data = _Row("Max data size")
    stack = _Row("Max stack size")
    core = _Row("Max core file size")
    rss = _Row("Max resident set")
    """Without effect since Linux 2.4.30."""
    nproc = _Row("Max processes")
    nofile = _Row("Max open files")
    memlock = _Row("Max locked memory")
    address_space = _Row("Max address space")
    locks = _Row("Max file locks")
    sigpending = _Row("Max pending signals")
    msgqueue = _Row("Max msgqueue size")
    nice = _Row("Max nice priority")
    """20 - n is the lowest nice value that may be set."""
    rtprio = _Row("Max realtime priority")
    rttime = _Row("Max realtime timeout")

    def limit(self, name: str) -> Limit | None:
        """Return a limit by the kernel's words for it; None where there is no such line."""
        return self.by_key(_key(name))

    def by_key(self, key: bytes) -> Limit | None:
        """Return the limit whose line begins with ``key``: a newline, and the name padded to its column."""
        at = self.raw.find(key)
        if at < 0:
            return None
        return _limit(self.raw[at + 1 : self.raw.find(b"\n", at + 1)])

    def __iter__(self) -> Iterator[Limit]:
        return map(_limit, self.raw[:-1].split(b"\n")[1:])


def parse_pid_limits(raw: bytes) -> Limits:
    """Return the limits of a process; a line that cannot be read raises ParseError when it is asked for."""
    check_lines(raw, _LIMIT_BYTES, "limits")
    if not raw.startswith(_HEAD):
        raise ParseError("no head of a table of limits", field="limits", text=raw[:100])
    return Limits(raw)


def _limit(line: bytes) -> Limit:
    name = line[:_SOFT].rstrip().decode("latin-1")
    soft, hard = _bound(line[_SOFT:_HARD].strip(), name), _bound(line[_HARD:_UNITS].strip(), name)
    return Limit(name, soft, hard, line[_UNITS:].strip().decode("latin-1"))


def _bound(text: bytes, name: str) -> Bound:
    return UNLIMITED if text == b"unlimited" else unsigned(text, name)
