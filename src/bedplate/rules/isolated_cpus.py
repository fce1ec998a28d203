"""The isolated CPUs as the rules look at them: which they are for a profile, and where that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.isolation import isolated_cpus, isolation_places
from bedplate.rules.rule import Cause, Expected, Outcome, State, Subject, need, seen
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Evidence
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading


def isolated_of(facts: Facts, profile: Profile) -> CpuSet:
    """Return the isolated CPUs; where none is, or it cannot be known, end the rule with what that means."""
    return need(isolated_cpus(facts.topology, facts.isolation, profile.isolated))


def seen_isolated(facts: Facts, profile: Profile) -> tuple[Evidence, ...]:
    """Return where the isolated CPUs were seen."""
    wanted = isolated_cpus(facts.topology, facts.isolation, profile.isolated)
    if profile.isolated is not None and isinstance(wanted, Present):
        return (seen(wanted.source, wanted.value),)
    places = isolation_places(facts.topology, facts.isolation)
    return tuple(seen(place.source, place.value) for place in places if isinstance(place, Present) and place.value)


def overlap(mask: Reading[CpuSet], facts: Facts, profile: Profile, reason: str) -> Iterator[Outcome]:
    """Judge a mask that has to leave out the isolated CPUs."""
    isolated = isolated_of(facts, profile)
    value = need(mask)
    shared = value & isolated
    if shared:
        yield Outcome(
            State.FAIL,
            Subject("cpu", shared),
            reason,
            Expected("disjoint", isolated),
            value,
            (seen(mask.source, value), *seen_isolated(facts, profile)),
            Cause.CONFLICT,
        )
