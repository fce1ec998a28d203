"""NUMA: the map of nodes to CPUs.  Every online CPU is in exactly one node, and no node holds a CPU that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.numa_nodes import cpus_reading, few, lacking, nodes_of, seen_cpus, seen_reading, tells_cpus
from bedplate.rules.rule import (
    Cause,
    Evidence,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    Subject,
    seen,
    unknown,
)
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Node, Topology
    from bedplate.policy import Profile


# A hostile capture can put each of 65,536 CPUs into nodes of its own choice: so many findings help nobody.
_GROUPS_LIMIT = 64


class _View(NamedTuple):
    """The CPUs of every node by one kind of file."""

    file: str
    cpus: dict[int, CpuSet]
    evidence: dict[int, Evidence]

    def seen(self, topology: Topology, nodes: NodeSet | None = None) -> tuple[Evidence, ...]:
        """Return the evidence of some nodes, of all where none are named."""
        return few((piece for node, piece in self.evidence.items() if nodes is None or node in nodes), topology)


def _views(nodes: tuple[Node, ...]) -> Iterator[_View]:
    """Yield the map, which is the kernel's truth, and the lists where they say something else."""
    yield _View("cpumap", {node.id: node.cpus for node in nodes}, {node.id: seen_cpus(node) for node in nodes})
    lists = {node.id: node.cpulist.value for node in nodes if isinstance(node.cpulist, Present)}
    if any(lists.get(node.id, node.cpus) != node.cpus for node in nodes):
        by_list = {node.id: lists.get(node.id, node.cpus) for node in nodes}
        yield _View("cpulist", by_list, {node.id: seen_reading(node.cpulist) for node in nodes})


def _cpu_not_in_one_node(facts: Facts, _: Profile) -> Iterator[Outcome]:
    topology = facts.topology
    nodes = nodes_of(topology)
    untold = tuple(node for node in nodes if not tells_cpus(node))
    yield from lacking((node, cpus_reading(node)) for node in untold)
    views = tuple(_views(nodes))
    faults = [fault for view in views for fault in _faults_of(view, topology)]
    # Where not every node tells its CPUs, a CPU that the others do not hold may be in it.
    faults += [] if untold else [fault for view in views for fault in _lost(view, topology)]
    yield from faults
    if not faults and not untold:
        yield Outcome(State.PASS, actual=views[0].cpus, evidence=(_online(topology), *views[0].seen(topology)))


def _online(topology: Topology) -> Evidence:
    return Evidence(topology.online_source, raw=str(topology.online))


def _lost(view: _View, topology: Topology) -> Iterator[Outcome]:
    held = union(CpuSet, view.cpus.values())
    if not topology.online <= held:
        yield Outcome(
            State.FAIL,
            Subject("cpu", topology.online - held),
            f"an online CPU is in no NUMA node by {view.file}",
            Expected("subset", held),
            topology.online,
            (_online(topology), *view.seen(topology)),
            Cause.CONFLICT,
        )


def _faults_of(view: _View, topology: Topology) -> Iterator[Outcome]:
    """Yield the CPUs that are in several nodes, one outcome for those in the same ones, and those that are not."""
    once = twice = CpuSet()
    for cpus in view.cpus.values():
        once, twice = once | cpus, twice | once & cpus
    for nodes, shared in _shared(view, twice):
        yield Outcome(
            State.FAIL,
            Subject("cpu", shared),
            f"a CPU is in the NUMA nodes {nodes} at once by {view.file}",
            Expected("equal", "one node"),
            nodes,
            view.seen(topology, nodes),
            Cause.CONFLICT,
        )
    yield from _not_there(view, topology, once - topology.online)


def _shared(view: _View, twice: CpuSet) -> list[tuple[NodeSet, CpuSet]]:
    """Return the CPUs that are in several nodes by the nodes that they are in; all as one where the map is a tangle."""
    groups: list[tuple[tuple[int, ...], CpuSet]] = [((), twice)] if twice else []
    for node, cpus in view.cpus.items():
        split = [((*nodes, node), members & cpus) for nodes, members in groups]
        split += [(nodes, members - cpus) for nodes, members in groups]
        groups = [(nodes, members) for nodes, members in split if members]
        if len(groups) > _GROUPS_LIMIT:
            return [(NodeSet(view.cpus), twice)]
    return sorted(((NodeSet(nodes), members) for nodes, members in groups), key=lambda group: group[1].first)


def _existing(topology: Topology) -> Present[CpuSet] | None:
    """Return the CPUs that the host has by cpu/present, else by cpu/possible; None where neither file is there.

    Without them the facts hold the cpuN folders, of which a partial capture may lack some.
    """
    for reading in (topology.present, topology.possible):
        if isinstance(reading, Present) and reading.source.path.endswith(("/present", "/possible")):
            return reading
    return None


def _not_there(view: _View, topology: Topology, held: CpuSet) -> Iterator[Outcome]:
    """Yield the CPUs of nodes that the host does not have."""
    reading = _existing(topology)
    if reading is None:
        yield from _not_seen(view, topology, held)
        return
    there = reading.value
    possible = value_of(topology.possible) or there
    # Possible but not present is a place for a CPU to be plugged in, which firmware may give a node: it weighs less.
    for cpus, weight in ((held - there - possible, Severity.ERROR), ((held - there) & possible, Severity.WARNING)):
        nodes = NodeSet(node for node, has in view.cpus.items() if not has.isdisjoint(cpus))
        if cpus:
            yield Outcome(
                State.FAIL,
                Subject("cpu", cpus),
                f"NUMA node {nodes} holds a CPU that the host does not have, by {view.file}",
                Expected("subset", there),
                union(CpuSet, (view.cpus[node] for node in nodes)),
                (seen(reading.source, there), *view.seen(topology, nodes)),
                Cause.CONFLICT,
                weight,
            )


def _not_seen(view: _View, topology: Topology, held: CpuSet) -> Iterator[Outcome]:
    there = topology.possible
    strange = held - (value_of(there) or CpuSet())
    if strange:
        nodes = NodeSet(node for node, has in view.cpus.items() if not has.isdisjoint(strange))
        reason = (
            f"NUMA node {nodes} holds CPUs of which nothing else is here: cpu/present would tell whether they exist"
        )
        yield unknown(reason, seen(there.source), *view.seen(topology, nodes), subject=Subject("cpu", strange))


def _specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import node_with_cpus, specimen, specimen_topology

    good = specimen_topology()
    changed = (node_with_cpus(good, 1, cpus) for cpus in ("4-6", "3-7", "4-7,900"))
    failing = (replace(good, online=good.online | CpuSet([8])), *changed)
    return Specimens(passing=((specimen(good), None),), failing=tuple((specimen(one), None) for one in failing))


RULES = (
    Rule(
        code="NUMA001",
        name="cpu-not-in-one-node",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology",),
        check=_cpu_not_in_one_node,
        what="Every online CPU is in exactly one NUMA node, and the nodes hold no CPU that the host does not have. "
        "Both spellings of each node's CPUs, cpumap and cpulist, are held against the host's own list.",
        why="The scheduler, the page allocator and every tool that pins by node start from this map. A CPU in no node "
        "has no memory of its own, one in two is counted twice, and one that is not there cannot be pinned to.",
        example="cpu/online reads 0-7 and the nodes hold 0-3 and 4-6: CPU 7 is in none of them.",
        remedy=Remedy(
            "Update the firmware, whose SRAT or device tree assigns the CPUs; on a virtual machine correct its NUMA "
            "cells, in a capture record node/ and cpu/ at the same time.",
            reboot=True,
        ),
        references=(
            "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpumap",
            "admin-guide/cputopology: online, possible, present",
        ),
        specimens=_specimens,
    ),
)
