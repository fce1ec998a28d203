"""Relations between kernel settings that are wrong on any host: the faults of rows of rules/sysctl_table.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.sysctl_key import ACTION
from bedplate.facts.sysctls import other_home_of, path_of
from bedplate.rules.rule import HOST, Cause, Evidence, Expected, Outcome, State, outcome_of_missing, seen
from bedplate.rules.setting import unread_settings
from bedplate.rules.sysctl_table import failing, holding
from bedplate.values.reading import Absent, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.persistence import Setting
    from bedplate.policy import Profile
    from bedplate.rules.sysctl_table import Fault


def number(facts: Facts, name: str) -> int | None:
    """Return the value of a setting that is one integer, None where it has none."""
    return value_of(facts.sysctls.integer(name))


def not_above(lower: str, higher: str, why: str, *, off: int | None = None) -> Fault:
    """Return the fault that a setting is above another.  ``off``: the value of the other that means no limit."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        low, high = number(facts, lower), number(facts, higher)
        if low is None or high is None or high == off:
            return
        if low <= high:
            yield holding(facts, lower, higher)
        else:
            reason = f"{lower} is {low}, above {higher}, which is {high}: {why}"
            yield failing(facts, reason, Expected("at-most", high), lower, higher)

    return fault


def never(name: str, value: int, why: str, *, unless: tuple[str, int] | None = None) -> Fault:
    """Return the fault that a setting has a value.  ``unless``: another one, and the value that makes this right."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        actual = number(facts, name)
        if actual is None or (unless is not None and number(facts, unless[0]) == unless[1]):
            return
        if actual != value:
            yield holding(facts, name)
        else:
            yield failing(facts, f"{name} is {value}: {why}", Expected("not", value), name, cause=Cause.MISMATCH)

    return fault


def always(name: str, value: int, why: str) -> Fault:
    """Return the fault that a setting has any value but one."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        actual = number(facts, name)
        if actual is None:
            return
        if actual == value:
            yield holding(facts, name)
        else:
            reason = f"{name} is {actual}: {why}"
            yield failing(facts, reason, Expected("equal", value), name, cause=Cause.MISMATCH)

    return fault


def one_of_twins(first: str, second: str) -> Fault:
    """Return the fault that both of two settings that clear each other have values, or files set both."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        values = number(facts, first), number(facts, second)
        if None in values:
            return
        lines = [facts.persistence.effective(name) for name in (first, second)]
        if all(values):
            reason = f"{first} is {values[0]} and {second} is {values[1]}: a write of one sets the other to 0"
            yield failing(facts, reason, Expected("equal", 0), first, second)
        elif lines[0] is not None and lines[1] is not None:
            reason = f"{lines[0].place} sets {first} and {lines[1].place} its twin {second}: the later one clears it"
            yield line_fault(facts, lines[0], reason, Cause.CONFLICT)
        else:
            yield holding(facts, first, second)

    return fault


def kept(*names: str, why: str) -> Fault:
    """Return the fault that a file of sysctl.d has a line for one of these, which are no settings to keep."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        yield from unread_settings(facts)
        lines = facts.persistence.settings(at_boot=False)
        found = [one for one in lines if one.assignment.key in names and one.assignment.value is not None]
        for setting in found:
            yield line_fault(facts, setting, f"{setting.place} sets {setting.assignment.key}, {why}", Cause.CONFLICT)
        if not found:
            yield from (_none_kept(facts, name) for name in names)

    return fault


def _none_kept(facts: Facts, name: str) -> Outcome:
    reading = facts.sysctls[name]
    if isinstance(reading, Absent) and not reading.reason.startswith(ACTION):
        return outcome_of_missing(reading)
    return Outcome(State.PASS, evidence=(seen(reading.source),))


def kept_where_gone(*names: str) -> Fault:
    """Return the fault that a file of sysctl.d has a line for a setting that this kernel does not have there."""

    def fault(facts: Facts, _: Profile) -> Iterator[Outcome]:
        yield from unread_settings(facts)
        for setting in facts.persistence.settings(at_boot=False):
            key = setting.assignment.key
            if key in names and setting.assignment.value is not None and _is_gone(facts, key):
                home = other_home_of(key)
                told = f" (newer kernels have it in {home})" if home else ""
                reason = f"{setting.place} sets {key}, which is no sysctl of this kernel{told}"
                yield line_fault(facts, setting, reason, Cause.KERNEL_LACKS)

    return fault


def _is_gone(facts: Facts, name: str) -> bool:
    reading = facts.sysctls[name]
    if isinstance(reading, Absent):
        return reading.certain
    return isinstance(reading, Present) and reading.source.path != path_of(name)


def line_fault(facts: Facts, setting: Setting, reason: str, cause: Cause) -> Outcome:
    """Return the failure that a line of a file of sysctl.d is."""
    line = f"{setting.assignment.key} = {setting.assignment.value}"
    reading = facts.sysctls[setting.assignment.key]
    evidence = (Evidence(setting.path, setting.assignment.span, line), seen(reading.source))
    return Outcome(
        State.FAIL, HOST, reason, Expected("equal", "no such line"), line, evidence, cause, configured=setting.place
    )
