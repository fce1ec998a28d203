"""The report as a person reads it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bedplate.render.report_text import report_lines
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import HOST, Cause, Evidence, Expected, Finding, Severity, State, Subject
from bedplate.values.idset import CpuSet

RULE = find_rule("NUMA001")
FAILURE = Finding(
    rule=RULE,
    state=State.FAIL,
    severity=Severity.ERROR,
    subject=Subject("cpu", CpuSet([8])),
    reason="an online CPU is in no node",
    expected=Expected("subset", CpuSet.from_list("0-7")),
    actual=CpuSet(),
    evidence=(Evidence("a/file", (4, 9), "0-8"),),
    cause=Cause.MISMATCH,
)


def text(*findings: Finding, verbose: bool = False) -> list[str]:
    return [line.plain() for line in report_lines("host", "default", findings, verbose=verbose)]


def test_a_failure_says_what_where_and_what_to_do() -> None:
    lines = text(FAILURE)
    assert lines[2].split() == ["fail", "NUMA001", RULE.name, "(error)", "cpu:8"]
    assert "    expected: subset 0-7" in lines
    assert "    found: the empty set" in lines
    assert "    seen in a/file bytes 4-9: 0-8" in lines
    assert any(line.startswith("    remedy: ") for line in lines)


def test_passes_are_counted_and_listed_on_request() -> None:
    one = replace(FAILURE, state=State.PASS, reason="")
    assert not any(RULE.code in line for line in text(one))
    assert any(RULE.code in line for line in text(one, verbose=True))
    assert text(one)[-1].startswith("1 rule: 1 pass · 0 fail · ")


def test_failures_come_first_and_what_is_unknown_is_one_line() -> None:
    unknown = replace(FAILURE, state=State.UNKNOWN, reason="may not be read", subject=HOST)
    lines = text(unknown, FAILURE)
    assert lines[2].startswith("fail")
    assert "unknown        NUMA001  " + RULE.name + " (error)  may not be read" in lines
    assert lines[-1] == (
        "1 rule: 0 pass · 1 fail · 0 not-applicable · 1 unknown · 0 error · 0 waived · 0 pending-reboot"
    )


def test_what_a_partial_capture_lacks_is_one_line_unless_all_is_asked_for() -> None:
    one = replace(FAILURE, state=State.UNKNOWN, cause=Cause.ABSENT, reason="not in this capture")
    rules = [replace(RULE, code=f"TEST{number:03}") for number in range(9)]
    lacking = [replace(one, rule=rule) for rule in rules]
    lines = text(FAILURE, replace(one, cause=Cause.UNPARSABLE, reason="garbled"), *lacking)
    assert "unknown        9 rules need what is not here (-v tells what):" in lines
    assert any(line.split() == [rule.code for rule in rules] for line in lines)
    assert any("garbled" in line for line in lines)
    assert sum("not in this capture" in line for line in text(*lacking, verbose=True)) == 9


def test_long_evidence_is_cut_and_says_so() -> None:
    evidence = tuple(Evidence(f"file{number}") for number in range(9))
    assert "    and 3 more files (all of them with --format json)" in text(replace(FAILURE, evidence=evidence))


def test_long_text_of_a_file_is_cut_and_says_so() -> None:
    (seen,) = [one for one in text(replace(FAILURE, evidence=(Evidence("file", None, "x" * 500),))) if "seen" in one]
    assert seen == "    seen in file: " + "x" * 100 + "…"


@given(st.text(), st.text())
def test_nothing_of_the_input_reaches_the_terminal_raw(reason: str, path: str) -> None:
    hostile = replace(FAILURE, reason=reason, actual=reason, evidence=(Evidence(path, None, reason),))
    for line in text(hostile, replace(hostile, state=State.UNKNOWN)):
        assert line.isprintable()
