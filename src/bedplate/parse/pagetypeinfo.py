"""/proc/pagetypeinfo: free blocks and page blocks of each zone by their mobility; readable by root alone.

Sources: pagetypeinfo_show() in mm/vmstat.c, Documentation/filesystems/proc.rst ("buddyinfo", "pagetypeinfo").  The
kernel holds the zone's lock while it counts, so the file is not one to read often.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.buddyinfo import counts_of
from bedplate.values.escape import decoded

_ORDER = re.compile(rb"Page block order:[ \t]*([0-9]{1,2})[ \t\r]*")
_PAGES = re.compile(rb"Pages per block:[ \t]*([0-9]{1,12})[ \t\r]*")
_FREE_HEADING = b"Free pages count per migrate type at order"
_BLOCKS_HEADING = b"Number of blocks type"
_MIXED_HEADING = b"Number of mixed blocks"
_FREE = re.compile(rb"Node +([0-9]{1,9}), zone +([^\s\0,]{1,32}), type +([^\s\0]{1,32})[ \t]+([>0-9][>0-9 \t\r]*)")
_BLOCKS = re.compile(rb"Node +([0-9]{1,9}), zone +([^\s\0,]{1,32})[ \t]+([0-9][0-9 \t\r]*)")


class TypeFreeBlocks(NamedTuple):
    """The free blocks of one mobility in one zone."""

    node: int
    zone: str
    type: str
    """Unmovable, Movable, Reclaimable, HighAtomic, CMA, Isolate."""
    counts: tuple[int, ...]
    """By order, from 0 on."""
    capped: tuple[int, ...]
    """The orders whose count is a lower bound, printed as ``>100000``: since 5.4 the kernel stops counting there."""


class TypePageBlocks(NamedTuple):
    """How many page blocks of a zone are marked for which mobility."""

    node: int
    zone: str
    blocks: dict[str, int]
    """By type."""
    mixed: dict[str, int] | None
    """How many of them hold pages of another type; None without page_owner=on."""


class Pagetypeinfo(NamedTuple):
    """The whole file: the parts that the kernel repeats for each node are put together."""

    page_block_order: int
    pages_per_block: int
    free: tuple[TypeFreeBlocks, ...]
    blocks: tuple[TypePageBlocks, ...]


def parse_pagetypeinfo(text: bytes) -> Pagetypeinfo:
    """Return the free blocks and the page blocks; ParseError where a line is neither, or the last one is cut off."""
    if not text.rstrip(b"\0").endswith(b"\n"):
        raise ParseError("does not end with a whole line", text=text[-80:])
    file = _File()
    for line in text.strip(b" \t\r\n\0").split(b"\n"):
        if line.strip():
            file.take(line)
    if file.order is None or file.pages is None:
        raise ParseError("page block order or pages per block is not told", text=text[:80])
    if len({len(row.counts) for row in file.free}) > 1:
        raise ParseError("zones with different numbers of orders", text=text[:80])
    return Pagetypeinfo(file.order, file.pages, tuple(file.free), tuple(file.blocks.values()))


class _File:
    """What was read up to a line; a heading says what the lines below it are."""

    def __init__(self) -> None:
        self.order: int | None = None
        self.pages: int | None = None
        self.free: list[TypeFreeBlocks] = []
        self.blocks: dict[tuple[int, str], TypePageBlocks] = {}
        self._types: list[str] = []
        self._mixed = False

    def take(self, line: bytes) -> None:
        if row := _FREE.fullmatch(line):
            self.free.append(_free(row))
        elif row := _BLOCKS.fullmatch(line):
            self._take_blocks(row)
        elif line.startswith((_BLOCKS_HEADING, _MIXED_HEADING)):
            self._mixed = line.startswith(_MIXED_HEADING)
            heading = _MIXED_HEADING if self._mixed else _BLOCKS_HEADING
            self._types = [decoded(name) for name in line[len(heading) :].split()]
        elif order := _ORDER.fullmatch(line):
            self.order = int(order[1])
        elif pages := _PAGES.fullmatch(line):
            self.pages = int(pages[1])
        elif not line.startswith(_FREE_HEADING):
            raise ParseError("a line that is no part of pagetypeinfo", text=line[:80])

    def _take_blocks(self, row: re.Match[bytes]) -> None:
        node, zone = int(row[1]), decoded(row[2])
        counts = counts_of(row[3].split())
        if len(counts) != len(self._types):
            raise ParseError("more or fewer columns than types", text=row[0][:80])
        by_type = dict(zip(self._types, counts, strict=True))
        known = self.blocks.get((node, zone))
        if self._mixed and known is None:
            raise ParseError("mixed blocks of a zone without blocks", text=row[0][:80])
        mixed = known is not None and self._mixed
        self.blocks[node, zone] = known._replace(mixed=by_type) if known and mixed else _marked(node, zone, by_type)


def _marked(node: int, zone: str, by_type: dict[str, int]) -> TypePageBlocks:
    return TypePageBlocks(node, zone, by_type, None)


def _free(row: re.Match[bytes]) -> TypeFreeBlocks:
    columns = row[4].split()
    numbers = [column.removeprefix(b">") for column in columns]
    if not all(number.isdigit() for number in numbers):
        raise ParseError("a count that is no number", text=row[0][:80])
    capped = tuple(order for order, column in enumerate(columns) if column.startswith(b">"))
    return TypeFreeBlocks(int(row[1]), decoded(row[2]), decoded(row[3]), counts_of(numbers), capped)
