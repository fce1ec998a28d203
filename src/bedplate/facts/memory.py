"""The memory of a host: its zones with watermarks and free blocks, swap, transparent huge pages and KSM.

Sources: Documentation/filesystems/proc.rst (meminfo, buddyinfo), zoneinfo_show_print() in mm/vmstat.c,
Documentation/admin-guide/mm/{transhuge,ksm}.rst.  Pages are of the host's page size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.parse.buddyinfo import FreeBlocks
    from bedplate.parse.meminfo import Meminfo as Meminfo
    from bedplate.parse.swaps import SwapArea as SwapArea
    from bedplate.values.reading import Reading


class Zone(NamedTuple):
    """One zone of a node, in pages; None for what the kernel does not tell."""

    node: int
    name: str
    """DMA, DMA32, Normal, HighMem, Movable or Device."""
    free: int | None
    min: int | None
    """The watermark down to which allocations that can wait may go; it includes ``boost``."""
    low: int | None
    """The watermark below which kswapd wakes."""
    high: int | None
    """The watermark that kswapd reclaims up to."""
    boost: int | None
    """What the watermarks were raised by for a while, after fragmentation."""
    spanned: int | None
    present: int | None
    """0 for a zone without memory."""
    managed: int | None
    cma: int | None
    free_cma: int | None
    """Free pages that movable allocations alone may have."""
    highatomic: int | None
    """Pages reserved for atomic allocations of high order; None where the kernel does not print them."""
    protection: tuple[int, ...] | None
    """lowmem_reserve: kept from allocations that could use zone n of this node, by n."""
    start_pfn: int | None
    free_blocks: tuple[int, ...] | None
    """By order; None where /proc/buddyinfo does not tell the zone's."""


class ThpSize(NamedTuple):
    """The settings of one size of transparent huge pages (since 6.8)."""

    size_bytes: int
    enabled: Reading[str]
    """``always``, ``inherit``, ``madvise`` or ``never``."""
    shmem_enabled: Reading[str]


class TransparentHugePages(NamedTuple):
    """Transparent huge pages (/sys/kernel/mm/transparent_hugepage)."""

    enabled: Reading[str]
    """``always``, ``madvise`` or ``never``; absent without CONFIG_TRANSPARENT_HUGEPAGE."""
    defrag: Reading[str]
    """What a fault does where no huge page is free: always, defer, defer+madvise, madvise or never."""
    shmem_enabled: Reading[str]
    use_zero_page: Reading[int]
    pmd_size_bytes: Reading[int]
    sizes: tuple[ThpSize, ...]
    """By size; empty before 6.8."""
    khugepaged: Mapping[str, Reading[int]]
    """The settings and counters of khugepaged, by file name."""


class Ksm(NamedTuple):
    """Kernel samepage merging (/sys/kernel/mm/ksm)."""

    run: Reading[int]
    """0 stopped, 1 running, 2 stopped and everything unmerged."""
    values: Mapping[str, Reading[int]]
    """The other settings and counters that are numbers, by file name: pages_to_scan, pages_sharing …"""


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory of one host."""

    meminfo: Reading[Meminfo]
    zones: Reading[tuple[Zone, ...]]
    """Every zone of every online node, those without memory too."""
    free_blocks: Reading[tuple[FreeBlocks, ...]]
    """/proc/buddyinfo; the zones hold the same, where both files could be read."""
    swaps: Reading[tuple[SwapArea, ...]]
    zswap: Reading[bool]
    """Whether pages are compressed in memory on their way to swap."""
    thp: TransparentHugePages
    ksm: Ksm
    unknown: tuple[str, ...]
    """Lines of /proc/zoneinfo that were not understood."""
