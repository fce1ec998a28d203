"""Parses /proc/<pid>/autogroup: the group of tasks that the scheduler made of a session.

Sources: proc_sched_autogroup_show_task() of kernel/sched/autogroup.c; sched(7), "The autogroup feature".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError

_LINE = re.compile(rb"/autogroup-([0-9]{1,19}) nice (-?[0-9]{1,2})\n", re.ASCII)


class Autogroup(NamedTuple):
    """One autogroup and its weight among the others."""

    id: int
    nice: int
    """-20 to 19.  Where autogroups are on, the nice value of a task only counts within its own."""


def parse_autogroup(raw: bytes) -> Autogroup | None:
    """Return the autogroup of a task, None where it is in none: the file is empty then.

    A task has one although kernel.sched_autogroup_enabled is 0; it does not act then.
    """
    if not raw:
        return None
    match = _LINE.fullmatch(raw)
    nice = int(match[2]) if match else 0
    if match is None or not -20 <= nice <= 19:
        raise ParseError("not an autogroup", text=raw)
    return Autogroup(int(match[1]), nice)


def render_autogroup(group: Autogroup | None) -> bytes:
    """Return the file that tells of an autogroup; what is written into it to change it is the nice value alone."""
    return b"" if group is None else b"/autogroup-%d nice %d\n" % group
