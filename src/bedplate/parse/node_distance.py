"""node*/distance: how far a NUMA node is from each online node."""

from __future__ import annotations

import re

from bedplate.errors import ParseError

# The kernel keeps a distance in 8 bits on x86 and arm64 and in an int elsewhere; 9 digits hold what it can print.
_DISTANCE = re.compile(rb"[0-9]{1,9}")
# MAX_NUMNODES is 1024 at most (CONFIG_NODES_SHIFT=10).
_COLUMNS_LIMIT = 1 << 14


def parse_node_distance(text: bytes) -> tuple[int, ...]:
    """Return the distances in the order of the file: one column for each online node, in the order of their numbers.

    10 is local, 20 twice as far by the firmware's reckoning, 255 unreachable and 0 not known (a kernel without a
    SLIT writes it on ia64).  Columns are never to be indexed by node number: numbers have gaps, columns have none.
    Source: Documentation/ABI/stable/sysfs-devices-node.
    """
    columns = text.strip(b" \t\r\n\0").split(None, _COLUMNS_LIMIT)
    if not columns:
        raise ParseError("no distances", text=text)
    if len(columns) > _COLUMNS_LIMIT:
        raise ParseError(f"more than {_COLUMNS_LIMIT} distances", text=text[:80])
    for column in columns:
        if not _DISTANCE.fullmatch(column):
            raise ParseError("a distance that is not a number of at most 9 digits", text=column[:80])
    return tuple(map(int, columns))
