"""NUMA: the memory of nodes.  Where there is none, and where there is less than elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.isolation import isolated_cpus
from bedplate.rules.numa_nodes import cpus_reading, nodes_of, seen_cpus
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
    not_applicable,
    outcome_of_missing,
    seen,
    unknown,
)
from bedplate.rules.setting import no_opinion
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Present
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Node
    from bedplate.policy import Profile

BALANCE = "numa.memory_imbalance_percent"


def _memory_path(node: Node) -> str:
    return cpus_reading(node).source.path.rpartition("/")[0] + "/meminfo"


def _seen_memory(node: Node) -> Evidence:
    return Evidence(
        _memory_path(node), raw=None if node.memory_bytes is None else f"MemTotal {node.memory_bytes >> 10} kB"
    )


def _of(nodes: Iterable[Node]) -> Subject:
    return Subject("node", NodeSet(node.id for node in nodes))


def _untold(nodes: Iterable[Node]) -> Iterator[Outcome]:
    """Yield the nodes whose memory is not known."""
    lacking = [node for node in nodes if node.memory_bytes is None]
    if lacking:
        yield unknown("meminfo does not tell the node's memory", *map(_seen_memory, lacking), subject=_of(lacking))


def _isolated_without_memory(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    yield from _untold(nodes)
    bare = [node for node in nodes if node.memory_bytes == 0 and node.cpus]
    for node in nodes:
        if node.memory_bytes and not node.cpus:
            seen_both = (seen_cpus(node), _seen_memory(node))
            reason = "the node has memory and no CPUs"
            yield Outcome(State.PASS, _of([node]), reason, actual=node.memory_bytes, evidence=seen_both)
    if not bare:
        return
    reading = isolated_cpus(facts.topology, facts.isolation, profile.isolated)
    isolated = reading.value if isinstance(reading, Present) else CpuSet()
    if not isinstance(reading, Present) and not (isinstance(reading, Absent) and reading.certain):
        yield outcome_of_missing(reading, _of(bare))
        return
    for node in bare:
        there = node.cpus & isolated
        evidence = (_seen_memory(node), seen_cpus(node), *([seen(reading.source, isolated)] if there else []))
        if there:
            reason = f"node {node.id} has no memory, and isolated CPUs: {there}"
            wanted = Expected("disjoint", node.cpus)
            yield Outcome(State.FAIL, Subject("cpu", there), reason, wanted, isolated, evidence, Cause.CONFLICT)
        else:
            yield Outcome(State.PASS, _of([node]), "the node has CPUs and no memory", actual=0, evidence=evidence)


def _uneven(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted = profile.expects(BALANCE)
    nodes = [node for node in nodes_of(facts.topology) if node.cpus]
    told = [(node, node.memory_bytes) for node in nodes if node.memory_bytes is not None]
    if wanted is None:
        yield no_opinion(profile, BALANCE)._replace(actual={node.id: size for node, size in told})
        return
    if len(nodes) < 2:
        yield not_applicable("fewer than two NUMA nodes have CPUs")
        return
    yield from _untold(nodes)
    sizes = {node.id: size for node, size in told}
    largest = max(sizes.values(), default=0)
    least = largest - largest * int(wanted.value) // 100
    small = [node for node, size in told if size < least]
    if small:
        smallest = min(sizes.values())
        shown = [*small, next(node for node, size in told if size == largest)]
        reason = (
            f"{_about(smallest)} of memory on one node and {_about(largest)} on another are more than {wanted.value} %"
        )
        yield Outcome(
            State.FAIL,
            _of(small),
            f"{reason} apart: {wanted.reason}",
            Expected("at-least", least),
            sizes,
            tuple(_seen_memory(node) for node in shown),
            Cause.MISMATCH,
        )


def _about(size_bytes: int) -> str:
    """Return a size in MiB, rounded: the kernel's share makes sizes odd."""
    return format_size(size_bytes >> 20 << 20) if size_bytes >> 20 else f"{size_bytes} bytes"


def _isolated_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import changed_node, reading_of_cpus, specimen, specimen_topology

    bare = changed_node(specimen_topology(), 1, memory_bytes=0)
    isolating = replace(bare, isolated=reading_of_cpus("2,6-7", "specimen/cpu/isolated"))
    return Specimens(passing=((specimen(bare), None), (specimen(), None)), failing=((specimen(isolating), None),))


def _uneven_specimens() -> Specimens:
    from bedplate.facts.specimen import changed_node, specimen, specimen_topology
    from bedplate.rules.specimen_profile import wanting

    good, even = specimen_topology(), wanting({BALANCE: 10})
    near = changed_node(good, 0, memory_bytes=62 << 30)
    return Specimens(
        passing=((specimen(good), even), (specimen(near), even)),
        failing=((specimen(changed_node(good, 1, memory_bytes=48 << 30)), even),),
    )


RULES = (
    Rule(
        code="NUMA005",
        name="isolated-cpu-without-memory",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("topology", "isolation"),
        check=_isolated_without_memory,
        what="Isolated CPUs are on NUMA nodes with memory. Nodes of CPUs alone and of memory alone are told.",
        why="What runs on a CPU whose node has no memory has all of its memory on other nodes: each miss of the cache "
        "goes over the link, and which node it goes to is the kernel's choice.",
        example="node3/meminfo tells MemTotal 0 kB, and the isolated CPUs 2-31 hold its CPUs 24-31.",
        remedy=Remedy(
            "Put memory into the node's slots, or isolate CPUs of other nodes: change isolcpus= and nohz_full=, or the "
            "isolated partition.",
            reboot=True,
        ),
        references=("admin-guide/mm/numaperf", "admin-guide/numastat: memoryless nodes"),
        specimens=_isolated_specimens,
    ),
    Rule(
        code="NUMA006",
        name="memory-uneven-between-nodes",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("topology",),
        check=_uneven,
        what="NUMA nodes with CPUs have about the same memory: within the percentage that the profile gives.",
        why="A module that is missing or that failed takes a part of one node's channels, and its bandwidth with them; "
        "what is placed there runs slower and is out of memory sooner. Nodes without CPUs are of another kind and are "
        "not compared.",
        example="node0 has 256 GiB and node1 192 GiB: two modules of node 1 are not there.",
        remedy=Remedy(
            "Look at the modules that the firmware tells (dmidecode -t memory) and seat or replace them; where the "
            "host is built so, leave the expectation out of its profile.",
            reboot=True,
        ),
        references=("ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/meminfo", "admin-guide/mm/numaperf"),
        specimens=_uneven_specimens,
        settings=(BALANCE,),
    ),
)
