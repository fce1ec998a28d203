"""Kernel settings against what a profile expects of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.rules.comparison import expected, fits, phrase
from bedplate.rules.rule import (
    HOST,
    Cause,
    Outcome,
    State,
    need,
    not_applicable,
    outcome_of_missing,
    seen,
    unknown,
)
from bedplate.values.reading import Absent, Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Expectation, Profile
    from bedplate.rules.rule import Evidence
    from bedplate.values.reading import Missing, Reading


def no_opinion(profile: Profile, setting: str, *evidence: Evidence) -> Outcome:
    """Return the outcome of a rule whose profile expects nothing of the setting that it judges."""
    return not_applicable(f"profile {profile.name} has no opinion on {setting}", *evidence)


def expected_setting(facts: Facts, profile: Profile, name: str, op: str = "equal") -> Iterator[Outcome]:
    """Yield whether a kernel setting is what the profile expects; the value is told where it expects nothing too.

    The rule needs the sections sysctls and persistence: a finding says which file sets the value at boot.  ``op`` is
    what is made of a wish that is one number (see rules/comparison.py).
    """
    reading = facts.sysctls.integer(name)
    wanted = profile.expects(name)
    if wanted is None:
        value = reading.value if isinstance(reading, Present) else None
        yield no_opinion(profile, name, *seen_setting(reading))._replace(actual=value)
        return
    value = need(reading)
    try:
        fitting = fits(op, wanted.value, value)
    except ParseError as error:
        yield Outcome(State.ERROR, reason=f"what profile {profile.name} expects of {name} is wrong: {error}")
        return
    outcome = Outcome(State.PASS, HOST, "", expected(op, wanted.value), value, seen_setting(reading))
    yield outcome if fitting else _unfit(outcome, profile, name, wanted)._replace(configured=configured(facts, name))


def _unfit(outcome: Outcome, profile: Profile, name: str, wanted: Expectation) -> Outcome:
    op = "equal" if outcome.expected is None else outcome.expected.op
    reason = f"{name} is {outcome.actual}, and profile {profile.name} wants {phrase(op, wanted.value)}: {wanted.reason}"
    return outcome._replace(state=State.FAIL, reason=reason, cause=Cause.MISMATCH)


def seen_setting(reading: Reading[object]) -> tuple[Evidence, ...]:
    """Return the evidence that the file of a setting is."""
    return (seen(reading.source, reading.value if isinstance(reading, Present) else None),)


def configured(facts: Facts, name: str) -> str | None:
    """Return the place that sets a kernel setting at boot, such as ``/etc/sysctl.d/90-x.conf:3``; None for none."""
    setting = facts.persistence.effective(name)
    return None if setting is None else setting.place


def unread_settings(facts: Facts) -> Iterator[Outcome]:
    """Yield what could not be seen of the files that set kernel settings at boot."""
    persistence = facts.persistence
    unread = [folder for folder in persistence.folders if not isinstance(folder, Present) and not is_certain(folder)]
    if unread:
        why = why_missing(unread[0]) if len(unread) == 1 else "folders that may hold such files are not to be seen"
        yield unknown(why, *(seen(folder.source) for folder in unread))
    for file in persistence.files:
        if not isinstance(file.content, Present) and file.masked_by is None:
            yield outcome_of_missing(file.content)


def is_certain(missing: Missing) -> bool:
    """Return whether it is certain that something is not on the host."""
    return isinstance(missing, Absent) and missing.certain
