"""The words of the command line as rules show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot_masks import possible_cpus_of
from bedplate.rules.rule import HOST, Cause, Evidence, Outcome, Specimens, State, need, not_applicable
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.facts.boot import Boot, Parameter
    from bedplate.facts.boot_masks import PossibleCpus
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Expected, Severity


def seen_word(boot: Boot, parameter: Parameter) -> Evidence:
    """Return the evidence that a word of the command line is: its bytes in the file."""
    return Evidence(boot.cmdline.source.path, parameter.span, str(parameter))


def seen_line(boot: Boot) -> Evidence:
    """Return the evidence that the whole command line is."""
    return Evidence(boot.cmdline.source.path, raw=need(boot.cmdline).text)


def seen_complaints(boot: Boot, *words: str) -> tuple[Evidence, ...]:
    """Return the lines of the kernel's log that complain of something that holds one of ``words``."""
    if not isinstance(boot.log, Present):
        return ()
    lines = (line for line in boot.log.value.complaints if any(word in line for word in words))
    return tuple(Evidence(boot.log.source.path, raw=line) for line in lines)


def possible_cpus(facts: Facts) -> PossibleCpus:
    """Return the CPUs that the kernel's lists are about."""
    return possible_cpus_of(facts.boot, facts.topology, facts.constants)


def fault(
    reason: str,
    evidence: Iterable[Evidence],
    *,
    expected: Expected | None = None,
    actual: object = None,
    cause: Cause = Cause.MISMATCH,
    severity: Severity | None = None,
) -> Outcome:
    """Return a failure of the host as a whole."""
    return Outcome(State.FAIL, HOST, reason, expected, actual, tuple(evidence), cause, severity)


def no_opinion(profile: Profile, setting: str) -> Outcome:
    """Return the outcome of a rule whose setting a profile does not care for."""
    return not_applicable(f"profile {profile.name} has no opinion on {setting}")


def specimens_of(passing: Iterable[str], failing: Iterable[str], profile: Profile | None = None) -> Specimens:
    """Return specimens that differ in their command line alone."""
    from bedplate.facts.specimen import booted

    return Specimens(
        tuple((booted(line), profile) for line in passing), tuple((booted(line), profile) for line in failing)
    )
