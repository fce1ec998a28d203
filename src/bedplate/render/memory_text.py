"""The memory as text: totals, commit limit, zones, what blocks can be had, swap, transparent huge pages, KSM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.commit import commit_of
from bedplate.facts.fragmentation import unusable_free_index
from bedplate.render.memory_json import blocks_of
from bedplate.render.missing import missing_of, missing_texts
from bedplate.render.section import PROBLEM, section
from bedplate.render.sizes import rounded
from bedplate.render.table import columns
from bedplate.values.escape import decoded, printable
from bedplate.values.reading import Present, value_of
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.commit import Commit
    from bedplate.facts.memory import Meminfo, Memory, SwapArea, TransparentHugePages, Zone
    from bedplate.facts.sysctls import Sysctls
    from bedplate.render.line import Line
    from bedplate.values.constants import HostConstants

_TOTALS = ("MemTotal", "MemFree", "MemAvailable", "Cached", "Shmem", "Slab", "AnonPages", "Hugetlb", "Percpu")
_SHOWN_LINES = 5


def memory_text(memory: Memory, sysctls: Sysctls, constants: HostConstants, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines; with ``verbose`` every size of /proc/meminfo, and zones without memory too."""
    commit = commit_of(memory, sysctls)
    zones = value_of(memory.zones) or ()
    yield from section("Memory", _totals(value_of(memory.meminfo), verbose))
    yield from section("Commit limit", _commit(commit.value) if isinstance(commit, Present) else [])
    yield from section("Zones, in pages", _zones([zone for zone in zones if verbose or zone.present != 0]))
    yield from section("Part of free memory in blocks too small, by order, in percent", _unusable(zones))
    yield from section(
        "Blocks that movable memory, such as huge pages, could have", _blocks(zones, constants.page_size_bytes)
    )
    yield from section("Swap", _swap(value_of(memory.swaps), value_of(memory.zswap)))
    yield from section("Transparent huge pages", _thp(memory.thp))
    yield from section("Samepage merging", _ksm(value_of(memory.ksm.run)))
    readings = (memory.meminfo, commit, memory.zones, memory.free_blocks, memory.swaps)
    unread = list(missing_texts(missing_of(readings)))
    odd = [f"a line of /proc/zoneinfo that is not understood: {one}" for one in memory.unknown[:_SHOWN_LINES]]
    yield from section("Not known", [printable(one) for one in (*unread, *odd)], PROBLEM)


def _totals(meminfo: Meminfo | None, verbose: bool) -> Iterator[str]:
    sizes = dict[str, int]() if meminfo is None else meminfo.sizes
    names = sizes if verbose else [name for name in _TOTALS if name in sizes]
    return columns([[name, rounded(sizes[name])] for name in names], "<>") if names else iter(())


def _commit(commit: Commit) -> Iterator[str]:
    how = f"{commit.ratio} % of memory" if commit.kbytes is None else "vm.overcommit_kbytes"
    holds = "it holds" if commit.enforced else f"it does not hold: vm.overcommit_memory is {commit.mode}"
    yield f"limit {rounded(commit.limit_bytes)}, {how} without huge pages and all of swap; {holds}"
    left = f"{rounded(commit.left_bytes)} left" if commit.left_bytes >= 0 else f"{rounded(-commit.left_bytes)} too much"
    yield f"promised {rounded(commit.committed_bytes)}, {left}"


def _zones(zones: Sequence[Zone]) -> Iterator[str]:
    heading = ["node", "zone", "free", "min", "low", "high", "managed", "present"]
    rows = [[str(zone.node), zone.name, *map(_number, _counts(zone))] for zone in zones]
    return columns([heading, *rows], "<<>>>>>>") if rows else iter(())


def _counts(zone: Zone) -> tuple[int | None, ...]:
    return zone.free, zone.min, zone.low, zone.high, zone.managed, zone.present


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _unusable(zones: Sequence[Zone]) -> Iterator[str]:
    told = [(zone, zone.free_blocks) for zone in zones if zone.free_blocks]
    if not told:
        return iter(())
    orders = max(len(counts) for _, counts in told)
    rows = [
        [str(zone.node), zone.name, *(str(unusable_free_index(counts, order) // 10) for order in range(orders))]
        for zone, counts in told
    ]
    return columns([["node", "zone", *map(str, range(orders))], *rows], "<<" + ">" * orders)


def _blocks(zones: Sequence[Zone], page_size: int | None) -> Iterator[str]:
    rows = [
        [
            str(node),
            str(order),
            "?" if page_size is None else format_size(page_size << order),
            *map(str, (blocks.now, blocks.compacted, blocks.most)),
        ]
        for node, order, movable, blocks in blocks_of(zones)
        if movable
    ]
    heading = ["node", "order", "size", "now", "after compaction, at most", "ever, at most"]
    return columns([heading, *rows], "<>>>>>") if rows else iter(())


def _swap(swaps: Sequence[SwapArea] | None, zswap: bool | None) -> Iterator[str]:
    if swaps is None:
        return
    if swaps:
        heading = ["device or file", "type", "size", "used", "priority"]
        yield from columns([heading, *map(_area, swaps)], "<<>>>")
    else:
        yield "none"
    if zswap:
        yield "compressed in memory on its way (zswap)"


def _area(area: SwapArea) -> list[str]:
    sizes = (rounded(area.size_bytes), rounded(area.used_bytes))
    return [decoded(area.filename), area.type, *sizes, str(area.priority)]


def _thp(thp: TransparentHugePages) -> Iterator[str]:
    parts = [("enabled", thp.enabled), ("defrag", thp.defrag), ("shared memory", thp.shmem_enabled)]
    told = [f"{name} {printable(reading.value)}" for name, reading in parts if isinstance(reading, Present)]
    if told:
        yield ", ".join(told)
    for size in thp.sizes:
        enabled = value_of(size.enabled)
        if enabled not in (None, "never"):
            yield f"{format_size(size.size_bytes)}: {printable(enabled or '')}"


def _ksm(run: int | None) -> Iterator[str]:
    states = {0: "stopped", 1: "running", 2: "stopped, and everything unmerged"}
    if run is not None:
        yield states.get(run, f"run is {run}")
