"""Isolation: the CPUs that a profile isolates, against those of the host, its command line and its kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.boot_sets import boot_sets
from bedplate.facts.isolation import isolated_cpus
from bedplate.rules.boot_words import possible_cpus, seen_word
from bedplate.rules.isolated_cpus import seen_isolated
from bedplate.rules.rule import HOST, Cause, Evidence, Expected, Outcome, Severity, State, Subject, need, seen, unknown
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.values.reading import Source


class GivenSet(NamedTuple):
    """One of the sets of CPUs that the command line gives."""

    name: str
    cpus: CpuSet
    evidence: Evidence
    offloaded: bool = False
    """The CPUs whose callbacks are offloaded: more of them than are isolated harm little."""


class WantedSet(NamedTuple):
    """The CPUs that a profile isolates."""

    cpus: CpuSet
    evidence: Evidence
    there: CpuSet
    """The CPUs that the host has; empty where that is not known."""


def wanted_set(facts: Facts, profile: Profile) -> WantedSet | None:
    """Return what a profile isolates, which may be no CPU; None where it does not say."""
    if profile.isolated is None:
        return None
    reading = isolated_cpus(facts.topology, facts.isolation, profile.isolated)
    cpus = CpuSet() if isinstance(reading, Absent) else need(reading)
    return WantedSet(cpus, _seen_wish(reading.source, profile), _cpus_there(facts))


def _seen_wish(source: Source, profile: Profile) -> Evidence:
    return seen(source, profile.isolated)


def _cpus_there(facts: Facts) -> CpuSet:
    """Return the CPUs that a host has, on line or not; a virtual machine has many more possible ones than that."""
    topology = facts.topology
    present = value_of(topology.present) or CpuSet()
    return (present | topology.online) if present else (possible_cpus(facts).cpus or topology.online)


def not_there(profile: Profile, wanted: WantedSet) -> Iterator[Outcome]:
    """Yield the failure that a profile isolates CPUs that the host does not have."""
    if not wanted.there:
        yield unknown("which CPUs the host has is not known", wanted.evidence)
        return
    beyond = wanted.cpus - wanted.there
    if beyond:
        yield Outcome(
            State.FAIL,
            Subject("cpu", beyond),
            f"profile {profile.name} isolates {wanted.cpus}, and this host does not have {beyond}",
            Expected("subset", wanted.there),
            wanted.cpus,
            (wanted.evidence,),
            Cause.OUT_OF_RANGE,
        )


def against_wanted(profile: Profile, wanted: WantedSet, given: Iterable[GivenSet]) -> Iterator[Outcome]:
    """Yield the failure that sets are not the profile's, one for all sets that are the same; on CPUs that are there."""
    alike: dict[CpuSet, list[GivenSet]] = {}
    for one in given:
        if _difference(one.cpus, wanted):
            alike.setdefault(one.cpus, []).append(one)
    for cpus, sets in alike.items():
        names = " and ".join(filter(None, (", ".join(one.name for one in sets[:-1]), sets[-1].name)))
        harmless = all(one.offloaded for one in sets) and wanted.cpus < cpus
        yield Outcome(
            State.FAIL,
            Subject("cpu", _difference(cpus, wanted)),
            f"{names} {'are' if len(sets) > 1 else 'is'} {str(cpus) or 'empty'}, "
            f"and profile {profile.name} isolates {wanted.cpus}",
            Expected("equal", wanted.cpus),
            cpus,
            (*dict.fromkeys(one.evidence for one in sets), wanted.evidence),
            Cause.MISMATCH,
            Severity.INFO if harmless else None,
        )


def _difference(cpus: CpuSet, wanted: WantedSet) -> CpuSet:
    difference = cpus ^ wanted.cpus
    return difference & wanted.there if wanted.there else difference


def none_wanted(facts: Facts, profile: Profile, wanted: WantedSet) -> Iterator[Outcome]:
    """Yield whether no CPU is isolated, as a profile wants, by the kernel's word and by its command line."""
    kernel = isolated_cpus(facts.topology, facts.isolation)
    found, words = value_of(kernel) or CpuSet(), list[Evidence]()
    if isinstance(facts.boot.cmdline, Present):
        sets = boot_sets(facts.boot.cmdline.value, possible_cpus(facts))
        # rcu_nocbs= alone isolates nothing: laptops use it to save power.
        found |= sets.domain | sets.nohz_full
        words = [seen_word(facts.boot, word) for name, word in sets.sources if name in ("domain", "nohz_full")]
    evidence = (wanted.evidence, *seen_isolated(facts, profile), *dict.fromkeys(words))
    if not found and not (isinstance(kernel, Absent) and kernel.certain):
        need(kernel)
    outcome = Outcome(State.PASS, HOST, "", Expected("equal", CpuSet()), found, evidence)
    if found:
        reason = f"CPUs {found} are isolated, and profile {profile.name} wants none to be"
        outcome = outcome._replace(state=State.FAIL, subject=Subject("cpu", found), reason=reason, cause=Cause.MISMATCH)
    yield outcome
