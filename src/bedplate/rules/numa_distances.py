"""NUMA: the table of distances between nodes.  Complete, nearest to itself, and the same in both directions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.numa_nodes import few, lacking, nodes_of, only_one, seen_online_nodes, seen_reading
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
    seen,
)
from bedplate.values.escape import decoded
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Malformed, Present

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Node
    from bedplate.policy import Profile

# The SLIT (ACPI 6.5, 5.2.17): 10 is a node's distance to itself, 0 to 9 are reserved, 255 is "cannot be reached".
# A kernel without a SLIT says 10 and 20; a 0 is what some old kernels print for "not known".
LOCAL = 10
UNREACHABLE = 255
# Pairs that are named one by one; those beyond, of a table that is wrong all over, become one finding.
_SHOWN_PAIRS = 16


class _Fault(NamedTuple):
    """One thing that is wrong with a row."""

    reason: str
    expected: Expected
    actual: object
    cause: Cause = Cause.OUT_OF_RANGE
    columns: bool = False
    """Whether it is about how many nodes are on line."""


def _malformed(facts: Facts, _: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    yield from lacking((node, node.distances) for node in nodes if not _says_something(node))
    # With one node there is nothing to be near to: what its row says misleads nobody.
    weight = Severity.INFO if len(nodes) == 1 else None
    faults = [(node, fault) for node in nodes for fault in _faults_of(node, nodes)]
    for node, (reason, expected, actual, cause, columns) in faults:
        evidence = (_seen_row(node), *([seen_online_nodes(facts.topology)] if columns else []))
        subject = Subject("node", NodeSet([node.id]))
        yield Outcome(State.FAIL, subject, reason, expected, actual, evidence, cause, weight)
    rows = _rows(nodes)
    if not faults and len(rows) == len(nodes):
        table = {node: list(row.values()) for node, row in rows.items()}
        yield Outcome(State.PASS, actual=table, evidence=few(map(_seen_row, nodes), facts.topology))


def _says_something(node: Node) -> bool:
    """Return whether there is a row to judge; one that cannot be understood is a fault, an empty one says nothing."""
    return isinstance(node.distances, Present) or (
        isinstance(node.distances, Malformed) and bool(_text(node.distances))
    )


def _text(row: Malformed) -> str:
    return decoded(row.text).strip(" \t\r\n\0")


def _rows(nodes: tuple[Node, ...]) -> dict[int, Mapping[int, int]]:
    return {node.id: node.distances.value for node in nodes if isinstance(node.distances, Present)}


def _seen_row(node: Node) -> Evidence:
    if isinstance(node.distances, Present) and node.distances.source.raw is None:
        return seen(node.distances.source, " ".join(map(str, node.distances.value.values())))
    return seen_reading(node.distances)


def _faults_of(node: Node, nodes: tuple[Node, ...]) -> Iterator[_Fault]:
    """Yield what is wrong with a node's row."""
    if isinstance(node.distances, Malformed) and _says_something(node):
        values = _text(node.distances).split()
        # A partial capture may lack the folders of nodes that its other rows know.
        online = max([len(nodes), *(len(row) for row in _rows(nodes).values())])
        numbers = all(value.isdecimal() for value in values)
        if numbers and len(values) != online:
            yield _length_fault(len(values), online)
        else:
            wanted = Expected("equal", "one number for each online node")
            yield _Fault(node.distances.error, wanted, _text(node.distances), Cause.UNPARSABLE, numbers)
    elif isinstance(node.distances, Present):
        row = node.distances.value
        if not {other.id for other in nodes} <= row.keys():
            yield _length_fault(len(row), len(nodes))
        yield from _strange_values(row, node.id)


def _length_fault(values: int, online: int) -> _Fault:
    reason = f"the row has {values} value{'s' * (values != 1)}, and {online} node{'s' * (online != 1)} are online"
    return _Fault(reason, Expected("equal", online), values, columns=True)


def _strange_values(row: Mapping[int, int], own: int) -> Iterator[_Fault]:
    itself = row.get(own)
    if itself is not None and itself != LOCAL:
        meaning = " (not known)" if itself == 0 else ""
        yield _Fault(f"the node's distance to itself is {itself}{meaning}", Expected("equal", LOCAL), itself)
    others = {to: distance for to, distance in row.items() if to != own}
    farther = Expected("between", (LOCAL + 1, UNREACHABLE - 1))
    if low := {to: distance for to, distance in others.items() if distance < LOCAL}:
        yield _Fault(f"a distance of 0 to {LOCAL - 1} is reserved: it is not known", farther, low)
    if same := {to: distance for to, distance in others.items() if distance == LOCAL}:
        yield _Fault("another node is as near as the node itself", farther, same)
    if high := {to: distance for to, distance in others.items() if distance >= UNREACHABLE}:
        yield _Fault(f"a distance of {UNREACHABLE} or more: the node cannot be reached", farther, high)


def _asymmetric(facts: Facts, _: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    if len(nodes) == 1:
        yield not_applicable(only_one(nodes))
        return
    yield from lacking((node, node.distances) for node in nodes)
    pairs = [
        (a, b, there, back)
        for a, b in combinations(nodes, 2)
        if (there := _distance(a, b)) is not None and (back := _distance(b, a)) is not None and there != back
    ]
    for a, b, there, back in pairs[:_SHOWN_PAIRS]:
        reason = f"from node {a.id} to node {b.id} it is {there}, and {back} on the way back"
        yield _uneven([a, b], reason, there, back)
    if more := pairs[_SHOWN_PAIRS:]:
        reason = f"{len(more)} more pairs of nodes are not as far there as back"
        yield _uneven(list({node.id: node for a, b, *_ in more for node in (a, b)}.values()), reason, None, len(more))


def _distance(node: Node, to: Node) -> int | None:
    return node.distances.value.get(to.id) if isinstance(node.distances, Present) else None


def _uneven(nodes: list[Node], reason: str, there: int | None, back: int) -> Outcome:
    expected = Expected("equal", 0 if there is None else there)
    subject = Subject("node", NodeSet(node.id for node in nodes))
    return Outcome(State.FAIL, subject, reason, expected, back, tuple(map(_seen_row, nodes)), Cause.CONFLICT)


def _malformed_specimens() -> Specimens:
    from bedplate.facts.specimen import changed_node, specimen, specimen_topology
    from bedplate.values.reading import Source

    good, source = specimen_topology(), Source("specimen/node1/distance")
    rows = ({0: 20, 1: 0}, {0: 0, 1: 10}, {0: 255, 1: 10}, {0: 10, 1: 10}, {1: 10})
    short = Malformed(source, b"20 10 21\n", "3 values for 2 nodes")
    failing = [
        changed_node(good, 1, distances=distances) for distances in (*(Present(row, source) for row in rows), short)
    ]
    return Specimens(passing=((specimen(good), None),), failing=tuple((specimen(one), None) for one in failing))


def _asymmetric_specimens() -> Specimens:
    from bedplate.facts.specimen import changed_node, specimen, specimen_topology
    from bedplate.values.reading import Source

    good = specimen_topology()
    uneven = changed_node(good, 1, distances=Present({0: 31, 1: 10}, Source("specimen/node1/distance")))
    return Specimens(passing=((specimen(good), None),), failing=((specimen(uneven), None),))


_DISTANCE_ABI = "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/distance"

RULES = (
    Rule(
        code="NUMA003",
        name="distance-row-malformed",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology",),
        check=_malformed,
        what="Each node's distance file has one number for each online node: 10 for the node itself, and 11 to 254 for "
        "every other one.",
        why="Page reclaim, automatic balancing, the order of fallback nodes and the memory policies of programs all "
        "follow these numbers. 0 to 9 are reserved and 255 means that a node cannot be reached: with either, or with a "
        "node that is not nearest to itself, memory is taken from the wrong place.",
        example="node1/distance reads `20 0` on a host with nodes 0 and 1: the node does not know itself.",
        remedy=Remedy(
            "Update the firmware, whose SLIT holds the numbers; on a virtual machine set the distances of its NUMA "
            "cells. A kernel that refuses the SLIT says so at boot and uses 10 and 20.",
            reboot=True,
        ),
        references=(_DISTANCE_ABI, "admin-guide/mm/numaperf", "ACPI 6.5, 5.2.17: System Locality Information Table"),
        specimens=_malformed_specimens,
    ),
    Rule(
        code="NUMA004",
        name="distances-asymmetric",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("topology",),
        check=_asymmetric,
        what="Two NUMA nodes are as far from each other in both directions.",
        why="Links between nodes run both ways. A table that differs is nearly always a fault of the firmware, and "
        "makes the kernel prefer a node in one direction only.",
        example="node0/distance reads `10 21` and node1/distance reads `31 10`.",
        remedy=Remedy(
            "Update the firmware, whose SLIT holds the numbers; on a virtual machine set them alike.", reboot=True
        ),
        references=(_DISTANCE_ABI, "ACPI 6.5, 5.2.17: System Locality Information Table"),
        specimens=_asymmetric_specimens,
    ),
)
