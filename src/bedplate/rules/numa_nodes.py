"""The NUMA nodes as the rules look at them: which there are, what they show as evidence, what was not told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.rule import Evidence, NoValue, Subject, outcome_of_missing, seen, seen_missing
from bedplate.values.escape import decoded
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Absent, Malformed, Present, Source, fault_of, why_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.topology import Node, Topology
    from bedplate.rules.rule import Outcome
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Missing, Reading

# A table of more nodes than these is not repeated in the evidence of a finding that concerns them all.
SHOWN_NODES = 16


def nodes_of(topology: Topology) -> tuple[Node, ...]:
    """Return the online nodes; where there is none, end the rule with what that means.

    A kernel without CONFIG_NUMA has no node folder: not applicable.  A capture may just lack it: unknown.
    """
    if not topology.nodes:
        known = topology.possible_nodes
        source = Source(topology.nodes_source)
        raise NoValue(Absent(source, "holds no nodes", certain=False) if isinstance(known, Present) else known)
    return topology.nodes


def tells_cpus(node: Node) -> bool:
    """Return whether the files tell which CPUs a node has; a node of a partial capture may have none of them."""
    return bool(node.cpus) or isinstance(node.cpumap, Present) or isinstance(node.cpulist, Present)


def cpus_reading(node: Node) -> Reading[CpuSet]:
    """Return the reading that ``node.cpus`` is from: the map, where there is none the list."""
    return node.cpumap if isinstance(node.cpumap, Present) or not isinstance(node.cpulist, Present) else node.cpulist


def seen_reading(reading: Reading[object]) -> Evidence:
    """Return the evidence of a reading: its text as it was read, where that was not kept its value."""
    if isinstance(reading, Malformed):
        return seen(reading.source, decoded(reading.text).strip("\n\0 "))
    return seen(reading.source, reading.value if isinstance(reading, Present) else None)


def seen_cpus(node: Node) -> Evidence:
    """Return the evidence of a node's CPUs."""
    reading = cpus_reading(node)
    # Where the links in the node's folder alone tell its CPUs, the map that is not there names the folder.
    return seen_reading(reading) if isinstance(reading, Present) else seen(reading.source, node.cpus or None)


def seen_online_nodes(topology: Topology) -> Evidence:
    """Return the evidence of which nodes are on line: node/online, without it the folder that the nodes are in."""
    told = topology.online_nodes
    return seen_reading(told) if isinstance(told, Present) else Evidence(topology.nodes_source)


def few(evidence: Iterable[Evidence], topology: Topology) -> tuple[Evidence, ...]:
    """Return the evidence of several nodes; of very many only the folder that they are in."""
    pieces = tuple(evidence)
    return pieces if len(pieces) <= SHOWN_NODES else (Evidence(topology.nodes_source),)


class _Lack(NamedTuple):
    """What readings must share to be one outcome."""

    kind: type[Missing]
    name: str
    fault: str
    certain: bool


def lacking(readings: Iterable[tuple[Node, Reading[object]]]) -> Iterator[Outcome]:
    """Yield what the readings without a value mean, one outcome for all the nodes that lack the same thing."""
    groups: dict[_Lack, list[tuple[Node, Missing]]] = {}
    for node, reading in readings:
        if not isinstance(reading, Present):
            name = reading.source.path.rpartition("/")[2]
            certain = isinstance(reading, Absent) and reading.certain
            groups.setdefault(_Lack(type(reading), name, fault_of(reading), certain), []).append((node, reading))
    for lack, group in groups.items():
        outcome = outcome_of_missing(group[0][1], Subject("node", NodeSet(node.id for node, _ in group)))
        alike = [reading for _, reading in group]
        reason = f"{lack.name}: {why_all(alike)}"
        yield outcome._replace(reason=reason, evidence=tuple(map(seen_missing, alike)))


def only_one(nodes: tuple[Node, ...]) -> str:
    """Return why a rule about several nodes does not apply to a host with one."""
    return f"the host has one NUMA node, {nodes[0].id}"
