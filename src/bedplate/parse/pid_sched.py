"""Parses /proc/<pid>/sched: what the scheduler keeps of a task, for people who debug it.

Sources: proc_sched_show_task() of kernel/sched/debug.c.  The names change with the kernel: ``se.sum_exec_runtime``,
``nr_switches``, ``policy``, ``prio``.  Without CONFIG_SCHED_DEBUG (until Linux 6.14) there is no such file.

The head line holds the task's name as it is, so a name may look like a head.  A line of 67 dashes ends the head, and
no name is as long: what stands behind it is the kernel's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.raw_record import RawRecord, check_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# A line for each of 1,024 nodes.
_LIMIT_BYTES = 1 << 20
_DASHES = b"\n" + b"-" * 60
_HEAD = re.compile(rb"(.*) \(([0-9]{1,10}), #threads: ([0-9]{1,10})\)", re.ASCII | re.DOTALL)
_LINE = re.compile(rb"\n([A-Za-z_][^ \n:]*)[ \t]*:[ \t]*(-?[0-9]{1,19})(?:\.([0-9]{6}))?(?=\n)", re.ASCII)


class PidSched(RawRecord):
    """What the scheduler keeps of one task."""

    __slots__ = ()

    @property
    def comm(self) -> bytes:
        """The task's name: untrusted bytes."""
        return self._head()[1]

    @property
    def pid(self) -> int:
        """The thread's number."""
        return unsigned(self._head()[2], "pid")

    @property
    def threads(self) -> int:
        """How many threads the process has."""
        return unsigned(self._head()[3], "#threads")

    def value(self, name: str) -> int | None:
        """Return a number by the kernel's name for it; None where there is no such line.

        What the kernel writes in milliseconds with six decimals is returned in nanoseconds, which is what it counts.
        It loses the sign of what is between 0 and -1 ms.
        """
        at = self.raw.find(b"\n%b " % name.encode("ascii", "replace"), self._body())
        match = None if at < 0 else _LINE.match(self.raw, at)
        return None if match is None else _number(match[2], match[3])

    def values(self) -> dict[str, int]:
        """Return all numbers by the kernel's names, as :meth:`value` does."""
        return {
            name.decode("latin-1"): _number(whole, part) for name, whole, part in _LINE.findall(self.raw, self._body())
        }

    def other_lines(self) -> Iterator[bytes]:
        """Yield the lines that are not one number: those of NUMA faults, and of later kernels."""
        for line in self.raw[self._body() :].split(b"\n"):
            if line and not _LINE.match(b"\n%b\n" % line):
                yield line

    def _head(self) -> re.Match[bytes]:
        match = _HEAD.fullmatch(self.raw, 0, self.raw.find(_DASHES))
        if match is None:
            raise ParseError("not a name, a number and a count of threads", field="sched", text=self.raw[:200])
        return match

    def _body(self) -> int:
        """Return where the newline behind the dashes is."""
        return self.raw.find(b"\n", self.raw.find(_DASHES) + 1)


def parse_pid_sched(raw: bytes) -> PidSched:
    """Return what the scheduler keeps of a task; what cannot be read raises ParseError when it is asked for."""
    check_lines(raw, _LIMIT_BYTES, "sched")
    if _DASHES not in raw:
        raise ParseError("no line of dashes below a head", field="sched", text=raw[:200])
    return PidSched(raw)


def _number(whole: bytes, part: bytes | None) -> int:
    if not part:
        return int(whole)
    nanoseconds = abs(int(whole)) * 1_000_000 + int(part)
    return -nanoseconds if whole[:1] == b"-" else nanoseconds
