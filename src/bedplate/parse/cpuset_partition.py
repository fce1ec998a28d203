"""cpuset.cpus.partition of cgroup v2: what a cpuset was asked to be, and whether the kernel could make it so.

A write succeeds where the partition cannot be: the file then reads ``root invalid (reason)``, and a partition that was
valid turns invalid later when its parent or the CPUs change.  Sources: Documentation/admin-guide/cgroup-v2.rst
("cpuset.cpus.partition"), perr_strings in kernel/cgroup/cpuset.c.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_AROUND = b" \t\r\n\0"
# Kernels before 6.1 print no reason.
_PARTITION = re.compile(rb"([a-z]{1,32})( invalid(?: \(([^\n\0]{1,200})\))?)?")


class Partition(NamedTuple):
    """The state of a cpuset as a partition."""

    kind: str
    """``member`` (none), ``root`` (a partition with its own load balancing) or ``isolated`` (with none)."""
    valid: bool
    """Whether it is what it was asked to be; a member always is."""
    reason: str | None
    """The kernel's words for why it is not valid, such as ``Cpu list in cpuset.cpus not exclusive``."""


def parse_partition(text: bytes) -> Partition:
    """Return the state; ParseError where the text is of another form."""
    match = _PARTITION.fullmatch(text.strip(_AROUND))
    if match is None:
        raise ParseError("not the state of a partition", text=text[:80])
    kind, invalid, reason = match.groups()
    return Partition(decoded(kind), invalid is None, None if reason is None else decoded(reason))


def render_partition(partition: Partition) -> bytes:
    """Return what the kernel writes."""
    reason = "" if partition.reason is None else f" ({partition.reason})"
    text = f"{partition.kind}{'' if partition.valid else f' invalid{reason}'}\n"
    return text.encode("utf-8", "surrogateescape")
