"""Kernel settings against what a profile expects of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import (
    HOST,
    Cause,
    Expected,
    Outcome,
    State,
    need,
    not_applicable,
    seen,
)
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Evidence
    from bedplate.values.reading import Reading


def no_opinion(profile: Profile, setting: str, *evidence: Evidence) -> Outcome:
    """Return the outcome of a rule whose profile expects nothing of the setting that it judges."""
    return not_applicable(f"profile {profile.name} has no opinion on {setting}", *evidence)


def expected_setting(facts: Facts, profile: Profile, name: str) -> Iterator[Outcome]:
    """Yield whether a kernel setting is what the profile expects; the value is told where it expects nothing too.

    The rule needs the sections sysctls and persistence: a finding says which file sets the value at boot.
    """
    reading = facts.sysctls.integer(name)
    wanted = profile.expects(name)
    if wanted is None:
        value = reading.value if isinstance(reading, Present) else None
        yield no_opinion(profile, name, *seen_setting(reading))._replace(actual=value)
        return
    value = need(reading)
    fits = value == wanted.value
    yield Outcome(
        State.PASS if fits else State.FAIL,
        HOST,
        "" if fits else f"{name} is {value}, and profile {profile.name} wants {wanted.value}: {wanted.reason}",
        Expected("equal", wanted.value),
        value,
        seen_setting(reading),
        None if fits else Cause.MISMATCH,
        configured=configured(facts, name),
    )


def seen_setting(reading: Reading[int]) -> tuple[Evidence, ...]:
    """Return the evidence that the file of a setting is."""
    return (seen(reading.source, reading.value if isinstance(reading, Present) else None),)


def configured(facts: Facts, name: str) -> str | None:
    """Return the place that sets a kernel setting at boot, such as ``/etc/sysctl.d/90-x.conf:3``; None for none."""
    setting = facts.persistence.effective(name)
    return None if setting is None else setting.place
