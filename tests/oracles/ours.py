"""Our topology in the words of each peer, so that field stands beside field."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bedplate.values.idset import CpuSet, union
from bedplate.values.reading import Present
from tests.oracles import lscpu, lstopo, numactl

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from bedplate.facts.pci import Pci
    from bedplate.facts.topology import Cache, Node, Topology

KeyT = TypeVar("KeyT", bound="Hashable")

_SUFFIXES = {"Data": "d", "Instruction": "i"}


def as_lstopo(topology: Topology) -> lstopo.Machine:
    """Return what lstopo would say: 0 for an unknown size, no distances of one node, no kinds where all are alike."""
    return lstopo.Machine(
        online=topology.online,
        packages=frozenset((package.id, package.cpus) for package in topology.packages),
        dies=_dies(topology),
        cores=frozenset(core.threads for core in topology.cores),
        caches=frozenset(
            lstopo.Cache(cache.level, cache.type or "", cache.size_bytes or 0, cache.cpus) for cache in topology.caches
        ),
        nodes={node.id: _as_lstopo(node) for node in topology.nodes},
        distances=_distances(topology) if len(topology.nodes) > 1 else {},
        kinds=frozenset(kind.cpus for kind in topology.kinds) - {topology.online},
        memory_caches={
            node.id: [cache.size_bytes or 0 for cache in node.memory_caches]
            for node in topology.nodes
            if node.memory_caches
        },
    )


def pci_as_lstopo(pci: Pci, topology: Topology) -> dict[str, CpuSet]:
    """Return the CPUs that are near to each device: all where that is not known, as lstopo hangs it on the machine."""
    places = ((device.address, device.locality.cpus) for device in pci.devices)
    return {address: topology.online if cpus is None else cpus for address, cpus in places}


def _as_lstopo(node: Node) -> lstopo.Node:
    pools = {pool.size_bytes: pool.total or 0 for pool in node.hugepages}
    return lstopo.Node(node.memory_bytes or 0, node.closest_cpus or CpuSet(), pools)


def _dies(topology: Topology) -> frozenset[CpuSet]:
    """Return the dies that are not the whole of their package."""
    packages = {cpu: package.cpus for package in topology.packages for cpu in package.cpus}
    dies = _groups(((packages.get(core.threads.first), core.die), core.threads) for core in topology.cores)
    return frozenset(cpus for (package, die), cpus in dies.items() if die is not None and cpus != package)


def as_lscpu(topology: Topology) -> lscpu.Machine:
    """Return what lscpu would say: one size for all caches of a name, and none where it is not known."""
    caches: dict[str, list[Cache]] = {}
    for cache in topology.caches:
        caches.setdefault(f"L{cache.level}{_SUFFIXES.get(cache.type or '', '')}", []).append(cache)
    return lscpu.Machine(
        online=topology.online,
        cores=frozenset(core.threads for core in topology.cores),
        sockets=frozenset(package.cpus for package in topology.packages),
        nodes={node.id: node.cpus for node in topology.nodes},
        caches={name: frozenset(cache.cpus for cache in found) for name, found in caches.items()},
        sizes={
            name: found[0].size_bytes
            for name, found in caches.items()
            if found[0].size_bytes is not None and len({cache.size_bytes for cache in found}) == 1
        },
    )


def as_numactl(topology: Topology) -> numactl.Machine:
    """Return what numactl would say."""
    return numactl.Machine(
        cpus={node.id: node.cpus for node in topology.nodes},
        size_mib={n.id: n.memory_bytes >> 20 for n in topology.nodes if n.memory_bytes is not None},
        free_mib={n.id: n.memory_free_bytes >> 20 for n in topology.nodes if n.memory_free_bytes is not None},
        distances=_distances(topology),
    )


def _distances(topology: Topology) -> dict[int, dict[int, int]]:
    return {node.id: dict(node.distances.value) for node in topology.nodes if isinstance(node.distances, Present)}


def _groups(pairs: Iterable[tuple[KeyT, CpuSet]]) -> dict[KeyT, CpuSet]:
    groups: dict[KeyT, CpuSet] = {}
    for key, cpus in pairs:
        groups[key] = union(CpuSet, (groups.get(key, cpus), cpus))
    return groups
