"""NUMA: the CPUs of one node.  List and map alike, and each node with hyper threads of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.numa_nodes import cpus_reading, lacking, nodes_of, seen_reading, tells_cpus
from bedplate.rules.rule import (
    Cause,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    Subject,
)
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Node
    from bedplate.policy import Profile
    from bedplate.values.reading import Reading


def _list_differs(facts: Facts, _: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    views: list[tuple[Node, Reading[CpuSet]]] = [(n, view) for n in nodes for view in (n.cpulist, n.cpumap)]
    yield from lacking(views)
    for node in nodes:
        if not isinstance(node.cpulist, Present) or not isinstance(node.cpumap, Present):
            continue
        by_list, by_map = node.cpulist.value, node.cpumap.value
        if by_list != by_map:
            yield Outcome(
                State.FAIL,
                Subject("node", NodeSet([node.id])),
                f"cpulist names the CPUs {by_list or 'none'} and cpumap the CPUs {by_map or 'none'}",
                Expected("equal", by_map),
                by_list,
                (seen_reading(node.cpulist), seen_reading(node.cpumap)),
                Cause.CONFLICT,
            )


def _no_threads_of_its_own(facts: Facts, _: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    yield from lacking((node, cpus_reading(node)) for node in nodes if not tells_cpus(node))
    for node in nodes:
        others = [other for other in nodes if other.id != node.id and not other.cpus.isdisjoint(node.cpus)]
        subject = Subject("node", NodeSet([node.id]))
        if node.cpus and node.cpus <= union(CpuSet, (other.cpus for other in others)):
            shared = NodeSet(other.id for other in others)
            yield Outcome(
                State.FAIL,
                subject,
                f"each CPU of the node is in the NUMA node {shared} too",
                Expected("disjoint", union(CpuSet, (other.cpus for other in others))),
                node.cpus,
                tuple(seen_reading(cpus_reading(one)) for one in (node, *others)),
                Cause.CONFLICT,
            )
        elif not node.cpus and tells_cpus(node):
            # HBM, persistent memory, CXL and accelerators come as nodes of memory alone: that is no fault.
            evidence = (seen_reading(cpus_reading(node)),)
            yield Outcome(State.NOT_APPLICABLE, subject, "the node has no CPUs, only memory", evidence=evidence)


def _list_specimens() -> Specimens:
    from bedplate.facts.specimen import node_with_cpus, specimen, specimen_topology

    good = specimen_topology()
    failing = (node_with_cpus(good, 1, "4-7", listed) for listed in ("4-6", "3-7", ""))
    return Specimens(passing=((specimen(good), None),), failing=tuple((specimen(one), None) for one in failing))


def _own_threads_specimens() -> Specimens:
    from bedplate.facts.specimen import node_with_cpus, specimen, specimen_topology

    good = specimen_topology()
    failing = (node_with_cpus(good, 1, "0-3"), node_with_cpus(good, 1, "2"), node_with_cpus(good, 0, "0-7"))
    return Specimens(passing=((specimen(good), None),), failing=tuple((specimen(one), None) for one in failing))


_NODE_ABI = "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpumap"

RULES = (
    Rule(
        code="NUMA016",
        name="node-list-differs-from-map",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology",),
        check=_list_differs,
        what="The cpulist and the cpumap of a NUMA node name the same CPUs.",
        why="The kernel prints both from one mask. Where they differ they were not read at the same time, or somebody "
        "changed one of them, and half of the tools (they read either) work on a wrong map.",
        example="node2/cpulist reads 4-5 and node2/cpumap reads 00000020, which is CPU 5 alone.",
        remedy=Remedy("Record the capture again, with no CPU going on or off line meanwhile; then trust the map."),
        references=(_NODE_ABI, "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpulist"),
        specimens=_list_specimens,
    ),
    Rule(
        code="NUMA017",
        name="node-without-threads-of-its-own",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology",),
        check=_no_threads_of_its_own,
        what="Each NUMA node that has CPUs has at least one that no other node has. "
        "Nodes of memory alone (HBM, persistent memory, CXL) are named and not judged.",
        why="Work that is placed by node needs hyper threads that are that node's alone; a node that only repeats the "
        "CPUs of others cannot be given work without taking it from them.",
        example="node0/cpulist reads 0-7 and node1/cpulist reads 4-7: node 1 has nothing of its own.",
        remedy=Remedy("Update the firmware, or correct the NUMA cells of the virtual machine.", reboot=True),
        references=(_NODE_ABI, "admin-guide/mm/numaperf"),
        specimens=_own_threads_specimens,
    ),
)
