"""The engine: complete, ordered, folded, and never stopped by one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bedplate.facts.facts import Facts
from bedplate.facts.specimen import specimen
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import (
    Cause,
    Evidence,
    Expected,
    Outcome,
    Rule,
    Severity,
    State,
    Subject,
    need,
)
from bedplate.values.idset import CpuSet, IdSet
from bedplate.values.reading import Absent, Denied, Malformed, Missing, Source


def rule(check: Callable[[Facts, Profile], Iterable[Outcome]], code: str = "TEST001") -> Rule:
    return replace(find_rule("NUMA001"), code=code, check=check)


def silent(facts: Facts, profile: Profile) -> tuple[Outcome, ...]:
    return ()


def test_a_check_that_yields_nothing_passes() -> None:
    (finding,) = run([rule(silent)], specimen(), DEFAULT).findings
    assert finding.state is State.PASS
    assert str(finding.subject) == "host"


def test_an_exception_in_one_rule_is_its_finding_and_the_others_go_on() -> None:
    def broken(facts: Facts, profile: Profile) -> Iterator[Outcome]:
        yield Outcome(State.FAIL, reason="seen before the fault")
        raise ZeroDivisionError("a fault")

    report = run([rule(broken), rule(silent, "TEST002")], specimen(), DEFAULT)
    assert [finding.state for finding in report.findings] == [State.FAIL, State.ERROR, State.PASS]
    assert "ZeroDivisionError" in report.findings[1].reason


def test_a_rule_that_looks_at_an_undeclared_section_is_an_error() -> None:
    bare = Facts(specimen().constants, type(specimen()._sections)())  # pyright: ignore[reportPrivateUsage]
    (finding,) = run([find_rule("NUMA001")], bare, DEFAULT).findings
    assert finding.state is State.ERROR


def state_for(reading: Missing) -> tuple[State, Cause | None]:
    def check(facts: Facts, profile: Profile) -> Iterator[Outcome]:
        need(reading)
        yield Outcome(State.PASS)

    (finding,) = run([rule(check)], specimen(), DEFAULT).findings
    assert reading.source.path in finding.reason
    return finding.state, finding.cause


def test_a_missing_reading_is_never_a_pass() -> None:
    source = Source("a/file")
    assert state_for(Absent(source, "CONFIG_X is off")) == (State.NOT_APPLICABLE, Cause.ABSENT)
    assert state_for(Absent(source, "not in this capture", certain=False)) == (State.UNKNOWN, Cause.ABSENT)
    assert state_for(Denied(source, 13, "root")) == (State.UNKNOWN, Cause.UNREADABLE)
    assert state_for(Malformed(source, b"x", "not a number")) == (State.UNKNOWN, Cause.UNPARSABLE)


def test_findings_that_differ_in_a_number_alone_fold_into_a_set() -> None:
    def check(facts: Facts, profile: Profile) -> Iterator[Outcome]:
        for cpu in (5, 1, 2):
            yield Outcome(State.FAIL, Subject("cpu", cpu), "is noisy", evidence=(Evidence(f"cpu{cpu}"),))
        yield Outcome(State.FAIL, Subject("cpu", CpuSet([9])), "is noisy", Expected("equal", 0))
        yield Outcome(State.FAIL, Subject("irq", 7), "is noisy")
        yield Outcome(State.FAIL, Subject("irq", 8), "is noisy")
        yield Outcome(State.FAIL, Subject("pci", "0000:00:01.0"), "is remote")
        yield Outcome(State.FAIL, Subject("pci", "0000:00:02.0"), "is remote")

    findings = run([rule(check)], specimen(), DEFAULT).findings
    assert [str(finding.subject) for finding in findings] == [
        "cpu:1-2,5",
        "cpu:9",
        "irq:7-8",
        "pci:0000:00:01.0,0000:00:02.0",
    ]
    assert [piece.path for piece in findings[0].evidence] == ["cpu5", "cpu1", "cpu2"]
    assert findings[2].subject.id == IdSet([7, 8])


def test_every_state_is_counted_those_without_findings_too() -> None:
    counts = run([rule(silent)], specimen(), DEFAULT).counts()
    assert set(counts) == set(State)
    assert counts[State.PASS] == 1
    assert sum(counts.values()) == 1


def test_an_outcome_may_weigh_less_than_its_rule() -> None:
    def check(facts: Facts, profile: Profile) -> Iterator[Outcome]:
        yield Outcome(State.FAIL, severity=Severity.INFO)

    assert run([rule(check)], specimen(), DEFAULT).findings[0].severity is Severity.INFO
