"""node*/numastat: how often memory came from the node that was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE = re.compile(rb"([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]+(\d{1,20})", re.ASCII)
_KNOWN = ("numa_hit", "numa_miss", "numa_foreign", "interleave_hit", "local_node", "other_node")
_LIMIT_BYTES = 1 << 16


class NumaCounters(NamedTuple):
    """Pages allocated since boot, by how the node and the wish went together; None for a line that is not there.

    They are of the node that has the file, count base pages and wrap at 2^64 (2^32 on 32-bit kernels).  A write to
    vm.numa_stat sets them to 0.
    """

    numa_hit: int | None = None
    """Wanted of this node, and had."""
    numa_miss: int | None = None
    """Wanted of another node, and had of this one."""
    numa_foreign: int | None = None
    """Wanted of this node, and had of another one."""
    interleave_hit: int | None = None
    local_node: int | None = None
    """Had by a CPU of this node."""
    other_node: int | None = None
    """Had by a CPU of another node."""
    unknown: Mapping[str, int] = {}
    """Lines of kernels to come."""


def parse_numastat(text: bytes) -> NumaCounters:
    """Return the counters of one node.  Source: Documentation/admin-guide/numastat.rst."""
    if len(text) > _LIMIT_BYTES:
        raise ParseError(f"counters of more than {_LIMIT_BYTES} bytes", text=text)
    found: dict[str, int] = {}
    for line in text.replace(b"\0", b"").splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ParseError("not a name and a count", text=line)
        name, count = match[1].decode("ascii"), int(match[2])
        if name in found:
            raise ParseError("a counter is there twice", field=name, text=line)
        if count >= 1 << 64:
            raise ParseError("a count of 2^64 or more", field=name, text=line)
        found[name] = count
    if not any(name in found for name in _KNOWN):
        raise ParseError("no counter of NUMA allocations", text=text)
    known = {name: found.pop(name) for name in _KNOWN if name in found}
    return NumaCounters(**known, unknown=found)
