"""Rules that are rows of a table: kernel settings, a comparison, and words.

A row judges each of its settings by itself (the range that the kernel takes, and what the profile wants) and then by
its faults: relations that are wrong on any host.  Its specimens are made of values that it passes and fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bedplate.facts.sysctls import CATALOGUE, Kind, path_of
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
    outcome_of_missing,
)
from bedplate.rules.setting import configured, expected_setting, no_opinion, seen_setting
from bedplate.rules.setting_kinds import limits
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bedplate.facts.facts import Facts
    from bedplate.facts.sysctls import Value
    from bedplate.policy import Profile
    from bedplate.rules.comparison import Op

Fault: TypeAlias = "Callable[[Facts, Profile], Iterator[Outcome]]"
"""A relation that is wrong on any host; it yields PASS where it holds, and nothing where it has nothing to say."""
Amend: TypeAlias = "Callable[[Facts, Profile, Iterator[Outcome]], Iterator[Outcome]]"
Values: TypeAlias = "Mapping[str, Value]"

SECTIONS = {
    "NUMA": Section.NUMA,
    "HUGE": Section.HUGEPAGES,
    "MEM": Section.MEMORY,
    "SCHED": Section.SCHEDULING,
    "IPC": Section.IPC,
    "MNT": Section.MOUNTS,
    "SEC": Section.SECURITY,
    "HUNG": Section.HUNG,
    "MCE": Section.MCE,
}
WARNING, ERROR, INFO = Severity.WARNING, Severity.ERROR, Severity.INFO
SET_IT = "Set it with sysctl(8), and keep it in a file of /etc/sysctl.d."
_NEEDS = ("sysctls", "persistence")


def row(
    code: str,
    name: str,
    severity: Severity,
    keys: str,
    *,
    what: str,
    why: str,
    example: str,
    remedy: str | Remedy = SET_IT,
    good: Values | None = None,
    bad: Sequence[Values] = (),
    bad_lines: str = "",
    wish: Op | None = None,
    wants: Mapping[str, int | str] | None = None,
    faults: Sequence[Fault] = (),
    needs: tuple[str, ...] = _NEEDS,
    references: tuple[str, ...] = (),
    judged: bool = True,
    compared: bool = True,
    amend: Amend | None = None,
) -> Rule:
    """Return the rule that a row is.

    ``keys``: the settings, with spaces.  ``wish``: how a number that the profile wants of one is compared (None: it is
    not asked).  ``good`` and ``bad``: values by which it passes, and by each of which it fails, where the profile
    wants ``wants``; ``bad_lines``: lines of sysctl.d by which it fails, too, on a kernel that lacks their settings.
    Not ``judged``: the faults alone say what there is to say of the settings; not ``compared``: what of a wish.

    ``amend`` has the last word on what was found.  The references are the settings' own documents where none are given.
    """
    names = tuple(keys.split())
    check = _checker(names if judged else (), wish, faults, compared)
    return Rule(
        code=code,
        name=name,
        section=SECTIONS[code[:-3]],
        severity=severity,
        needs=needs,
        check=check if amend is None else _amended(check, amend),
        what=what,
        why=why,
        example=example,
        remedy=Remedy(remedy, runtime=True) if isinstance(remedy, str) else remedy,
        references=references or tuple(dict.fromkeys(CATALOGUE[key].document for key in names)),
        specimens=lambda: specimens_of(good or {}, bad, wants or {}, bad_lines),
        settings=names if wish else (),
    )


def _amended(check: Fault, amend: Amend) -> Fault:
    return lambda facts, profile: amend(facts, profile, check(facts, profile))


def _checker(names: tuple[str, ...], wish: Op | None, faults: Sequence[Fault], compared: bool) -> Fault:
    def check(facts: Facts, profile: Profile) -> Iterator[Outcome]:
        found = [outcome for name in names for outcome in _judged(facts, profile, name, wish if compared else None)]
        if not any(outcome.cause is Cause.OUT_OF_RANGE for outcome in found):
            found.extend(outcome for fault in faults for outcome in fault(facts, profile))
        if any(outcome.state in (State.PASS, State.FAIL, State.ERROR) for outcome in found):
            return settled(found)
        return iter([*found, *(_without_opinion(facts, profile, names) if wish else ())])

    return check


def _without_opinion(facts: Facts, profile: Profile, names: tuple[str, ...]) -> Iterator[Outcome]:
    there = {name: reading for name in names if isinstance(reading := facts.sysctls[name], Present)}
    if there:
        evidence = [piece for reading in there.values() for piece in seen_setting(reading)]
        values = [reading.value for reading in there.values()]
        outcome = no_opinion(profile, ", ".join(there), *evidence)
        yield outcome._replace(actual=values[0] if len(values) == 1 else None)


def _judged(facts: Facts, profile: Profile, name: str, wish: Op | None) -> Iterator[Outcome]:
    reading = facts.sysctls[name]
    if not isinstance(reading, Present):
        yield outcome_of_missing(reading)
    elif CATALOGUE[name].kind is Kind.INTEGER:
        outside = _out_of_range(facts, name)
        if outside is not None:
            yield outside
        elif wish is not None and profile.expects(name) is not None:
            yield from expected_setting(facts, profile, name, wish)


def _out_of_range(facts: Facts, name: str) -> Outcome | None:
    reading, key = facts.sysctls.integer(name), CATALOGUE[name]
    # What a kernel starts with it may not take back: -1 of msg_next_id.
    if not isinstance(reading, Present) or key.accepts(reading.value) or reading.value == key.default:
        return None
    low, high = limits(name)
    if (low is None or reading.value >= low) and (high is None or reading.value <= high):
        return None
    return Outcome(
        State.FAIL,
        HOST,
        f"{name} is {reading.value}, which the kernel does not take: from {low} to {high}",
        Expected("between", (low, high)),
        reading.value,
        seen_setting(reading),
        Cause.OUT_OF_RANGE,
        configured=configured(facts, name),
    )


def settled(found: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield what is to be said of several settings at once.

    Every failure, what could not be known and what is not there; one pass where something was judged and nothing
    failed.
    """
    passed = [one for one in found if one.state is State.PASS]
    if passed and not any(one.state in (State.FAIL, State.ERROR) for one in found):
        evidence = tuple(dict.fromkeys(piece for one in passed for piece in one.evidence))
        yield passed[0]._replace(evidence=evidence) if len(passed) == 1 else Outcome(State.PASS, evidence=evidence)
    yield from (one for one in found if one.state is not State.PASS)


def failing(facts: Facts, reason: str, expected: Expected, *names: str, cause: Cause = Cause.CONFLICT) -> Outcome:
    """Return the failure that some settings are together; the first one is the actual value."""
    readings = [facts.sysctls[name] for name in names]
    actual = readings[0].value if isinstance(readings[0], Present) else None
    evidence = tuple(piece for reading in readings for piece in seen_setting(reading))
    return Outcome(State.FAIL, HOST, reason, expected, actual, evidence, cause, configured=configured(facts, names[0]))


def holding(facts: Facts, *names: str) -> Outcome:
    """Return the pass that some settings are together."""
    return Outcome(State.PASS, evidence=tuple(piece for name in names for piece in seen_setting(facts.sysctls[name])))


def specimens_of(good: Values, bad: Sequence[Values], wants: Mapping[str, int | str], lines: str) -> Specimens:
    """Return hosts whose settings have these values, under a profile that wants others or these.

    ``lines``: what a file of sysctl.d sets on one more of them, on which these settings are not there.
    """
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_memory import specimen_persistence
    from bedplate.facts.specimen_settings import specimen_sysctls
    from bedplate.rules.specimen_profile import wanting

    profile = wanting(wants) if wants else None
    failing = [(specimen(sysctls=specimen_sysctls({**good, **one})), profile) for one in bad]
    for line in lines.splitlines():
        files, name = specimen_persistence({"50-old.conf": line}), line.split()[0]
        gone = {name: Absent(Source(path_of(name)), "not a setting of this kernel")}
        failing.append((specimen(sysctls=specimen_sysctls({**good, **gone}), persistence=files), profile))
    return Specimens(((specimen(sysctls=specimen_sysctls(good)), profile),), tuple(failing))
