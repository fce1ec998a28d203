"""/proc/buddyinfo: how many free blocks of each order a zone has.

Sources: proc_buddyinfo(5), frag_show_print() in mm/vmstat.c.  A block of order k is 2^k contiguous pages, aligned.
Only populated zones have a row.  The counts are taken without a lock.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_ROW = re.compile(rb"Node +([0-9]{1,9}), +zone +([^\s\0]{1,32})[ \t]+([0-9][0-9 \t\r]*)")
# MAX_PAGE_ORDER is 10 by default, 8 to 17 by architecture and configuration; 2^63 pages fit into no machine.
_ORDERS_LIMIT = 64
_DIGITS_LIMIT = 20


class FreeBlocks(NamedTuple):
    """The free blocks of one zone."""

    node: int
    zone: str
    """DMA, DMA32, Normal, HighMem, Movable or Device."""
    counts: tuple[int, ...]
    """By order, from 0 on; how many orders there are depends on the kernel (NR_PAGE_ORDERS)."""

    @property
    def free_pages(self) -> int:
        """All pages in the blocks; pages in the lists of CPUs (pagesets) are in none."""
        return sum(count << order for order, count in enumerate(self.counts))


def parse_buddyinfo(text: bytes) -> tuple[FreeBlocks, ...]:
    """Return the zones in the order of the file.

    The number of columns is what the file has, never taken to be 11.  ParseError where a line is no zone's or has
    more or fewer columns than the others, and where the last line lacks its newline: its last count may be cut off.
    """
    if not text.rstrip(b"\0").endswith(b"\n"):
        raise ParseError("does not end with a whole line", text=text[-80:])
    rows = tuple(_row(line) for line in text.strip(b" \t\r\n\0").split(b"\n"))
    if len({len(row.counts) for row in rows}) > 1:
        raise ParseError("zones with different numbers of orders", text=text[:80])
    return rows


def _row(line: bytes) -> FreeBlocks:
    match = _ROW.fullmatch(line)
    if match is None:
        raise ParseError("not a line such as “Node 0, zone Normal 3 1 4”", text=line[:80])
    node, zone, columns = match.groups()
    return FreeBlocks(int(node), decoded(zone), counts_of(columns.split()))


def counts_of(columns: list[bytes]) -> tuple[int, ...]:
    """Return the counts by order that columns of digits hold."""
    if len(columns) > _ORDERS_LIMIT:
        raise ParseError(f"more than {_ORDERS_LIMIT} orders")
    if any(len(column) > _DIGITS_LIMIT for column in columns):
        raise ParseError(f"a count of more than {_DIGITS_LIMIT} digits")
    return tuple(map(int, columns))
