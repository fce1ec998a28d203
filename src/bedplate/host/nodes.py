"""Reads the NUMA nodes from node/nodeN: their CPUs, memory and distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.topology import Node
from bedplate.host.nearest import nearest
from bedplate.host.node_memory import read_accesses, read_hugepages, read_memory_caches, read_tiers
from bedplate.parse.node_distance import parse_node_distance
from bedplate.parse.node_meminfo import parse_node_meminfo
from bedplate.values.idset import NUMBER_LIMIT, CpuSet, NodeSet
from bedplate.values.reading import Malformed, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.host.attributes import Attributes
    from bedplate.values.reading import Reading

NODE = "/sys/devices/system/node"


def read_nodes(files: Attributes, online_cpus: CpuSet, online_nodes: Reading[NodeSet]) -> tuple[Node, ...]:
    """Return the nodes that have a folder, by number; none where the kernel is built without CONFIG_NUMA."""
    numbers = [number for number in files.root.numbered(NODE, "node") if number < NUMBER_LIMIT]
    columns = _columns(files, numbers, online_nodes)
    tiers = read_tiers(files)
    nodes = [_node(files, number, columns, online_cpus, tiers.get(number)) for number in numbers]
    return tuple(nearest(nodes))


def _columns(files: Attributes, numbers: list[int], told: Reading[NodeSet]) -> list[int]:
    """Return the nodes that the columns of the distances stand for: those on line, in order."""
    online = value_of(told)
    if not online:
        return numbers
    if list(online) != numbers:
        files.note(told.source.path, f"reads {online}, the nodes with a folder are {NodeSet(numbers)}")
    return list(online)


def _node(files: Attributes, number: int, columns: list[int], online: CpuSet, tier: int | None) -> Node:
    folder = f"{NODE}/node{number}"
    cpulist = files.reading(f"{folder}/cpulist", CpuSet.from_list, keep=True)
    cpumap = files.reading(f"{folder}/cpumap", CpuSet.from_mask, keep=True)
    cpus = _cpus(files, folder, cpumap, cpulist)
    meminfo = files.value(f"{folder}/meminfo", parse_node_meminfo)
    sizes = meminfo.sizes if meminfo is not None else dict[str, int]()
    return Node(
        id=number,
        cpulist=cpulist,
        cpumap=cpumap,
        cpus=cpus,
        online_cpus=cpus & online,
        closest_cpus=None,
        closest_from=None,
        memory_bytes=sizes.get("MemTotal"),
        memory_free_bytes=sizes.get("MemFree"),
        distances=_distances(files, folder, columns),
        hugepages=read_hugepages(files, folder, meminfo),
        accesses=read_accesses(files, folder),
        memory_caches=read_memory_caches(files, folder),
        memory_tier=tier,
    )


def _cpus(files: Attributes, folder: str, cpumap: Reading[CpuSet], cpulist: Reading[CpuSet]) -> CpuSet:
    """Return a node's CPUs from its map, its list, or the links in its folder."""
    by_map, by_list = value_of(cpumap), value_of(cpulist)
    if by_map is not None and by_list is not None and by_map != by_list:
        files.note(f"{folder}/cpulist", f"reads {by_list}, and cpumap {by_map}")
    if by_map is not None:
        return by_map
    if by_list is not None:
        return by_list
    return CpuSet(number for number in files.root.numbered(folder, "cpu") if number < NUMBER_LIMIT)


def _distances(files: Attributes, folder: str, columns: list[int]) -> Reading[Mapping[int, int]]:
    path = f"{folder}/distance"
    reading = files.reading(path, parse_node_distance, keep=True)
    if not isinstance(reading, Present):
        return reading
    if len(reading.value) != len(columns):
        error = f"holds {len(reading.value)} distances, and {len(columns)} nodes are on line"
        files.note(path, error)
        return Malformed(reading.source, reading.source.raw or b"", error)
    return Present(dict(zip(columns, reading.value, strict=True)), reading.source)
