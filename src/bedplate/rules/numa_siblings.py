"""NUMA: hyper threads of one core.  In one node, and named alike by every file of every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    outcome_of_missing,
    unknown,
)
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Node
    from bedplate.policy import Profile
    from bedplate.values.reading import Reading


def _apart(facts: Facts, _: Profile) -> Iterator[Outcome]:
    nodes = nodes_of(facts.topology)
    untold = [node for node in nodes if not tells_cpus(node)]
    yield from lacking((node, cpus_reading(node)) for node in untold)
    mapped = union(CpuSet, (node.cpus for node in nodes))
    groups: dict[NodeSet, dict[CpuSet, Evidence | None]] = {}
    judged: set[CpuSet] = set()
    for threads, evidence in _cores(facts):
        placed = threads & mapped
        # Each core comes once for every file of every thread: it is judged once.
        if placed not in judged and not any(placed <= node.cpus for node in nodes):
            spread = NodeSet(node.id for node in nodes if not placed.isdisjoint(node.cpus))
            groups.setdefault(spread, {}).setdefault(threads, evidence)
        judged.add(placed)
    for spread, cores in groups.items():
        yield _spread(facts, spread, cores, [node for node in nodes if node.id in spread])
    if not groups and not untold:
        yield _together(facts, nodes, judged)


def _together(facts: Facts, nodes: tuple[Node, ...], cores: set[CpuSet]) -> Outcome:
    """Return the pass: how many cores each node has, and of each node its CPUs and the siblings of its first CPU."""
    views = facts.siblings.views
    shown = [view for node in nodes if node.cpus for view in _present(views.get(node.cpus.first, ()))[:1]]
    evidence = (*(seen_reading(view) for view in shown), *map(seen_cpus, nodes))
    counts = {node.id: sum(bool(core) and core <= node.cpus for core in cores) for node in nodes}
    return Outcome(State.PASS, actual=counts, evidence=few(evidence, facts.topology))


def _cores(facts: Facts) -> Iterator[tuple[CpuSet, Evidence | None]]:
    """Yield the threads of cores by every file that names them, and those of cores that no file of a CPU names."""
    for views in facts.siblings.views.values():
        for view in views:
            if isinstance(view, Present):
                yield view.value & facts.topology.online, seen_reading(view)
    for core in facts.topology.cores:
        if core.source is None:
            yield core.threads, None


def _spread(facts: Facts, spread: NodeSet, cores: dict[CpuSet, Evidence | None], nodes: list[Node]) -> Outcome:
    named = few((piece for piece in cores.values() if piece is not None), facts.topology)
    return Outcome(
        State.FAIL,
        Subject("cpu", union(CpuSet, cores)),
        f"the hyper threads of one core are spread over the NUMA nodes {spread}",
        Expected("equal", "one node"),
        spread,
        (*named, *(seen_cpus(node) for node in nodes)),
        Cause.CONFLICT,
    )


def _disagreeing(facts: Facts, _: Profile) -> Iterator[Outcome]:
    views = facts.siblings.views
    broken = [(cpu, view) for cpu, all_views in views.items() for view in all_views if not isinstance(view, Present)]
    for cpu, view in broken:
        yield outcome_of_missing(view, Subject("cpu", CpuSet([cpu])))
    if not any(views.values()):
        yield _untold(facts)
        return
    first = {cpu: present[0] for cpu in views if (present := _present(views[cpu]))}
    for cpu, reading in first.items():
        for other in _present(views[cpu])[1:]:
            if other.value != reading.value:
                yield _conflict([cpu], f"{_name(reading)} and {_name(other)} differ", reading, other)
        if cpu not in reading.value:
            yield _conflict([cpu], f"{_name(reading)} does not hold the CPU itself", reading)
        for sibling in reading.value:
            back = first.get(sibling)
            # Each pair once, and from the side that names the other where only one does.
            if back is not None and cpu not in back.value and sibling != cpu:
                reason = f"CPU {cpu} names CPU {sibling} as its sibling, and is not named by it"
                yield _conflict([cpu, sibling], reason, reading, back)


def _untold(facts: Facts) -> Outcome:
    if not facts.topology.online:
        return unknown("no CPU of this host is known")
    return unknown("no file tells the siblings of a CPU", Evidence(facts.topology.online_source))


def _present(views: tuple[Reading[CpuSet], ...]) -> list[Present[CpuSet]]:
    return [view for view in views if isinstance(view, Present)]


def _name(reading: Present[CpuSet]) -> str:
    return reading.source.path.rpartition("/")[2]


def _conflict(cpus: list[int], reason: str, reading: Present[CpuSet], other: Present[CpuSet] | None = None) -> Outcome:
    evidence = tuple(seen_reading(one) for one in (reading, other) if one is not None)
    actual = reading.value if other is None else other.value
    wanted = Expected("contains", CpuSet(cpus)) if other is None else Expected("equal", reading.value)
    return Outcome(State.FAIL, Subject("cpu", CpuSet(cpus)), reason, wanted, actual, evidence, Cause.CONFLICT)


def _apart_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_siblings import specimen_siblings

    good = specimen_topology()
    apart = specimen_siblings(good, {0: "0,4", 4: "0,4"})
    return Specimens(passing=((specimen(good), None),), failing=((specimen(good, siblings=apart), None),))


def _disagreeing_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_siblings import specimen_siblings

    good = specimen_topology()
    failing = (
        specimen_siblings(good, {0: "0"}),
        specimen_siblings(good, {0: "1"}),
        specimen_siblings(good, {5: "4-6"}),
    )
    return Specimens(((specimen(good), None),), tuple((specimen(good, siblings=one), None) for one in failing))


RULES = (
    Rule(
        code="NUMA002",
        name="siblings-in-several-nodes",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology", "siblings"),
        check=_apart,
        what="The hyper threads of each core are in one NUMA node.",
        why="Threads of one core share its caches and its path to memory, so they cannot be near to different nodes; "
        "a map that says so makes every placement by node put work on a core that another node believes to own.",
        example="cpu0/topology/thread_siblings_list reads 0,4; CPU 0 is in node 0 and CPU 4 in node 1.",
        remedy=Remedy(
            "Update the firmware, whose SRAT contradicts its CPU topology; on a virtual machine give the guest cores "
            "(sockets, cores, threads) that fit into its NUMA cells.",
            reboot=True,
        ),
        references=(
            "admin-guide/cputopology",
            "ABI/stable/sysfs-devices-system-cpu: core_cpus",
            "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpumap",
        ),
        specimens=_apart_specimens,
    ),
    Rule(
        code="NUMA018",
        name="siblings-disagree",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology", "siblings"),
        check=_disagreeing,
        what="The files that name the hyper threads of a core (core_cpus, thread_siblings, their lists) hold the same "
        "CPUs, the CPU itself among them, and CPUs that are siblings name each other.",
        why="The kernel prints all of them from one mask for each core. Where they differ, they were not read at the "
        "same time or somebody changed one, and what is to share a core, or must not, is decided by a wrong map.",
        example="cpu0/topology/thread_siblings_list reads 0,4 and cpu4/topology/thread_siblings_list reads 4.",
        remedy=Remedy("Record the capture again, with no CPU going on or off line meanwhile."),
        references=("admin-guide/cputopology", "ABI/stable/sysfs-devices-system-cpu: core_cpus"),
        specimens=_disagreeing_specimens,
    ),
)
