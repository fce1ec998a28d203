"""The topology as the JSON document bedplate/topology/1 (docs/schemas/topology-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.render.pci_json import pci_entries
from bedplate.render.values import Json, plain
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.pci import Pci
    from bedplate.facts.topology import Access, Core, HugePages, MemoryCache, Node, Topology
    from bedplate.values.constants import HostConstants
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/topology/1"


def topology_document(topology: Topology, constants: HostConstants, pci: Pci | None) -> dict[str, Json]:
    """Return the document: sets of CPUs are kernel list text, what is not known is null.

    The host's problems are those of its CPUs and nodes, then those of its PCI devices.
    """
    problems = (*topology.problems, *(pci.problems if pci is not None else ()))
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "cpus": _cpus(topology),
        "packages": [{"id": package.id, "cpus": str(package.cpus)} for package in topology.packages],
        "cores": [_core(core) for core in topology.cores],
        "caches": [
            {"level": level, "type": plain(kind), "size_bytes": size_bytes, "cpus": str(cpus)}
            for level, kind, size_bytes, cpus in topology.caches
        ],
        "kinds": [{"cpus": str(kind.cpus), **_marks(kind.marks)} for kind in topology.kinds],
        "nodes": [_node(node) for node in topology.nodes],
        "pci": [] if pci is None else pci_entries(pci),
        "problems": [{"path": plain(problem.path), "text": plain(problem.text)} for problem in problems],
    }


def _cpus(topology: Topology) -> dict[str, Json]:
    # No host is without an online CPU: an empty set says that nothing told.
    online = topology.online or None
    return {
        "possible": _listed(topology.possible),
        "present": _listed(topology.present),
        "online": _text(online),
        "offline": _text(None if online is None or value_of(topology.present) is None else topology.offline),
        "isolated": _listed(topology.isolated),
        "nohz_full": _listed(topology.nohz_full),
        "smt_control": plain(value_of(topology.smt_control)),
    }


def _text(cpus: CpuSet | None) -> str | None:
    return None if cpus is None else str(cpus)


def _listed(reading: Reading[CpuSet]) -> str | None:
    return _text(value_of(reading))


def _core(core: Core) -> dict[str, Json]:
    document: dict[str, Json] = {
        "package": core.package,
        "die": core.die,
        "cluster": core.cluster,
        "id": core.id,
        "threads": str(core.threads),
    }
    above = {"book": core.book, "drawer": core.drawer}
    return document | {name: number for name, number in above.items() if number is not None}


def _marks(marks: Mapping[str, int | str]) -> dict[str, Json]:
    return {name: plain(value) for name, value in marks.items()}


def _node(node: Node) -> dict[str, Json]:
    distances = value_of(node.distances)
    return {
        "id": node.id,
        "cpus": str(node.cpus) if node.tells_cpus else None,
        "online_cpus": str(node.online_cpus) if node.tells_cpus else None,
        "closest_cpus": _text(node.closest_cpus),
        "closest_from": node.closest_from,
        "memory_bytes": node.memory_bytes,
        "memory_free_bytes": node.memory_free_bytes,
        "memory_tier": node.memory_tier,
        "distances": None if distances is None else {str(to): distance or None for to, distance in distances.items()},
        "hugepages": [_hugepages(pool) for pool in node.hugepages],
        "accesses": [_access(access) for access in node.accesses],
        "memory_caches": [_memory_cache(cache) for cache in node.memory_caches],
    }


def _hugepages(pool: HugePages) -> dict[str, Json]:
    return {"size_bytes": pool.size_bytes, "total": pool.total, "free": pool.free, "surplus": pool.surplus}


def _access(access: Access) -> dict[str, Json]:
    return {
        "class": access.access_class,
        "initiators": str(access.initiators),
        "read_latency_ns": access.read_latency_ns,
        "write_latency_ns": access.write_latency_ns,
        "read_bandwidth_mib_s": access.read_bandwidth_mib_s,
        "write_bandwidth_mib_s": access.write_bandwidth_mib_s,
    }


def _memory_cache(cache: MemoryCache) -> dict[str, Json]:
    return {"level": cache.level, "size_bytes": cache.size_bytes, "line_size_bytes": cache.line_size_bytes}
