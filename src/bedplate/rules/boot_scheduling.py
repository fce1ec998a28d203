"""The command line: isolation, ticks, preemption, interrupt threads and grace periods, as a profile wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot_sets import boot_sets
from bedplate.rules.boot_words import fault, no_opinion, possible_cpus, seen_line, seen_word, specimens_of
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
    need,
    not_applicable,
    seen,
)
from bedplate.rules.specimen_profile import wanting
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot
    from bedplate.facts.facts import Facts
    from bedplate.policy import Expectation, Profile

# Below this many CPUs the ticks that come together do not contend for long (kernel-parameters: skew_tick).
_MANY_CPUS = 16
_TRUE = ("1", "y", "Y", "on", "yes")


def _fixed_isolation(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.isolcpus_domain")
    if wish is None:
        yield no_opinion(profile, "boot.isolcpus_domain")
        return
    boot = facts.boot
    sets = boot_sets(need(boot.cmdline), possible_cpus(facts))
    source = sets.source("domain")
    if source is not None and not wish.value:
        yield fault(
            f"isolcpus= takes CPUs {sets.domain} out of load balancing until the next boot; {wish.reason}",
            [seen_word(boot, source)],
            expected=Expected("absent", "isolcpus= with domain"),
            actual=sets.domain,
        )
    elif source is None and wish.value:
        yield fault(
            f"no isolcpus= takes CPUs out of load balancing at boot; {wish.reason}",
            [seen_line(boot)],
            expected=Expected("present", "isolcpus= with domain"),
            cause=Cause.ABSENT,
        )


def _aligned_ticks(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.skew_tick")
    if wish is None:
        yield no_opinion(profile, "boot.skew_tick")
        return
    cpus = len(facts.topology.online)
    if cpus <= _MANY_CPUS:
        yield not_applicable(f"with {cpus} online CPUs the ticks hardly contend (more than {_MANY_CPUS} would)")
        return
    yield from _word_as_wished(facts.boot, "skew_tick", wish)


def _word_as_wished(boot: Boot, name: str, wish: Expectation) -> Iterator[Outcome]:
    """Yield a failure unless the value of a parameter is the one wished for; 0 means that it may be absent."""
    found = need(boot.cmdline).last(name)
    value = "0" if found is None else found.value or ""
    wanted = str(int(wish.value) if isinstance(wish.value, bool) else wish.value)
    evidence = seen_line(boot) if found is None else seen_word(boot, found)
    if value == wanted:
        yield Outcome(State.PASS, expected=Expected("equal", wanted), actual=value, evidence=(evidence,))
    else:
        yield fault(
            f"{name} is {'not given' if found is None else value}; {wish.reason}",
            [evidence],
            expected=Expected("equal", wanted),
            actual=None if found is None else value,
            cause=Cause.ABSENT if found is None else Cause.MISMATCH,
        )


def _irq_threads(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.threadirqs")
    if wish is None:
        yield no_opinion(profile, "boot.threadirqs")
        return
    boot = facts.boot
    if isinstance(boot.realtime, Present) and boot.realtime.value:
        yield not_applicable("a PREEMPT_RT kernel always serves interrupts in threads", seen(boot.realtime.source, 1))
        return
    found = need(boot.cmdline).last("threadirqs")
    if (found is not None) != bool(wish.value):
        yield fault(
            f"threadirqs is {'not given' if found is None else 'given'}; {wish.reason}",
            [seen_line(boot) if found is None else seen_word(boot, found)],
            expected=Expected("present" if wish.value else "absent", "threadirqs"),
            actual=None if found is None else str(found),
            cause=Cause.ABSENT if found is None else Cause.MISMATCH,
        )


def _hurried_grace_periods(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.rcu_normal_after_boot")
    if wish is None:
        yield no_opinion(profile, "boot.rcu_normal_after_boot")
        return
    boot = facts.boot
    normal = need(boot.rcu_normal)
    asked = need(boot.cmdline).last("rcupdate.rcu_normal_after_boot")
    evidence = [seen(boot.rcu_normal.source, int(normal)), seen_line(boot) if asked is None else seen_word(boot, asked)]
    expected = Expected("equal", bool(wish.value))
    if normal == bool(wish.value):
        yield Outcome(State.PASS, expected=expected, actual=normal, evidence=tuple(evidence))
    elif asked is not None and (asked.value in _TRUE) == bool(wish.value):
        yield fault(
            "rcupdate.rcu_normal_after_boot= asks for it, and someone has changed rcu_normal since",
            evidence,
            expected=expected,
            actual=normal,
            cause=Cause.CONFLICT,
        )
    else:
        kind = "only ordinary" if normal else "hurried (expedited)"
        yield fault(f"the kernel uses {kind} grace periods; {wish.reason}", evidence, expected=expected, actual=normal)


def _rcu_specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.values.reading import Source

    wish = wanting({"boot.rcu_normal_after_boot": True})
    normal = Present(True, Source("specimen/rcu_normal"))
    return Specimens(
        passing=((booted("rcupdate.rcu_normal_after_boot=1", rcu_normal=normal), wish),),
        failing=((booted("quiet"), wish), (booted("rcupdate.rcu_normal_after_boot=1"), wish)),
    )


def _skew_specimens() -> Specimens:
    from bedplate.facts.specimen import booted, specimen_topology

    wish = wanting({"boot.skew_tick": 1})
    large = specimen_topology({0: "0-15", 1: "16-31"})
    return Specimens(
        passing=((booted("skew_tick=1", large), wish),),
        failing=((booted("quiet", large), wish), (booted("skew-tick=0", large), wish)),
    )


RULES = (
    Rule(
        code="BOOT007",
        name="isolation-fixed-until-reboot",
        section=Section.BOOT,
        severity=Severity.INFO,
        needs=("boot", "topology"),
        check=_fixed_isolation,
        settings=("boot.isolcpus_domain",),
        what="CPUs are isolated at boot by isolcpus= where the profile wants that, and in no other place.",
        why="isolcpus= with domain is documented as deprecated: it cannot be undone without a reboot, and a task that "
        "is put on several such CPUs stays on the first. An isolated cpuset partition does the same and can be "
        "changed.",
        example="isolcpus=2-7, where a partition with cpuset.cpus.partition “isolated” would do.",
        remedy=Remedy("Use an isolated cpuset partition of cgroup v2, and isolcpus=managed_irq,… alone.", reboot=True),
        references=("admin-guide/kernel-parameters: isolcpus", "admin-guide/cgroup-v2: cpuset.cpus.partition"),
        specimens=lambda: specimens_of(
            ("quiet", "isolcpus=managed_irq,2-3"), ("isolcpus=2-3",), wanting({"boot.isolcpus_domain": False})
        ),
    ),
    Rule(
        code="BOOT008",
        name="ticks-aligned-on-many-cpus",
        section=Section.BOOT,
        severity=Severity.INFO,
        needs=("boot", "topology"),
        check=_aligned_ticks,
        settings=("boot.skew_tick",),
        what="On a host with many CPUs the timer ticks are spread in time, where the profile wants that.",
        why="By default every CPU ticks at the same instant, and all of them reach for the same locks; the wait is "
        "part of the worst case. Spreading them costs a little power.",
        example="A host of 128 CPUs whose command line has no skew_tick=1.",
        remedy=Remedy("Add skew_tick=1 to the command line.", reboot=True),
        references=("admin-guide/kernel-parameters: skew_tick",),
        specimens=_skew_specimens,
    ),
    Rule(
        code="BOOT016",
        name="interrupt-threads-not-the-profiles",
        section=Section.BOOT,
        severity=Severity.INFO,
        needs=("boot",),
        check=_irq_threads,
        settings=("boot.threadirqs",),
        what="Interrupts are served in threads where the profile wants that, and in no other place.",
        why="A thread can be given a priority and CPUs, so that a task may run before an interrupt; each interrupt "
        "then costs a switch more.",
        example="threadirqs on the command line of a host that is there for throughput.",
        remedy=Remedy("Add threadirqs to the command line, or take it away.", reboot=True),
        references=("admin-guide/kernel-parameters: threadirqs",),
        specimens=lambda: specimens_of(("threadirqs",), ("quiet",), wanting({"boot.threadirqs": True})),
    ),
    Rule(
        code="BOOT017",
        name="grace-periods-hurried",
        section=Section.BOOT,
        severity=Severity.INFO,
        needs=("boot",),
        check=_hurried_grace_periods,
        settings=("boot.rcu_normal_after_boot",),
        what="After the boot the kernel waits for grace periods of RCU instead of forcing them, where the profile "
        "asks.",
        why="An expedited grace period interrupts every CPU that is not idle or in user space without a tick; a "
        "change of the network or of a cgroup on one CPU is then felt on all.",
        example="rcu_normal in /sys/kernel reads 0, and the command line has no rcupdate.rcu_normal_after_boot=1.",
        remedy=Remedy("Add rcupdate.rcu_normal_after_boot=1, or write 1 to rcu_normal.", runtime=True),
        references=("admin-guide/kernel-parameters: rcupdate.rcu_normal_after_boot", "RCU/checklist"),
        specimens=_rcu_specimens,
    ),
)
