"""NUMA: every thread and byte in the node where the firmware says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
)
from bedplate.values.idset import CpuSet, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile


def _cpu_in_no_node(facts: Facts, _: Profile) -> Iterator[Outcome]:
    topology = facts.topology
    lost = topology.online - union(CpuSet, (node.cpus for node in topology.nodes))
    if lost:
        yield Outcome(
            State.FAIL,
            Subject("cpu", lost),
            "an online CPU belongs to no NUMA node",
            Expected("subset", "the CPUs of the nodes"),
            str(lost),
            (Evidence(topology.online_source, raw=str(topology.online)),),
            Cause.MISMATCH,
        )


def _cpu_in_no_node_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import specimen, specimen_topology

    good = specimen_topology()
    lost = replace(good, online=good.online | CpuSet([8]))
    return Specimens(passing=((specimen(good), None),), failing=((specimen(lost), None),))


RULES = (
    Rule(
        code="NUMA001",
        name="cpu-in-no-node",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("topology",),
        check=_cpu_in_no_node,
        what="Every online CPU is in a NUMA node.",
        why="The scheduler and the memory policies place by node; a CPU without one is served from anywhere.",
        example="cpu/online reads 0-7, the nodes hold 0-3 and 4-6: CPU 7 is in none.",
        remedy=Remedy("Update the firmware: its SRAT does not name the CPU.", reboot=True),
        references=("ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpulist",),
        specimens=_cpu_in_no_node_specimens,
    ),
)
