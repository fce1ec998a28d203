"""node*/meminfo: the memory of one NUMA node, like /proc/meminfo with ``Node n`` before each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.meminfo import sizes_and_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

# "Node 0 MemTotal:       66322432 kB", "Node 0 HugePages_Total:     0", "Node 0 Active(anon):  8 kB"
_LINE = re.compile(rb"Node +([0-9]{1,9}) +([^\s:]{1,64}):[ \t]*([0-9]{1,18})(?:[ \t]+(kB))?[ \t\r]*")
# 60 lines are what 6.18 writes.
_LINES_LIMIT = 1 << 10


class NodeMeminfo(NamedTuple):
    """What node*/meminfo says; keys that this version does not know are kept like all others."""

    node: int
    """The number that every line names."""
    sizes: Mapping[str, int]
    """MemTotal, MemFree, FilePages …: bytes, of the lines that are in kB."""
    counts: Mapping[str, int]
    """HugePages_Total, HugePages_Free, HugePages_Surp: numbers of pages, of the lines without a unit."""


def parse_node_meminfo(text: bytes) -> NodeMeminfo:
    """Return the sizes, in bytes, and the counts of one node; the first of two lines with one key stands.

    Sources: Documentation/ABI/stable/sysfs-devices-node, node_read_meminfo() in drivers/base/node.c.
    """
    lines = [line for line in text.strip(b" \t\r\n\0").split(b"\n", _LINES_LIMIT) if line.strip()]
    if not lines or len(lines) > _LINES_LIMIT:
        raise ParseError(f"not between 1 and {_LINES_LIMIT} lines", text=text[:80])
    matches = [_LINE.fullmatch(line) for line in lines]
    rows = [match.groups(b"") for match in matches if match is not None]
    if len(rows) < len(lines):
        wrong = lines[matches.index(None)]
        raise ParseError("not a line such as “Node 0 MemTotal: 1024 kB”", text=wrong[:80])
    nodes = {int(row[0]) for row in rows}
    if len(nodes) > 1:
        raise ParseError("lines of several nodes", text=text[:80])
    return NodeMeminfo(nodes.pop(), *sizes_and_counts((key, number, unit) for _, key, number, unit in rows))
