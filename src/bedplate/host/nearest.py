"""Says which CPUs are nearest to the memory of a node, and what tells so.

A node without CPUs (HBM, CXL, persistent memory) has no CPUs of its own, and is nearest to those of some other node.
The platform's word on that is the initiators of an HMAT access class: class 1 names only nodes with CPUs, class 0
may name an accelerator (Documentation/admin-guide/mm/numaperf.rst).  Without them the distances tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bedplate.values.idset import CpuSet, union
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bedplate.facts.topology import Node

_CLASSES = (1, 0)


def nearest(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes with their closest CPUs filled in."""
    own = {node.id: node.online_cpus for node in nodes if node.online_cpus}
    for node in nodes:
        cpus, told_by = _nearest(node, own)
        yield replace(node, closest_cpus=cpus, closest_from=told_by)


def _nearest(node: Node, own: Mapping[int, CpuSet]) -> tuple[CpuSet | None, str | None]:
    if node.id in own:
        return own[node.id], "own"
    if not node.tells_cpus:
        return None, None
    for access_class in _CLASSES:
        initiators = [
            one for access in node.accesses if access.access_class == access_class for one in access.initiators
        ]
        cpus = union(CpuSet, (own[one] for one in initiators if one in own))
        if cpus:
            return cpus, f"access{access_class}"
    return _by_distance(node, own)


def _by_distance(node: Node, own: Mapping[int, CpuSet]) -> tuple[CpuSet | None, str | None]:
    distances = value_of(node.distances) or {}
    # 0 is what ia64 writes without a SLIT: no node is at no distance from another, so it is not known.
    known = {to: distance for to, distance in distances.items() if distance and to in own}
    if not known:
        return None, None
    smallest = min(known.values())
    return union(CpuSet, (own[to] for to, distance in known.items() if distance == smallest)), "distance"
