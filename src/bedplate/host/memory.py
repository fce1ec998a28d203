"""Reads the memory of a host from /proc/{meminfo,zoneinfo,buddyinfo,swaps} and /sys/kernel/mm.

/proc/pagetypeinfo is left alone: the kernel counts for it with interrupts off, which a host that must not jitter
should be spared.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedplate.facts.memory import Ksm, Memory, ThpSize, TransparentHugePages, Zone
from bedplate.parse.buddyinfo import parse_buddyinfo
from bedplate.parse.meminfo import parse_meminfo
from bedplate.parse.pci import parse_choice, parse_switch
from bedplate.parse.swaps import parse_swaps
from bedplate.parse.sysfs_number import parse_number
from bedplate.parse.zoneinfo import parse_zoneinfo
from bedplate.values.reading import Present, value_of
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.host.root import Root
    from bedplate.parse import zoneinfo
    from bedplate.values.reading import Reading

_MM = "/sys/kernel/mm"
_THP = f"{_MM}/transparent_hugepage"
_KSM = f"{_MM}/ksm"
_ZSWAP = "/sys/module/zswap/parameters/enabled"
_NO_THP = "no transparent huge pages (CONFIG_TRANSPARENT_HUGEPAGE is off)"
_NO_KSM = "no samepage merging (CONFIG_KSM is off)"
_NO_ZSWAP = "no compressed swap cache (CONFIG_ZSWAP is off)"
# A folder of settings has a few dozen files; one of a hostile capture may have millions.
_FILES_LIMIT = 256
# Each CPU has 100 bytes in each zone of each node.
_ZONEINFO_LIMIT_BYTES = 16 << 20
# Files of the ksm folder that hold words.
_KSM_WORDS = {"run", "advisor_mode"}


def read_memory(root: Root) -> Memory:
    """Return the memory of the root's host; a file that is missing or malformed leaves the rest as it is."""
    free_blocks = root.reading("/proc/buddyinfo", parse_buddyinfo)
    info = root.reading("/proc/zoneinfo", partial(parse_zoneinfo, pagesets=False), limit=_ZONEINFO_LIMIT_BYTES)
    zones: Reading[tuple[Zone, ...]]
    if isinstance(info, Present):
        blocks = {(row.node, row.zone): row.counts for row in value_of(free_blocks) or ()}
        rows = (_zone(zone, blocks.get((zone.node, zone.name))) for zone in info.value.zones)
        zones = Present(tuple(rows), info.source)
    else:
        zones = info
    return Memory(
        meminfo=root.reading("/proc/meminfo", parse_meminfo),
        zones=zones,
        free_blocks=free_blocks,
        swaps=root.reading("/proc/swaps", parse_swaps, absent="no swap (CONFIG_SWAP is off)"),
        zswap=root.reading(_ZSWAP, parse_switch, absent=_NO_ZSWAP),
        thp=_thp(root),
        ksm=_ksm(root),
        unknown=info.value.unknown if isinstance(info, Present) else (),
    )


def _zone(zone: zoneinfo.Zone, free_blocks: tuple[int, ...] | None) -> Zone:
    pages, others = zone.pages, zone.attributes
    return Zone(
        node=zone.node,
        name=zone.name,
        free=pages.get("free"),
        min=pages.get("min"),
        low=pages.get("low"),
        high=pages.get("high"),
        boost=pages.get("boost"),
        spanned=pages.get("spanned"),
        present=pages.get("present"),
        managed=pages.get("managed"),
        cma=pages.get("cma"),
        free_cma=zone.stats.get("nr_free_cma"),
        highatomic=others.get("free_highatomic", others.get("reserved_highatomic")),
        protection=zone.protection,
        start_pfn=others.get("start_pfn"),
        free_blocks=free_blocks,
    )


def _thp(root: Root) -> TransparentHugePages:
    choice = partial(root.reading, parse=parse_choice, absent=_NO_THP)
    sizes = sorted(
        int(name[len("hugepages-") : -len("kB")])
        for name in root.names(_THP)[:_FILES_LIMIT]
        if name.startswith("hugepages-") and name.endswith("kB") and name[10:-2].isdecimal() and name.isascii()
        if len(name) < 32
    )
    return TransparentHugePages(
        enabled=choice(f"{_THP}/enabled"),
        defrag=choice(f"{_THP}/defrag"),
        shmem_enabled=choice(f"{_THP}/shmem_enabled"),
        use_zero_page=root.reading(f"{_THP}/use_zero_page", parse_number, absent=_NO_THP),
        pmd_size_bytes=root.reading(f"{_THP}/hpage_pmd_size", parse_number, absent=_NO_THP),
        sizes=tuple(_thp_size(root, kib) for kib in sizes),
        khugepaged=_numbers(root, f"{_THP}/khugepaged"),
    )


def _thp_size(root: Root, kib: int) -> ThpSize:
    folder = f"{_THP}/hugepages-{kib}kB"
    return ThpSize(
        kib * KIB,
        root.reading(f"{folder}/enabled", parse_choice),
        root.reading(f"{folder}/shmem_enabled", parse_choice, absent="this size is not for shared memory"),
    )


def _ksm(root: Root) -> Ksm:
    return Ksm(
        root.reading(f"{_KSM}/run", parse_number, absent=_NO_KSM),
        _numbers(root, _KSM, without=_KSM_WORDS),
    )


def _numbers(root: Root, folder: str, without: set[str] | None = None) -> Mapping[str, Reading[int]]:
    """Return what the files of a folder hold, each one number."""
    names = [name for name in root.names(folder)[:_FILES_LIMIT] if name not in (without or ())]
    return {name: root.reading(f"{folder}/{name}", parse_number) for name in names}
