"""How fragmented free memory is, and whether blocks of an order can be had: pure arithmetic over zones.

Sources: fill_contig_page_info(), unusable_free_index() and __fragmentation_index() in mm/vmstat.c (debugfs extfrag),
__zone_watermark_ok() and lowmem_reserve in mm/page_alloc.c.  Everything is of the moment of the reading: on a host
that runs, another may take the block a microsecond later.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bedplate.facts.memory import Zone

# Where memory that cannot be moved may not come from, and where none comes from that asks for ordinary memory.
_MOVABLE = "Movable"
_DEVICE = "Device"


class Availability(StrEnum):
    """When blocks can be had."""

    NOW = "now"
    """Free blocks of the order are there, above the watermarks."""
    AFTER_COMPACTION = "after compaction"
    """Enough memory is free, but scattered: if what lies between can be moved, the kernel can gather it."""
    IN_USE = "when memory is freed"
    """The zones are large enough, and less than that is free."""
    NEVER = "never"
    """The zones do not hold as much, or the kernel makes no blocks of this order."""


class Blocks(NamedTuple):
    """How many blocks of an order can be had, and when as many as were asked for."""

    availability: Availability
    now: int
    """At once, down to the min watermarks."""
    compacted: int
    """At most, after compaction: what is free above the watermarks; unmovable pages in between make it fewer."""
    most: int
    """At most, ever: what the zones manage."""
    reason: str
    """One sentence part that says why, with the numbers."""


def unusable_free_index(counts: Sequence[int], order: int) -> int:
    """Return, in thousandths, the part of free memory that is in blocks too small for ``order``.

    1000 where no memory is free.  The same as debugfs extfrag/unusable_index shows.
    """
    free = _pages(counts)
    return 1000 if free == 0 else (free - (_suitable(counts, order) << order)) * 1000 // free


def fragmentation_index(counts: Sequence[int], order: int) -> int:
    """Return, in thousandths, why an allocation of ``order`` would fail; -1000 where it would not.

    Towards 0: for lack of memory; towards 1000: for fragmentation.  The kernel compacts rather than reclaims where it
    is above vm.extfrag_threshold.  The same as debugfs extfrag/extfrag_index shows, with its rounding, by which a
    single block can come out below 0.
    """
    blocks = sum(counts)
    if blocks == 0:
        return 0
    if _suitable(counts, order):
        return -1000
    return 1000 - (1000 + _pages(counts) * 1000 // (1 << order)) // blocks


def order_of(size_bytes: int, page_size_bytes: int) -> int:
    """Return the smallest order whose blocks hold ``size_bytes``."""
    return (max(-(-size_bytes // page_size_bytes), 1) - 1).bit_length()


def blocks_available(zones: Iterable[Zone], order: int, count: int = 1, *, movable: bool = False) -> Blocks | None:
    """Return whether ``count`` blocks of an order could be had from these zones (those of one node, or of all).

    ``movable`` blocks, such as most huge pages, may also come from the zone Movable and from CMA.  None where the
    zones' free blocks or watermarks are not known.
    """
    rows = list(zones)
    usable = [row for node in {zone.node for zone in rows} for row in _usable(rows, node, movable)]
    counts = [zone.free_blocks for zone, _ in usable]
    if not counts or any(one is None for one in counts):
        return None
    orders = max(len(one) for one in counts if one is not None)
    if order >= orders:
        return Blocks(Availability.NEVER, 0, 0, 0, f"the largest blocks of this kernel are of order {orders - 1}")
    now = compacted = most = 0
    for zone, highest in usable:
        if zone.free is None or zone.min is None or zone.managed is None:
            return None
        spare = max(zone.free - _kept_back(zone, highest, movable), 0) >> order
        now += min(spare, _suitable(zone.free_blocks or (), order))
        compacted += spare
        most += zone.managed >> order
    return _answer(count, now, compacted, most)


def _usable(zones: list[Zone], node: int, movable: bool) -> Iterator[tuple[Zone, int]]:
    """Yield the zones of a node that such an allocation may come from, with the place of the highest of them.

    The kernel tells all zones of a node in the order of their numbers, which is that of ``protection``.
    """
    own = [zone for zone in zones if zone.node == node]
    names = [zone.name for zone in own]
    wanted = (_MOVABLE, "HighMem", "Normal") if movable else ("Normal",)
    highest = next((names.index(name) for name in wanted if name in names), len(names) - 1)
    for zone in own[: highest + 1]:
        if zone.present != 0 and zone.name != _DEVICE and (movable or zone.name != _MOVABLE):
            yield zone, highest


def _answer(count: int, now: int, compacted: int, most: int) -> Blocks:
    if now >= count:
        return Blocks(Availability.NOW, now, compacted, most, f"{now} are free above the watermarks")
    if compacted >= count:
        reason = f"{now} are free, and free pages for {compacted}"
        return Blocks(Availability.AFTER_COMPACTION, now, compacted, most, reason)
    if most >= count:
        reason = f"{now} are free, free pages are for {compacted}, and the zones hold {most}"
        return Blocks(Availability.IN_USE, now, compacted, most, reason)
    return Blocks(Availability.NEVER, now, compacted, most, f"the zones hold {most} at most")


def _kept_back(zone: Zone, highest: int, movable: bool) -> int:
    """Return the free pages that such an allocation leaves in a zone: what __zone_watermark_ok() wants to remain."""
    reserved = zone.protection[highest] if zone.protection and highest < len(zone.protection) else 0
    cma = 0 if movable else zone.free_cma or 0
    return (zone.min or 0) + reserved + (zone.highatomic or 0) + cma


def _pages(counts: Sequence[int]) -> int:
    return sum(count << order for order, count in enumerate(counts))


def _suitable(counts: Sequence[int], order: int) -> int:
    """Return how many blocks of an order are in free blocks of that order and above."""
    return sum(count << (above - order) for above, count in enumerate(counts) if above >= order)
