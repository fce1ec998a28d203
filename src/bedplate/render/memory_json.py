"""The memory as the JSON document bedplate/memory/1 (docs/schemas/memory-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.commit import commit_of
from bedplate.facts.fragmentation import blocks_available, fragmentation_index, unusable_free_index
from bedplate.render.missing import missing_documents, missing_of
from bedplate.render.values import Json, plain
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bedplate.facts.commit import Commit
    from bedplate.facts.fragmentation import Blocks
    from bedplate.facts.memory import Ksm, Meminfo, Memory, SwapArea, ThpSize, TransparentHugePages, Zone
    from bedplate.facts.sysctls import Sysctls
    from bedplate.values.constants import HostConstants

SCHEMA = "bedplate/memory/1"


def memory_document(memory: Memory, sysctls: Sysctls, constants: HostConstants) -> dict[str, Json]:
    """Return the document: what is not known is null, and ``missing`` says why."""
    commit = commit_of(memory, sysctls)
    zones, swaps = value_of(memory.zones), value_of(memory.swaps)
    page_size = constants.page_size_bytes
    readings = (memory.meminfo, commit, memory.zones, memory.free_blocks, memory.swaps, memory.zswap)
    settings = (memory.thp.enabled, memory.ksm.run)
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "meminfo": _meminfo(value_of(memory.meminfo)),
        "commit": _commit(value_of(commit), page_size),
        "zones": None if zones is None else [_zone(zone) for zone in zones],
        "blocks": [_blocks(*row, page_size) for row in blocks_of(zones or ())],
        "swaps": None if swaps is None else [_swap(area) for area in swaps],
        "zswap": value_of(memory.zswap),
        "thp": _thp(memory.thp),
        "ksm": _ksm(memory.ksm),
        "missing": missing_documents(missing_of((*readings, *settings))),
        "unknown": [plain(line) for line in memory.unknown],
    }


def blocks_of(zones: Sequence[Zone]) -> Iterator[tuple[int, int, bool, Blocks]]:
    """Yield for each node, order and mobility how many blocks there are; nothing of nodes whose zones do not tell."""
    for node in sorted({zone.node for zone in zones}):
        own = [zone for zone in zones if zone.node == node]
        for order in range(max((len(zone.free_blocks or ()) for zone in own), default=0)):
            for movable in (False, True):
                blocks = blocks_available(own, order, movable=movable)
                if blocks is not None:
                    yield node, order, movable, blocks


def _blocks(node: int, order: int, movable: bool, blocks: Blocks, page_size: int | None) -> dict[str, Json]:
    return {
        "node": node,
        "order": order,
        "size_bytes": None if page_size is None else page_size << order,
        "movable": movable,
        "now": blocks.now,
        "after_compaction": blocks.compacted,
        "most": blocks.most,
    }


def _meminfo(meminfo: Meminfo | None) -> Json:
    if meminfo is None:
        return None
    return {"sizes_bytes": plain(meminfo.sizes), "counts": plain(meminfo.counts)}


def _commit(commit: Commit | None, page_size: int | None) -> Json:
    if commit is None:
        return None
    told: dict[str, Json] = {name: plain(value) for name, value in commit._asdict().items()}
    computed = None if page_size is None else commit.computed_bytes(page_size)
    return told | {"enforced": commit.enforced, "left_bytes": commit.left_bytes, "computed_bytes": computed}


def _zone(zone: Zone) -> dict[str, Json]:
    document: dict[str, Json] = {name: plain(value) for name, value in zone._asdict().items()}
    return document | {
        "unusable_free_index": _by_order(zone.free_blocks, unusable_free_index),
        "fragmentation_index": _by_order(zone.free_blocks, fragmentation_index),
    }


def _by_order(counts: tuple[int, ...] | None, index: Callable[[Sequence[int], int], int]) -> Json:
    return None if counts is None else [index(counts, order) for order in range(len(counts))]


def _swap(area: SwapArea) -> dict[str, Json]:
    return {
        "filename": plain(area.filename),
        "type": plain(area.type),
        "size_bytes": area.size_bytes,
        "used_bytes": area.used_bytes,
        "priority": area.priority,
    }


def _thp(thp: TransparentHugePages) -> dict[str, Json]:
    return {
        "enabled": value_of(thp.enabled),
        "defrag": value_of(thp.defrag),
        "shmem_enabled": value_of(thp.shmem_enabled),
        "use_zero_page": value_of(thp.use_zero_page),
        "pmd_size_bytes": value_of(thp.pmd_size_bytes),
        "sizes": [_thp_size(size) for size in thp.sizes],
        "khugepaged": {plain_name(name): value_of(reading) for name, reading in thp.khugepaged.items()},
    }


def _thp_size(size: ThpSize) -> dict[str, Json]:
    return {
        "size_bytes": size.size_bytes,
        "enabled": value_of(size.enabled),
        "shmem_enabled": value_of(size.shmem_enabled),
    }


def _ksm(ksm: Ksm) -> dict[str, Json]:
    values = {plain_name(name): value_of(reading) for name, reading in ksm.values.items()}
    return {"run": value_of(ksm.run), "values": dict(values)}


def plain_name(name: str) -> str:
    """Return a file's name, which in a capture is anybody's, as a key of a document."""
    return str(plain(name))
