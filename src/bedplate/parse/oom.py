"""Parses /proc/<pid>/oom_score, oom_score_adj and oom_adj: one number each.

Sources: proc_oom_score(), oom_score_adj_read() and oom_adj_read() of fs/proc/base.c; Documentation/filesystems/proc.rst
sections 3.1 and 3.2; include/uapi/linux/oom.h.
"""

from __future__ import annotations

from bedplate.errors import ParseError
from bedplate.parse.decimal import signed, unsigned

OOM_SCORE_ADJ_MIN = -1000
"""A task with this adjustment is never chosen."""
OOM_SCORE_ADJ_MAX = 1000
OOM_DISABLE = -17
"""What oom_adj reads where oom_score_adj is the least."""
OOM_ADJUST_MAX = 15


def parse_oom_score(raw: bytes) -> int:
    """Return a task's badness: 0 upwards, of memory use in thousandths with the adjustment; has no unit.

    0 also for a task without an address space, and for init and others that the killer never chooses.
    """
    return unsigned(_line(raw, "oom_score"), "oom_score")


def parse_oom_score_adj(raw: bytes) -> int:
    """Return what is added to a task's badness, -1000 to 1000."""
    return signed(_line(raw, "oom_score_adj"), "oom_score_adj", OOM_SCORE_ADJ_MIN, OOM_SCORE_ADJ_MAX + 1)


def parse_oom_adj(raw: bytes) -> int:
    """Return the adjustment on the scale that it had before Linux 2.6.36, -17 to 15; the kernel derives it.

    Kernels that do not clamp what they derive show 16 for an oom_score_adj from 942 to 999.
    """
    return signed(_line(raw, "oom_adj"), "oom_adj", OOM_DISABLE, OOM_ADJUST_MAX + 2)


def oom_adj_of(score_adj: int) -> int:
    """Return the oom_adj that the kernel shows for an oom_score_adj: 17/1000 of it, towards zero, and 15 at most."""
    scaled = abs(score_adj) * -OOM_DISABLE // OOM_SCORE_ADJ_MAX
    return min(scaled, OOM_ADJUST_MAX) if score_adj >= 0 else -scaled


def render_oom_score_adj(score_adj: int) -> bytes:
    """Return the text of an oom_score_adj; ParseError where it is outside of -1000 to 1000."""
    if not OOM_SCORE_ADJ_MIN <= score_adj <= OOM_SCORE_ADJ_MAX:
        raise ParseError("outside of -1000 to 1000", field="oom_score_adj", text=str(score_adj))
    return b"%d\n" % score_adj


def _line(raw: bytes, field: str) -> bytes:
    if raw[-1:] != b"\n":
        raise ParseError("cut off: no newline behind the number", field=field, text=raw[-80:])
    return raw[:-1]
