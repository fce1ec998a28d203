"""Parses the few fields of /proc/<pid>/stat that a scan of all tasks looks at, in a quarter of the time of all.

See :mod:`bedplate.parse.pid_stat` for the format and for the other fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.decimal import U64_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

_LIMIT_BYTES = 4096
# A NamedTuple's own __new__ is Python code: a tenth of the cost of a row.
_make: Callable[[type[StatRow], tuple[object, ...]], StatRow] = tuple.__new__  # pyright: ignore


class StatRow(NamedTuple):
    """One task in a scan; the fields are those of PidStat.  ``state`` is one byte, ``flags`` the number."""

    pid: int
    comm: bytes
    state: bytes
    ppid: int
    flags: int
    utime: int
    stime: int
    num_threads: int
    rss: int | None
    """Pages; None where the task has no address space."""
    processor: int


def parse_pid_stat_row(raw: bytes) -> StatRow:
    """Return a row; ParseError where the fields that it has are not there (``processor`` is of Linux 2.2.8).

    The other fields are not looked at.
    """
    try:
        head, _, tail = raw[:_LIMIT_BYTES].rpartition(b")")
        # fields[n] is field n + 2 of proc_pid_stat(5), as far as the 39th; what is behind that stays in one piece.
        fields = tail.split(b" ", 38)
        number, opened, comm = head.partition(b" (")
        pid, state, ppid, flags = int(number), fields[1], int(fields[2]), int(fields[7])
        utime, stime, threads, processor = int(fields[12]), int(fields[13]), int(fields[18]), int(fields[37])
        # vsize and startcode are 0 where there is no address space; see PidStat.has_address_space.
        rss = None if fields[21] == b"0" and fields[24] == b"0" else int(fields[22])
        within = 0 <= pid | ppid | flags | utime | stime | threads | processor | (rss or 0) < U64_LIMIT
    except (ValueError, IndexError):
        raise ParseError("not one task: a pid, a name in parentheses and 39 fields at least", text=raw[:400]) from None
    if not (within and opened) or fields[0] or len(state) != 1:
        raise ParseError("not the numbers of a task", text=raw[:400])
    return _make(StatRow, (pid, comm, state, ppid, flags, utime, stime, threads, rss, processor))
