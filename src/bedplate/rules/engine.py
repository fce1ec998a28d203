"""Runs rules over facts: pure, complete (one rule's fault is one finding), and in one order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.rule import HOST, Finding, NoValue, Outcome, State, Subject, outcome_of_missing
from bedplate.values.idset import CpuSet, IdSet, NodeSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Rule

# Subjects of these kinds are numbered: findings that differ in the number alone become one, with a set.
_SETS: dict[str, type[IdSet]] = {"cpu": CpuSet, "node": NodeSet, "irq": IdSet}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run of rules on one host."""

    profile: str
    findings: tuple[Finding, ...]

    def counts(self) -> dict[State, int]:
        """Return the number of findings in every state, those with none too."""
        counted = Counter(finding.state for finding in self.findings)
        return {state: counted[state] for state in State}


def run(rules: Iterable[Rule], facts: Facts, profile: Profile) -> Report:
    """Return the findings of every rule, in the order of the rules, subjects folded."""
    findings: list[Finding] = []
    for rule in rules:
        findings.extend(_finding(rule, outcome) for outcome in _folded(_outcomes(rule, facts, profile)))
    return Report(profile.name, tuple(findings))


def _outcomes(rule: Rule, facts: Facts, profile: Profile) -> list[Outcome]:
    """Return what a rule says; at least one outcome, and never an exception."""
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(rule.check(facts, profile))
    except NoValue as absent:
        outcomes.append(outcome_of_missing(absent.reading))
    except Exception as fault:
        outcomes.append(Outcome(State.ERROR, HOST, f"the rule itself failed: {type(fault).__name__}: {fault}"))
    return outcomes or [Outcome(State.PASS)]


class _Likeness(NamedTuple):
    """What findings must share to be one."""

    kind: str
    state: State
    reason: str
    rest: str


def _folded(outcomes: list[Outcome]) -> Iterator[Outcome]:
    groups: dict[_Likeness, list[Outcome]] = {}
    for outcome in outcomes:
        rest = repr((outcome.expected, outcome.actual, outcome.cause, outcome.severity))
        likeness = _Likeness(outcome.subject.kind, outcome.state, outcome.reason, rest)
        groups.setdefault(likeness, []).append(outcome)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _merged(group)


def _merged(group: list[Outcome]) -> Outcome:
    evidence = tuple(dict.fromkeys(piece for outcome in group for piece in outcome.evidence))
    return group[0]._replace(subject=_merged_subject([outcome.subject for outcome in group]), evidence=evidence)


def _merged_subject(subjects: list[Subject]) -> Subject:
    kind = subjects[0].kind
    set_type = _SETS.get(kind)
    if set_type is None:
        return Subject(kind, ",".join(dict.fromkeys(str(subject.id) for subject in subjects)))
    bits = 0
    for subject in subjects:
        bits |= subject.id.bits if isinstance(subject.id, IdSet) else 1 << int(subject.id)
    return Subject(kind, set_type.from_bits(bits))


def _finding(rule: Rule, outcome: Outcome) -> Finding:
    return Finding(
        rule=rule,
        state=outcome.state,
        severity=outcome.severity or rule.severity,
        subject=outcome.subject,
        reason=outcome.reason,
        expected=outcome.expected,
        actual=outcome.actual,
        evidence=outcome.evidence,
        cause=outcome.cause,
        configured=outcome.configured,
    )
