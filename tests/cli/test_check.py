"""``bedplate check`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bedplate.cli.check import exit_code
from bedplate.cli.exits import Exit
from bedplate.rules.engine import Report
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import HOST, Finding, Severity, State


def bedplate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bedplate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def report(*findings: tuple[State, Severity]) -> Report:
    rule = find_rule("NUMA001")
    return Report("default", tuple(Finding(rule, state, severity, HOST, "") for state, severity in findings))


PASSES = (State.PASS, Severity.ERROR)


@pytest.mark.parametrize(
    ("findings", "threshold", "strict", "expected"),
    [
        ([PASSES], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.FAIL, Severity.INFO)], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.FAIL, Severity.INFO)], Severity.INFO, False, Exit.FINDINGS),
        ([(State.FAIL, Severity.WARNING)], Severity.WARNING, False, Exit.FINDINGS),
        ([(State.FAIL, Severity.WARNING)], Severity.ERROR, False, Exit.OK),
        ([PASSES, (State.UNKNOWN, Severity.ERROR)], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.UNKNOWN, Severity.INFO)], Severity.WARNING, True, Exit.UNINSPECTED),
        ([(State.UNKNOWN, Severity.ERROR)], Severity.WARNING, False, Exit.UNINSPECTED),
        ([PASSES, (State.ERROR, Severity.INFO)], Severity.WARNING, False, Exit.UNINSPECTED),
        ([(State.UNKNOWN, Severity.ERROR), (State.FAIL, Severity.ERROR)], Severity.WARNING, True, Exit.FINDINGS),
        ([PASSES, (State.NOT_APPLICABLE, Severity.ERROR)], Severity.WARNING, True, Exit.OK),
    ],
)
def test_exit_code(findings: list[tuple[State, Severity]], threshold: Severity, strict: bool, expected: Exit) -> None:
    assert exit_code(report(*findings), threshold, strict) is expected


def test_text_counts_every_state() -> None:
    output = bedplate("check").stdout
    for state in State:
        assert f" {state.value}" in output.splitlines()[-1]


def test_json_is_the_contract() -> None:
    document = json.loads(bedplate("check", "--format", "json").stdout)
    assert document["schema"] == "bedplate/report/1"
    assert set(document["counts"]) == {state.value for state in State}
    assert sum(document["counts"].values()) == len(document["findings"])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("check", "--only", "numa1"), "numa1"),
        (("check", "--profile", "no-such"), "no-such"),
        (("check", "--root", "a", "--live", "b"), "--root"),
        (("check", "--interval", "0"), "--interval"),
        (("frobnicate",), "frobnicate"),
        (("explain", "NUMA999\x1b[31m"), "\\x1b[31m"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments: tuple[str, ...], names: str) -> None:
    done = bedplate(*arguments)
    assert done.returncode == 2
    assert names in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert not done.stdout


def test_a_reader_that_goes_away_is_not_an_error() -> None:
    command = f"{sys.executable} -m bedplate explain | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
