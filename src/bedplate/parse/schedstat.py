"""Parses /proc/<pid>/schedstat: how long a task ran, and how long it waited to run.

Sources: proc_pid_schedstat() of fs/proc/base.c; Documentation/scheduler/sched-stats.rst.
"""

from __future__ import annotations

from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned


class Schedstat(NamedTuple):
    """Three counters since the task began.

    All are 0 for a task that never ran, and for every task where the kernel does not count (CONFIG_SCHED_INFO is off).
    """

    sum_exec_runtime: int
    """Nanoseconds on a CPU."""
    run_delay: int
    """Nanoseconds spent waiting on a run queue."""
    pcount: int
    """Times that it was put on a CPU."""


def parse_schedstat(raw: bytes) -> Schedstat:
    """Return the counters; columns of later kernels are not told (there are none up to 7.2)."""
    if raw[-1:] != b"\n" or len(raw) > 4096:
        raise ParseError("not one line of three counters", text=raw[:80])
    fields = raw[:-1].split(b" ")
    if len(fields) < 3:
        raise ParseError("fewer than three counters", text=raw)
    run, wait, count = fields[:3]
    return Schedstat(unsigned(run, "sum_exec_runtime"), unsigned(wait, "run_delay"), unsigned(count, "pcount"))
