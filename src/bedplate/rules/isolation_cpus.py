"""Isolation: which CPUs are left for the rest of the system, and that cores are isolated whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.isolated_cpus import isolated_of, seen_isolated
from bedplate.rules.pci_devices import is_end_point
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
from bedplate.values.idset import CpuSet, union
from bedplate.values.reading import Absent, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.topology import Core, Node
    from bedplate.policy import Profile

_SHOWN_CORES = 16


def _no_housekeeping(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    isolated = isolated_of(facts, profile)
    topology = facts.topology
    left = topology.online - isolated
    evidence = seen_isolated(facts, profile)
    if not topology.online:
        yield unknown("which CPUs are on line is not known", Evidence(topology.online_source))
        return
    if not left:
        yield Outcome(
            State.FAIL,
            reason="every online CPU is isolated, and none is left for the rest of the system",
            expected=Expected("at-least", 1),
            actual=0,
            evidence=(Evidence(topology.online_source, raw=str(topology.online)), *evidence),
            cause=Cause.CONFLICT,
        )
    yield from _boot_cpu(facts)
    yield from _nodes_without(facts, left, evidence)


def _boot_cpu(facts: Facts) -> Iterator[Outcome]:
    """Judge the CPU that keeps the time: the first one, on which kernels of all architectures boot."""
    topology = facts.topology
    full = topology.nohz_full
    possible = value_of(topology.possible) or topology.online
    if isinstance(full, Present) and possible.first in full.value:
        boot = CpuSet([possible.first])
        yield Outcome(
            State.FAIL,
            Subject("cpu", boot),
            "the boot CPU is among those that stop their tick, and it keeps the time for them",
            Expected("disjoint", boot),
            full.value,
            (seen(full.source, full.value),),
            Cause.CONFLICT,
        )


def _nodes_without(facts: Facts, left: CpuSet, evidence: tuple[Evidence, ...]) -> Iterator[Outcome]:
    """Judge nodes with devices: somebody near to them has to serve their interrupts."""
    bus = facts.pci.bus
    if isinstance(bus, Absent) and bus.certain:
        return
    if not isinstance(bus, Present):
        yield outcome_of_missing(bus)
        return
    for node in facts.topology.nodes:
        if node.online_cpus and node.online_cpus.isdisjoint(left):
            devices = [one for one in facts.pci.devices if one.locality.node == node.id and is_end_point(one)]
            if devices:
                where = (seen(devices[0].numa_node.source, value_of(devices[0].numa_node)), *evidence)
                yield _node_without(node, len(devices), left, where)


def _node_without(node: Node, devices: int, left: CpuSet, evidence: tuple[Evidence, ...]) -> Outcome:
    return Outcome(
        State.FAIL,
        Subject("node", node.id),
        f"all CPUs of the node are isolated, and none near to its {devices} PCI devices is left to serve them",
        Expected("intersects", node.online_cpus),
        left,
        evidence,
        Cause.CONFLICT,
        Severity.WARNING,
    )


def _divided_cores(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    isolated = isolated_of(facts, profile)
    topology = facts.topology
    known = union(CpuSet, (core.threads for core in topology.cores if core.source is not None))
    lost = (isolated & topology.online) - known
    if lost:
        places = seen_isolated(facts, profile)
        yield unknown("the siblings of isolated CPUs are not known", *places, subject=Subject("cpu", lost))
    divided = [core for core in topology.cores if _is_divided(core, isolated, topology.online)]
    if divided:
        siblings = union(CpuSet, (core.threads for core in divided)) & topology.online
        yield Outcome(
            State.FAIL,
            Subject("cpu", siblings - isolated),
            "these CPUs share a core with isolated ones and are not isolated",
            Expected("equal", isolated | siblings),
            isolated,
            (*seen_isolated(facts, profile), *_seen_cores(divided)),
            Cause.CONFLICT,
        )
    elif not isolated & topology.online:
        yield not_applicable("no isolated CPU is on line")


def _is_divided(core: Core, isolated: CpuSet, online: CpuSet) -> bool:
    threads = core.threads & online
    return bool(threads & isolated) and not threads <= isolated


def _seen_cores(cores: list[Core]) -> Iterator[Evidence]:
    for core in cores[:_SHOWN_CORES]:
        if core.source is not None:
            yield seen(core.source, core.threads)


def _housekeeping_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.rules.specimen_profile import wanting

    good = specimen_topology()
    boot = replace(good, nohz_full=Present(CpuSet.from_list("0-3"), good.nohz_full.source))
    host = specimen(good)
    return Specimens(
        passing=((host, wanting({}, isolated="2-3,6-7")),),
        failing=(
            (host, wanting({}, isolated="all")),
            (host, wanting({}, isolated="4-7")),
            (specimen(boot), wanting({}, isolated="2-3")),
        ),
    )


def _core_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.rules.specimen_profile import wanting

    good = specimen_topology()
    single = replace(good, cores=tuple(core._replace(threads=CpuSet([core.threads.first])) for core in good.cores))
    single = replace(single, online=CpuSet.from_list("0,2,4,6"))
    return Specimens(
        passing=((specimen(good), wanting({}, isolated="2-3")), (specimen(single), wanting({}, isolated="2,6"))),
        failing=((specimen(good), wanting({}, isolated="2-4")), (specimen(good), wanting({}, isolated="3"))),
    )


RULES = (
    Rule(
        code="ISO003",
        name="housekeeping-cpus-missing",
        section=Section.ISOLATION,
        severity=Severity.ERROR,
        needs=("topology", "pci", "isolation"),
        check=_no_housekeeping,
        what="Not every CPU is isolated, the boot CPU keeps its tick, and each NUMA node with PCI devices has a CPU "
        "that is not isolated (a warning where it has none).",
        why="Timekeeping, interrupts, kernel threads and every program without a place of its own run on the CPUs "
        "that are left.  With none in a node, its devices are served from another one or by the isolated CPUs.",
        example="Eight CPUs, and cpu/isolated reads 0-7; or it reads 4-7, which is all of node 1.",
        remedy=Remedy(
            "Leave at least one core of each node with devices out of isolcpus= and nohz_full=.", reboot=True
        ),
        references=(
            "timers/no_hz: Implementing Adaptive-Ticks CPUs",
            "admin-guide/kernel-parameters: isolcpus, nohz_full",
        ),
        specimens=_housekeeping_specimens,
    ),
    Rule(
        code="ISO004",
        name="isolated-core-shared",
        section=Section.ISOLATION,
        severity=Severity.WARNING,
        needs=("topology", "isolation"),
        check=_divided_cores,
        what="Where a CPU is isolated, all hyper threads of its core that are on line are isolated too.",
        why="Siblings share the execution units and the first two levels of cache.  Whatever runs on the sibling that "
        "is not isolated takes half of the core when it pleases, and can observe what the other half does.",
        example="isolcpus=2-4 where CPUs 4 and 5 are one core: work on CPU 5 slows CPU 4.",
        remedy=Remedy(
            "Isolate whole cores, or take the siblings off line (cpu*/online), or boot with nosmt.", reboot=True
        ),
        references=(
            "admin-guide/cputopology: thread_siblings",
            "admin-guide/hw-vuln/core-scheduling: Security usecase",
        ),
        specimens=_core_specimens,
    ),
)
