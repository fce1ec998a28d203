"""Isolation: whether the kernel took what its command line asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot_sets import boot_sets
from bedplate.rules.boot_words import possible_cpus, seen_complaints, seen_line, seen_word
from bedplate.rules.rule import (
    HOST,
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
    need,
    outcome_of_missing,
    seen,
    unknown,
)
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot_sets import BootSets
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Evidence
    from bedplate.values.reading import Reading


def _kernel_disagrees(facts: Facts, _: Profile) -> Iterator[Outcome]:
    sets = boot_sets(need(facts.boot.cmdline), possible_cpus(facts))
    if sets.undecided:
        yield unknown(sets.undecided, seen_line(facts.boot))
        return
    topology = facts.topology
    yield from _agreement(facts, sets, "domain", "isolcpus=", sets.domain, topology.isolated)
    full = topology.nohz_full
    if isinstance(full, Absent) and full.certain and not sets.nohz_full:
        pass  # the kernel is built without CONFIG_NO_HZ_FULL, and nobody asks for it
    elif isinstance(full, Absent) and full.certain:
        yield _not_supported(facts, sets, full)
    else:
        yield from _agreement(facts, sets, "nohz_full", "nohz_full=", sets.nohz_full, full)
    log = facts.boot.log
    if isinstance(log, Present) and log.value.offloaded is not None and sets.source("rcu_nocbs"):
        said: Reading[CpuSet] = Present(log.value.offloaded, log.source)
        yield from _agreement(facts, sets, "rcu_nocbs", "rcu_nocbs= with nohz_full=", sets.offloaded, said)


def _agreement(
    facts: Facts, sets: BootSets, source: str, name: str, asked: CpuSet, reported: Reading[CpuSet]
) -> Iterator[Outcome]:
    if not isinstance(reported, Present):
        yield outcome_of_missing(reported)
        return
    given = sets.source(source)
    asks = seen_line(facts.boot) if given is None else seen_word(facts.boot, given)
    evidence: tuple[Evidence, ...] = (asks, seen(reported.source, reported.value))
    extra = reported.value - asked
    partitions = facts.isolation.partitions
    if source == "domain" and extra and isinstance(partitions, Present) and extra <= partitions.value:
        # Newer kernels may count the CPUs of isolated partitions as isolated: what is left is the command line's.
        evidence = (*evidence, seen(partitions.source, partitions.value))
        extra = CpuSet()
    if asked <= reported.value and not extra:
        yield Outcome(State.PASS, HOST, "", Expected("equal", asked), reported.value, evidence)
        return
    yield Outcome(
        State.FAIL,
        Subject("cpu", asked ^ reported.value),
        f"{name} asks for {str(asked) or 'no CPU'}, and the kernel reports {str(reported.value) or 'none'}",
        Expected("equal", asked),
        reported.value,
        (*evidence, *seen_complaints(facts.boot, "Housekeeping: ", "NO_HZ: ", "rcu_nocbs", "isolcpus: ")),
        Cause.MISMATCH,
    )


def _not_supported(facts: Facts, sets: BootSets, full: Absent) -> Outcome:
    given = sets.source("nohz_full")
    asks = seen_line(facts.boot) if given is None else seen_word(facts.boot, given)
    return Outcome(
        State.FAIL,
        Subject("cpu", sets.nohz_full),
        "the tick goes on at these CPUs: the kernel is built without CONFIG_NO_HZ_FULL",
        Expected("equal", sets.nohz_full),
        None,
        (asks, seen(full.source), *seen_complaints(facts.boot, "Housekeeping: ")),
        Cause.KERNEL_LACKS,
    )


def _disagree_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import booted, specimen, specimen_topology
    from bedplate.facts.specimen_boot import specimen_boot
    from bedplate.facts.specimen_devices import specimen_isolation

    plain = specimen_topology()
    two = CpuSet([2, 3])
    taken = replace(plain, isolated=Present(two, plain.isolated.source), nohz_full=Present(two, plain.nohz_full.source))
    without = replace(plain, nohz_full=Absent(plain.nohz_full.source, "the kernel is built without it"))
    folded = replace(plain, isolated=Present(two, plain.isolated.source))
    masks = specimen_isolation()
    partitioned = replace(masks, partitions=Present(two, masks.partitions.source))
    return Specimens(
        passing=(
            (booted("quiet"), None),
            (booted("isolcpus=2-3 nohz_full=2-3", taken), None),
            (specimen(folded, boot=specimen_boot("quiet"), isolation=partitioned), None),
        ),
        failing=(
            (booted("isolcpus=2-3"), None),
            (booted("isolcpus=2-4 nohz_full=2-3", taken), None),
            (booted("nohz_full=2-3", without), None),
            (booted("quiet", taken), None),
            (specimen(folded, boot=specimen_boot("isolcpus=4"), isolation=partitioned), None),
        ),
    )


RULES = (
    Rule(
        code="ISO002",
        name="kernel-isolates-other-cpus",
        section=Section.ISOLATION,
        severity=Severity.ERROR,
        # isolation: cpu/isolated may hold the CPUs of isolated partitions of cgroup v2 as well
        needs=("boot", "topology", "isolation"),
        check=_kernel_disagrees,
        what="The CPUs that the kernel reports as isolated and as running without a tick are those of its command "
        "line.  Those of isolated partitions of cgroup v2 may be among them.",
        why="The kernel refuses a list that it does not understand, takes the boot CPU out of one, or was built "
        "without what a parameter needs, with one line in its log. What it reports is what it does.",
        example="isolcpus=2-9 on a host of 8 CPUs, and cpu/isolated is empty.",
        remedy=Remedy("Correct the parameter that the kernel did not take, and look for it in the log.", reboot=True),
        references=(
            "ABI/testing/sysfs-devices-system-cpu: /sys/devices/system/cpu/isolated, nohz_full",
            "admin-guide/kernel-parameters: isolcpus",
        ),
        specimens=_disagree_specimens,
    ),
)
