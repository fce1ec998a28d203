"""The NUMA nodes as text: CPUs and memory, distances, huge pages, and how HMAT says the memory is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.table import columns, folded
from bedplate.values.escape import printable
from bedplate.values.reading import Present, why_missing
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.topology import Access, Node

_UNKNOWN = "?"
_LIST_WIDTH = 80
_GIB = 1 << 30
_MIB = 1 << 20


def node_sections(nodes: Sequence[Node]) -> Iterator[tuple[str, list[str]]]:
    """Yield the title and the lines of each section; a section without lines has nothing to tell."""
    yield "NUMA nodes", _nodes(nodes)
    yield "Distances, from the node of the row to that of the column", _distances(nodes)
    yield "Huge pages", _hugepages(nodes)
    yield "Memory by HMAT access class", _accesses(nodes)
    yield "Memory-side caches", _memory_caches(nodes)


def _nodes(nodes: Sequence[Node]) -> list[str]:
    if not nodes:
        return []
    tiers = any(node.memory_tier is not None for node in nodes)
    rows = [["node", "memory", "free", *["tier"] * tiers, "CPUs"]]
    for node in nodes:
        tier = [_number(node.memory_tier)] * tiers
        rows.append([str(node.id), _size(node.memory_bytes), _size(node.memory_free_bytes), *tier, _cpus(node)])
    return list(columns(folded(rows, _LIST_WIDTH), "<>>" + ">" * tiers + "<"))


def _cpus(node: Node) -> str:
    """Return a node's CPUs; for one that has none, those that are nearest, and what tells."""
    if not node.tells_cpus:
        return "not known"
    off = node.cpus - node.online_cpus
    text = f"{node.cpus} (not on line: {off})" if off else str(node.cpus) or "none"
    if node.closest_from == "own":
        return text
    return f"{text}; nearest by {node.closest_from}: {node.closest_cpus}" if node.closest_from else text


def _distances(nodes: Sequence[Node]) -> list[str]:
    """Return the table; a row that could not be read says why."""
    known = {node.id: node.distances.value for node in nodes if isinstance(node.distances, Present)}
    if not known or len(nodes) == 1:
        return []
    targets = sorted({to for row in known.values() for to in row})
    rows = [["node", *map(str, targets)]]
    for node, row in known.items():
        rows.append([str(node), *(_number(row.get(target) or None) for target in targets)])
    lost = {node.id: why_missing(node.distances) for node in nodes if not isinstance(node.distances, Present)}
    return [
        *columns(rows, "<" + ">" * len(targets)),
        *(printable(f"{node}: {reason}") for node, reason in lost.items()),
    ]


def _hugepages(nodes: Sequence[Node]) -> list[str]:
    """Return the pools that hold pages, and in one line those that are empty."""
    pools = [(node.id, pool) for node in nodes for pool in node.hugepages]
    rows = [
        [str(node), format_size(pool.size_bytes), _number(pool.total), _number(pool.free), _number(pool.surplus)]
        for node, pool in pools
        if pool.total != 0
    ]
    empty = sorted({pool.size_bytes for _, pool in pools} - {pool.size_bytes for _, pool in pools if pool.total != 0})
    last = [f"none of {', '.join(map(format_size, empty))}"] if empty else []
    return [*(columns([["node", "size", "total", "free", "surplus"], *rows], "<>>>>") if rows else ()), *last]


def _accesses(nodes: Sequence[Node]) -> list[str]:
    rows = [
        [str(node.id), str(access.access_class), str(access.initiators) or "none", *_speeds(access)]
        for node in nodes
        for access in node.accesses
    ]
    titles = ["node", "class", "from nodes", "read ns", "write ns", "read MiB/s", "write MiB/s"]
    return list(columns([titles, *rows], "<><>>>>")) if rows else []


def _speeds(access: Access) -> list[str]:
    latencies = access.read_latency_ns, access.write_latency_ns
    return [_number(one) for one in (*latencies, access.read_bandwidth_mib_s, access.write_bandwidth_mib_s)]


def _memory_caches(nodes: Sequence[Node]) -> list[str]:
    return [
        f"node {node.id}: L{cache.level} of {_size(cache.size_bytes)}" for node in nodes for cache in node.memory_caches
    ]


def _number(number: int | None) -> str:
    return _UNKNOWN if number is None else str(number)


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return _UNKNOWN
    if size_bytes == 0:
        return "none"
    return f"{size_bytes / _GIB:.1f} GiB" if size_bytes >= _GIB else f"{size_bytes / _MIB:.0f} MiB"
