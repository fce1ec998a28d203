"""NUMA: allocations that did not get the node that they were meant for, seen by the growth of counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.numastat import growth
from bedplate.rules.numa_nodes import nodes_of, only_one
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
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.numastat import NodeStat
    from bedplate.policy import Profile
    from bedplate.values.reading import Source

REMOTE = "numa.remote_allocations"
_COUNTS = "vm.numa_stat"


def _remote(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    stat, counts = facts.numastat, facts.sysctls.integer(_COUNTS)
    if len(nodes) == 1:
        yield not_applicable(only_one(nodes))
    elif isinstance(counts, Present) and counts.value == 0:
        yield unknown(f"{_COUNTS} is 0: the kernel does not count; set it to 1", seen(counts.source, 0))
    elif not stat.twice:
        first = tuple(seen(node.first.source) for node in stat.nodes[:1])
        yield unknown("what counters tell is their growth: check --interval SECONDS reads them twice", *first)
    else:
        weight = Severity.INFO if profile.expects(REMOTE) is None else None
        for node in stat.nodes:
            yield from _of_node(node, stat.seconds, weight)


def _of_node(node: NodeStat, seconds: float | None, weight: Severity | None) -> Iterator[Outcome]:
    subject = Subject("node", NodeSet([node.node]))
    before, after = node.first, node.second
    if after is None:
        yield unknown("the node was there the first time only", seen(before.source), subject=subject)
    elif not isinstance(before, Present):
        yield outcome_of_missing(before, subject)
    elif not isinstance(after, Present):
        yield outcome_of_missing(after, subject)
    else:
        one, two, when = before.value, after.value, _span(seconds)
        missed = f"grew {when}: memory that was meant for another node"
        foreign = f"grew {when}: memory that was meant for this node and had of another"
        yield from _counter(subject, after.source, "numa_miss", one.numa_miss, two.numa_miss, missed, weight)
        yield from _counter(subject, after.source, "numa_foreign", one.numa_foreign, two.numa_foreign, foreign, weight)


def _span(seconds: float | None) -> str:
    return "between the two samples" if seconds is None else f"in {seconds:.1f} s"


def _counter(
    subject: Subject, source: Source, name: str, one: int | None, two: int | None, meaning: str, weight: Severity | None
) -> Iterator[Outcome]:
    grown = growth(one, two)
    evidence = (Evidence(source.path, raw=f"{name} {one}"), Evidence(source.path, raw=f"{name} {two}"))
    if grown is None:
        yield unknown(f"{name} is not there, or smaller than it was: somebody reset it", *evidence, subject=subject)
    elif grown:
        reason, wanted = f"{name} {meaning} ({grown} pages)", Expected("equal", one)
        yield Outcome(State.FAIL, subject, reason, wanted, two, evidence, Cause.MISMATCH, weight)


def _specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_memory import specimen_numastat

    failing = (specimen_numastat((0, 0), (12, 0)), specimen_numastat((0, 5), (0, 0), seconds=None))
    return Specimens(((specimen(), None),), tuple((specimen(numastat=one), None) for one in failing))


RULES = (
    Rule(
        code="NUMA015",
        name="remote-allocations-growing",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("topology", "numastat", "sysctls"),
        check=_remote,
        what="numa_miss and numa_foreign of each node do not grow while they are looked at.",
        why="They count memory that came from another node than it was meant for: the node was full, or a policy says "
        "otherwise than the placement does. Every use of that memory goes over the link between the nodes.",
        example="node0/numastat tells numa_foreign 1200, and 4800 ten seconds later.",
        remedy=Remedy(
            "Find who fills the node (numastat -m, numastat -p): free memory there, make its huge page pool smaller, "
            "or bind the work to a node that has room.",
            runtime=True,
        ),
        references=("admin-guide/numastat", "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/numastat"),
        specimens=_specimens,
        settings=(REMOTE,),
    ),
)
