"""Isolation: the masks that keep deferred work and watchdogs away from isolated CPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.isolated_cpus import overlap
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
    need,
    not_applicable,
    seen,
)
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

WATCHDOG_CPUS = "kernel.watchdog_cpumask"
"""``housekeeping``: isolated CPUs are not watched; ``all``: every online CPU is."""


def _workqueues(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    # The mask of a single workqueue (devices/virtual/workqueue/*/cpumask) is what was asked for: its workers run on
    # what that and the mask of all have in common, so that it cannot widen the latter, and the file does not follow
    # it (tried on 6.18).  The mask of all is therefore the one to judge.
    reason = "work of unbound workqueues may run on isolated CPUs"
    for outcome in overlap(facts.isolation.unbound, facts, profile, reason):
        requested = facts.isolation.unbound_requested
        more = (seen(requested.source, requested.value),) if isinstance(requested, Present) else ()
        yield outcome._replace(evidence=(*outcome.evidence, *more))


def _watched(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted = profile.expects(WATCHDOG_CPUS)
    if wanted is None:
        yield not_applicable(f"profile {profile.name} has no opinion on {WATCHDOG_CPUS}")
        return
    switch = facts.isolation.watchdog
    if need(switch) == 0:
        yield not_applicable("both lockup detectors are off (kernel.watchdog is 0)", seen(switch.source, 0))
        return
    if wanted.value == "all":
        yield from _not_watched(facts)
        return
    reason = "the lockup detectors wake isolated CPUs"
    yield from overlap(facts.isolation.watchdog_cpus, facts, profile, reason)


def _not_watched(facts: Facts) -> Iterator[Outcome]:
    mask = need(facts.isolation.watchdog_cpus)
    missed = facts.topology.online - mask
    if missed:
        yield Outcome(
            State.FAIL,
            Subject("cpu", missed),
            "the lockup detectors do not watch these CPUs",
            Expected("superset", facts.topology.online),
            mask,
            (seen(facts.isolation.watchdog_cpus.source, mask),),
            Cause.MISMATCH,
        )


def _workqueue_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_devices import specimen_isolation
    from bedplate.rules.specimen_profile import wanting

    isolated = wanting({}, isolated="2-3,6-7")
    return Specimens(
        passing=((specimen(isolation=specimen_isolation(unbound="0-1,4-5")), isolated),),
        failing=((specimen(isolation=specimen_isolation(unbound="0-7")), isolated),),
    )


def _watchdog_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_devices import specimen_isolation
    from bedplate.rules.specimen_profile import wanting

    quiet = wanting({WATCHDOG_CPUS: "housekeeping"}, isolated="2-3,6-7")
    every = wanting({WATCHDOG_CPUS: "all"})
    some, whole = (specimen(isolation=specimen_isolation(watched=cpus)) for cpus in ("0-1,4-5", "0-7"))
    return Specimens(passing=((some, quiet), (whole, every)), failing=((whole, quiet), (some, every)))


RULES = (
    Rule(
        code="ISO010",
        name="unbound-work-on-isolated-cpus",
        section=Section.ISOLATION,
        severity=Severity.ERROR,
        needs=("topology", "isolation"),
        check=_workqueues,
        what="The mask of all unbound workqueues leaves out the isolated CPUs.  The masks of single workqueues cannot "
        "widen it, so that they are not judged.",
        why="Unbound work is what the kernel puts off: writeback, encryption, cleaning up after cgroups, and the tick "
        "of one second that remains to CPUs that stop theirs.",
        example="cpu/nohz_full reads 2-3,6-7, and devices/virtual/workqueue/cpumask reads ff.",
        remedy=Remedy(
            "Write the mask of the housekeeping CPUs to devices/virtual/workqueue/cpumask, or boot with "
            "workqueue.unbound_cpus=.  isolcpus= and isolated partitions of cgroup v2 do so themselves.",
            runtime=True,
        ),
        references=(
            "core-api/workqueue: Affinity Scopes",
            "admin-guide/kernel-parameters: workqueue.unbound_cpus, isolcpus",
        ),
        specimens=_workqueue_specimens,
    ),
    Rule(
        code="ISO011",
        name="watchdog-on-isolated-cpus",
        section=Section.ISOLATION,
        severity=Severity.WARNING,
        needs=("topology", "isolation"),
        check=_watched,
        what="The lockup detectors leave the isolated CPUs alone; in profiles that want every CPU watched, they watch "
        "all that are on line.",
        why="On each CPU that they watch they arm a timer, wake a thread of the highest priority and take a counter "
        "of the processor.  Where nothing else runs, that is the disturbance; elsewhere it is how a hang is noticed.",
        example="cpu/isolated reads 2-3,6-7, and kernel.watchdog_cpumask reads 0-7.",
        remedy=Remedy("Write the housekeeping CPUs, as a list, to kernel.watchdog_cpumask.", runtime=True),
        references=("admin-guide/lockup-watchdogs: Implementation", "admin-guide/sysctl/kernel: watchdog_cpumask"),
        specimens=_watchdog_specimens,
        settings=(WATCHDOG_CPUS,),
    ),
)
