"""Reads what a NUMA node's memory is like: huge pages, HMAT access classes, memory-side caches, tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.topology import Access, HugePages, MemoryCache
from bedplate.parse.sysfs_number import parse_count
from bedplate.values.idset import NUMBER_LIMIT, NodeSet
from bedplate.values.sizes import KIB, parse_kib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.host.attributes import Attributes
    from bedplate.parse.node_meminfo import NodeMeminfo

_TIERS = "/sys/devices/virtual/memory_tiering"
_MEMINFO = "/proc/meminfo"
# How many numbered folders of one sort a node may have here; 5 huge page sizes and 2 access classes are the most seen.
_FOLDERS_LIMIT = 64


def read_hugepages(files: Attributes, node: str, meminfo: NodeMeminfo | None) -> tuple[HugePages, ...]:
    """Return the huge page pools of a node's folder, by size.

    Kernels before 2.6.33 have no such folders; their meminfo has the pages of the one size that they know.
    """
    folder = f"{node}/hugepages"
    sizes = [
        int(name[len("hugepages-") : -len("kB")])
        for name in files.root.names(folder)
        if name.startswith("hugepages-") and name.endswith("kB") and name[10:-2].isascii() and name[10:-2].isdecimal()
        if len(name) < 32
    ]
    if not sizes:
        return _hugepages_of_meminfo(files, meminfo)
    return tuple(_pool(files, f"{folder}/hugepages-{kib}kB", kib * KIB) for kib in sorted(set(sizes))[:_FOLDERS_LIMIT])


def _pool(files: Attributes, folder: str, size_bytes: int) -> HugePages:
    total = files.value(f"{folder}/nr_hugepages", parse_count)
    free = files.value(f"{folder}/free_hugepages", parse_count)
    if total is not None and free is not None and free > total:
        files.note(f"{folder}/free_hugepages", f"reads {free}, and nr_hugepages {total}: more are free than there are")
    return HugePages(
        size_bytes,
        total=total,
        free=free,
        surplus=files.value(f"{folder}/surplus_hugepages", parse_count),
    )


def _hugepages_of_meminfo(files: Attributes, meminfo: NodeMeminfo | None) -> tuple[HugePages, ...]:
    counts = meminfo.counts if meminfo is not None else dict[str, int]()
    if "HugePages_Total" not in counts:
        return ()
    size = files.value(_MEMINFO, _default_size)
    if size is None:
        return ()
    return (HugePages(size, counts["HugePages_Total"], counts.get("HugePages_Free"), counts.get("HugePages_Surp")),)


def _default_size(text: bytes) -> int | None:
    """Return the bytes of ``Hugepagesize`` in /proc/meminfo, None where the kernel has no huge pages."""
    for line in text.splitlines():
        if line.startswith(b"Hugepagesize:"):
            return parse_kib(line.removeprefix(b"Hugepagesize:"))
    return None


def read_accesses(files: Attributes, node: str) -> tuple[Access, ...]:
    """Return how the initiators of each HMAT access class reach a node's memory (since 5.2)."""
    return tuple(_access(files, node, number) for number in files.root.numbered(node, "access")[:_FOLDERS_LIMIT])


def _access(files: Attributes, node: str, number: int) -> Access:
    folder = f"{node}/access{number}/initiators"
    initiators = (one for one in files.root.numbered(folder, "node") if one < NUMBER_LIMIT)
    return Access(
        number,
        NodeSet(initiators),
        read_latency_ns=files.value(f"{folder}/read_latency", parse_count) or None,
        write_latency_ns=files.value(f"{folder}/write_latency", parse_count) or None,
        read_bandwidth_mib_s=files.value(f"{folder}/read_bandwidth", parse_count) or None,
        write_bandwidth_mib_s=files.value(f"{folder}/write_bandwidth", parse_count) or None,
    )


def read_memory_caches(files: Attributes, node: str) -> tuple[MemoryCache, ...]:
    """Return the memory-side caches of a node, whose index is their level (since 5.2); their size is in bytes."""
    folder = f"{node}/memory_side_cache"
    return tuple(
        MemoryCache(
            level,
            size_bytes=files.value(f"{folder}/index{level}/size", parse_count) or None,
            line_size_bytes=files.value(f"{folder}/index{level}/line_size", parse_count) or None,
        )
        for level in files.root.numbered(folder, "index")[:_FOLDERS_LIMIT]
    )


def read_tiers(files: Attributes) -> Mapping[int, int]:
    """Return the memory tier of each node that has one (since 6.1); a lower number is a faster tier.

    Source: Documentation/ABI/testing/sysfs-kernel-mm-memory-tiers.
    """
    tiers: dict[int, int] = {}
    for tier in files.root.numbered(_TIERS, "memory_tier")[:_FOLDERS_LIMIT]:
        folder = f"{_TIERS}/memory_tier{tier}"
        # Called "nodes" when it was new.
        nodes = files.value(f"{folder}/nodelist", NodeSet.from_list)
        if nodes is None:
            nodes = files.value(f"{folder}/nodes", NodeSet.from_list)
        for node in nodes or ():
            if tiers.setdefault(node, tier) != tier:
                files.note(f"{folder}/nodelist", f"node {node} is in tier {tiers[node]} too")
    return tiers
