"""Isolation: the sets of the command line that must be one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from bedplate.facts.boot_sets import boot_cpu, boot_sets
from bedplate.rules.boot_words import possible_cpus, seen_complaints, seen_line, seen_word
from bedplate.rules.isolation_wanted import GivenSet, against_wanted, none_wanted, not_there, wanted_set
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
    not_applicable,
    unknown,
)
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot_sets import BootSets
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.isolation_wanted import WantedSet

_SETTING = "iso.sets_match"


def _sets_differ(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects(_SETTING)
    if wish is not None and not wish.value and profile.isolated is None:
        yield not_applicable(f"profile {profile.name} isolates no CPUs: {wish.reason}")
        return
    wanted = wanted_set(facts, profile)
    if wanted is None:
        yield from _as_given(facts, profile, None, strict=wish is not None)
    elif not wanted.cpus:
        yield from none_wanted(facts, profile, wanted)
    else:
        outside = list(not_there(profile, wanted))
        yield from outside
        found = _as_given(facts, profile, wanted, strict=True)
        yield from (outcome for outcome in found if not outside or outcome.state is not State.PASS)


def _as_given(facts: Facts, profile: Profile, wanted: WantedSet | None, *, strict: bool) -> Iterator[Outcome]:
    boot = facts.boot
    sets = boot_sets(need(boot.cmdline), possible_cpus(facts))
    if sets.undecided:
        yield unknown(sets.undecided, seen_line(boot))
        return
    given = list(_given(facts, sets, strict=strict))
    faults = [*_dropped(facts, sets), *_boot_cpu_without_tick(facts, sets)]
    if wanted is not None:
        faults += against_wanted(profile, wanted, given)
    else:
        faults += [fault for one, other in combinations(given, 2) for fault in _pair(one, other)]
    yield from faults
    if not faults and len(given) < 2:
        yield not_applicable("the command line gives no two sets of isolated CPUs to compare", seen_line(boot))
    elif not faults:
        yield _are_one(given, wanted)


def _given(facts: Facts, sets: BootSets, *, strict: bool) -> Iterator[GivenSet]:
    """Yield the sets that are given; where a profile wants isolation (strict) also those that are not: empty ones."""
    named = (
        ("domain", "isolcpus=", sets.domain),
        ("nohz_full", "nohz_full=", sets.nohz_full),
        ("rcu_nocbs", "rcu_nocbs= with nohz_full=", sets.offloaded),
    )
    # rcu_nocbs= alone isolates nothing: laptops use it to save power.
    wanted = strict or bool(sets.domain or sets.nohz_full)
    for source, name, cpus in named:
        given = sets.source(source)
        implied = source == "rcu_nocbs" and bool(sets.nohz_full)
        if wanted and (given is not None or implied or strict):
            where = given or (sets.source("nohz_full") if implied else None)
            evidence = seen_line(facts.boot) if where is None else seen_word(facts.boot, where)
            yield GivenSet(name, cpus, evidence, offloaded=source == "rcu_nocbs")


def _pair(one: GivenSet, other: GivenSet) -> Iterator[Outcome]:
    """Yield the failure that two sets are not one; that more CPUs are offloaded than isolated harms little."""
    if one.cpus == other.cpus:
        return
    # The offloaded CPUs are the last of the sets.
    harmless = other.offloaded and bool(one.cpus) and one.cpus < other.cpus
    yield Outcome(
        State.FAIL,
        Subject("cpu", one.cpus ^ other.cpus),
        f"{one.name} is {str(one.cpus) or 'empty'}, and {other.name} is {str(other.cpus) or 'empty'}",
        Expected("equal", one.cpus),
        other.cpus,
        (one.evidence, other.evidence),
        Cause.MISMATCH,
        Severity.INFO if harmless else None,
    )


def _are_one(given: list[GivenSet], wanted: WantedSet | None) -> Outcome:
    evidence = tuple(dict.fromkeys(one.evidence for one in given))
    if wanted is None:
        return Outcome(State.PASS, actual=given[0].cpus, evidence=evidence)
    expected = Expected("equal", wanted.cpus)
    return Outcome(State.PASS, expected=expected, actual=given[0].cpus, evidence=(*evidence, wanted.evidence))


def _dropped(facts: Facts, sets: BootSets) -> Iterator[Outcome]:
    for parameter, why in sets.dropped:
        evidence = (seen_word(facts.boot, parameter), *seen_complaints(facts.boot, "Housekeeping: "))
        reason = f"the kernel ignores {parameter}: {why}"
        yield Outcome(State.FAIL, HOST, reason, None, str(parameter), evidence, Cause.CONFLICT)


def _boot_cpu_without_tick(facts: Facts, sets: BootSets) -> Iterator[Outcome]:
    cpu = boot_cpu(facts.constants.architecture)
    source = sets.source("nohz_full")
    if cpu is not None and source is not None and cpu in sets.nohz_full:
        yield Outcome(
            State.FAIL,
            Subject("cpu", CpuSet([cpu])),
            "nohz_full= names the boot CPU, which keeps the time for the others: the kernel takes it out of the set",
            Expected("disjoint", CpuSet([cpu])),
            sets.nohz_full,
            (seen_word(facts.boot, source), *seen_complaints(facts.boot, "NO_HZ: ", "must include one present CPU")),
            Cause.CONFLICT,
        )


def _differ_specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.rules.specimen_profile import wanting

    strict, wished, none = wanting({_SETTING: True}), wanting({}, isolated="2-3"), wanting({}, isolated="none")
    same = booted("isolcpus=domain,managed_irq,2-3 nohz_full=2,3 rcu_nocbs=2-3")
    return Specimens(
        passing=(
            (same, None),
            (same, strict),
            (same, wished),
            (booted("isolcpus=2-3 nohz_full=2-3"), strict),
            (booted("quiet"), none),
        ),
        failing=(
            (booted("isolcpus=2-3 nohz_full=2-3 rcu_nocbs=0-1"), None),
            (booted("isolcpus=2-3 nohz_full=4-5"), None),
            (booted("isolcpus=0-3 nohz_full=0-3"), None),
            (booted("isolcpus=2-3"), strict),
            (booted("isolcpus=4-5 nohz_full=4-5"), wished),
            (booted("nohz_full=2-3 nohz_full=4-5"), None),
            (same, none),
            (same, wanting({}, isolated="2-99")),
        ),
    )


RULES = (
    Rule(
        code="ISO001",
        name="isolation-sets-differ",
        section=Section.ISOLATION,
        severity=Severity.ERROR,
        needs=("boot", "topology", "isolation"),
        check=_sets_differ,
        settings=(_SETTING,),
        what="isolcpus=, nohz_full=, the CPUs whose RCU callbacks are offloaded and the CPUs that the profile isolates "
        "are one set, of CPUs that the host has; without a profile that isolates, those of them that the command line "
        "gives. No CPU is isolated where the profile wants none to be.",
        why="Each keeps another part of the kernel away: load balancing, the tick, RCU callbacks. A CPU that is in one "
        "set and not in another is still disturbed. nohz_full= offloads its CPUs too, so that rcu_nocbs= may be left "
        "out; the CPU that boots keeps the time and can never be without its tick.",
        example="isolcpus=2-7 nohz_full=2-3: CPUs 4 to 7 are left alone by the scheduler and still ticked "
        "hundreds of times a second.",
        remedy=Remedy("Give the same list to isolcpus= and nohz_full=, and drop rcu_nocbs=.", reboot=True),
        references=(
            "admin-guide/kernel-parameters: isolcpus, nohz_full, rcu_nocbs",
            "timers/no_hz: RCU Implications",
            "admin-guide/kernel-per-CPU-kthreads",
        ),
        specimens=_differ_specimens,
    ),
)
